"""The save service when DynamoDB does not do its part: a stub in front of it injects the faults."""

import concurrent.futures
import re
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx
import pytest

STORY = {"template": "The {noun} sleeps", "text": "The bear sleeps"}
HANG_SECONDS = 1.2  # longer than the client waits
QUIET_SECONDS = 0.3  # longer than the client waits before it repeats a failed request
PREFIX = b'{"__type":"com.amazonaws.dynamodb.v20120810#'
THROTTLED = PREFIX + b'ProvisionedThroughputExceededException","message":"slow down"}'
BROKEN = PREFIX + b'InternalServerError","message":"broken"}'


class FaultyDynamoDB(ThreadingHTTPServer):
    """Passes requests on, except for as many as `faults` names, one after the other.

    All requests whose body matches `failing` fail.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(endpoint).netloc
        self.faults: list[str] = []
        self.failing: re.Pattern[bytes] | None = None
        self.operations: list[str] = []
        self.last_request = 0.0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def take_fault(self, operation: str, body: bytes) -> str:
        with self.lock:
            self.operations.append(operation)
            self.last_request = time.monotonic()
            if self.failing and self.failing.search(body):
                return "fail"
            return self.faults.pop(0) if self.faults else ""

    def calm_down(self) -> None:
        """Ends the faults, and waits until nobody repeats a request because of them."""
        self.faults.clear()
        self.failing = None
        while time.monotonic() - self.last_request < QUIET_SECONDS:
            time.sleep(0.05)
        self.operations.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyDynamoDB

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.take_fault(self.headers["X-Amz-Target"].partition(".")[2], body)
        if fault == "hang":
            time.sleep(HANG_SECONDS)
        status, answer = 500, BROKEN
        if fault == "throttle":
            status, answer = 400, THROTTLED
        elif fault != "fail":
            connection = HTTPConnection(self.server.behind)
            connection.request("POST", self.path, body, dict(self.headers))
            passed = connection.getresponse()
            status, answer = passed.status, passed.read()
            connection.close()
            if fault == "lose the answer":
                status, answer = 500, BROKEN
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
        except OSError:
            pass  # the client has given up

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def stub(dynamodb_endpoint):
    server = FaultyDynamoDB(dynamodb_endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def service(stub, start_save, create_table):
    return start_save(stub.url, create_table("faulty-stories"))


@pytest.fixture
def save(service, stub):
    stub.calm_down()
    yield service
    stub.calm_down()


def stories(service) -> list[dict]:
    return service.client.get("/api/stories?limit=50").raise_for_status().json()["stories"]


def assert_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"


def test_a_put_whose_answer_was_lost_is_no_error_and_no_second_story(save, stub):
    before = len(stories(save))
    stub.operations.clear()
    stub.faults = ["lose the answer"]
    answer = save.client.post("/api/stories", json=STORY)
    assert answer.status_code == 201
    assert stub.operations == ["PutItem", "PutItem", "GetItem"]
    assert save.client.get(answer.headers["location"]).json() == answer.json()
    assert len(stories(save)) == before + 1


@pytest.mark.parametrize("fault", ["fail", "throttle"])
def test_a_fault_that_passes_is_not_noticed(save, stub, fault):
    stub.faults = [fault]
    assert save.client.post("/api/stories", json=STORY).status_code == 201
    assert stub.operations == ["PutItem", "PutItem"]


@pytest.mark.parametrize("request_line", [("POST", "/api/stories"), ("GET", "/api/stories/" + "a" * 20)])
def test_a_fault_that_stays_is_a_503(save, stub, request_line):
    stub.faults = ["fail"] * 3
    method, path = request_line
    answer = save.client.request(method, path, json=STORY if method == "POST" else None)
    assert_unavailable(answer)
    assert len(stub.operations) == 3
    assert "broken" not in answer.text
    assert any("InternalServerError" in line.get("error", "") for line in save.lines())


def test_a_list_with_one_failing_shard_is_a_503_and_not_a_shorter_list(save, stub):
    stub.failing = re.compile(rb'\{"S": ?"2"\}')
    assert_unavailable(save.client.get("/api/stories"))
    assert set(stub.operations) == {"Query"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_does_not_come_is_given_up_within_the_deadline(save, stub, method):
    stub.faults = ["hang"] * 3
    started = time.monotonic()
    path = "/api/stories" if method == "POST" else "/api/stories/" + "a" * 20
    assert_unavailable(save.client.request(method, path, json=STORY if method == "POST" else None, timeout=20))
    assert 2.5 < time.monotonic() - started < 10


def test_health_is_answered_while_all_threads_wait_for_dynamodb(save, stub):
    stub.faults = ["hang"] * 40
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        waiting = [pool.submit(httpx.post, save.url + "/api/stories", json=STORY, timeout=20) for _ in range(40)]
        time.sleep(0.4)
        started = time.monotonic()
        assert save.client.get("/healthz").status_code == 200
        assert time.monotonic() - started < 0.3
        stub.faults.clear()
        assert {answer.result().status_code for answer in waiting} <= {201, 503}


def test_more_requests_than_may_wait_are_refused_at_once(save, stub, app_module):
    limits = app_module("save", "limits")
    surplus = 20
    stub.faults = ["hang"] * limits.THREADS

    def ask(_: int) -> tuple[int, bytes, float]:
        started = time.monotonic()
        connection = HTTPConnection("127.0.0.1", save.port, timeout=20)
        connection.request("GET", "/api/stories/" + "a" * 20)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body, time.monotonic() - started

    count = limits.THREADS + limits.WAITING_MAX + surplus
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(ask, range(count)))
    refused = [(status, seconds) for status, body, seconds in answers if b"too many requests" in body]
    assert len(refused) >= surplus
    assert {status for status, _ in refused} == {503}
    assert max(seconds for _, seconds in refused) < 0.9, "a refusal must not wait for a thread"
    assert {status for status, *_ in answers} == {404, 503}
    assert save.client.get("/readyz").status_code == 200


def test_it_starts_without_its_table_and_is_ready_once_the_table_is_there(start_save, create_table, dynamodb_endpoint):
    service = start_save(dynamodb_endpoint, "late-stories")
    assert service.client.get("/healthz").status_code == 200
    assert service.client.get("/readyz").status_code == 503
    assert_unavailable(service.client.post("/api/stories", json=STORY))
    create_table("late-stories")
    assert service.client.get("/readyz").status_code == 200
    assert service.client.post("/api/stories", json=STORY).status_code == 201


def test_it_starts_when_nothing_listens_at_the_endpoint(start_save):
    service = start_save("http://127.0.0.1:9", "nowhere-stories")
    assert service.client.get("/healthz").status_code == 200
    answer = service.client.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "not ready")
    assert service.terminate() == 0
