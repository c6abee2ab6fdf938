"""The save service when DynamoDB does not do its part: a stub in front of it injects the faults."""

import concurrent.futures
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from types import ModuleType
from typing import Any

import httpx
import pytest

from servicekit import timing

from .connections import TIMEOUT_SECONDS, wait_until
from .faults import FAIL, LATE, LOSE_THE_ANSWER, NO_ANSWER, RESET, SLOW, THROTTLE, FaultyDynamoDB
from .running import RunningService

STORY = {"template": "The {noun} sleeps", "text": "The bear sleeps"}


@pytest.fixture(scope="module")
def stub(dynamodb_endpoint: str) -> Iterator[FaultyDynamoDB]:
    server = FaultyDynamoDB(dynamodb_endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def service(
    stub: FaultyDynamoDB, start_save: Callable[..., RunningService], create_table: Callable[[str], str]
) -> RunningService:
    return start_save(stub.url, create_table("faulty-stories"))


@pytest.fixture
def save(service: RunningService, stub: FaultyDynamoDB) -> Iterator[RunningService]:
    stub.calm_down()
    yield service
    stub.calm_down()


def stories(service: RunningService) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.client.get("/api/stories?limit=50").raise_for_status().json()["stories"]
    return found


def assert_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("fault", [LOSE_THE_ANSWER, RESET])
def test_a_put_whose_answer_was_lost_is_no_error_and_no_second_story(
    save: RunningService, stub: FaultyDynamoDB, fault: str
) -> None:
    before = len(stories(save))
    stub.operations.clear()
    stub.faults = [fault]
    answer = save.client.post("/api/stories", json=STORY)
    assert answer.status_code == 201
    assert stub.operations == ["PutItem", "PutItem", "GetItem"]
    kept = answer.json()
    assert save.client.get(answer.headers["location"]).json() | {"delete_token": kept["delete_token"]} == kept
    assert len(stories(save)) == before + 1


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "late"}])
def test_a_put_that_is_applied_late_keeps_no_second_story(
    save: RunningService, stub: FaultyDynamoDB, key: dict[str, str]
) -> None:
    before = len(stories(save))
    stub.faults = [LATE]
    assert save.client.post("/api/stories", json=STORY, headers=key).status_code == 201
    stub.calm_down()
    assert len(stories(save)) == before + 1


def test_a_story_that_is_kept_behind_a_503_is_kept_once_if_the_request_is_repeated_with_its_key(
    save: RunningService, stub: FaultyDynamoDB
) -> None:
    before = len(stories(save))
    stub.faults = [LATE] * 3
    key = {"Idempotency-Key": "behind a 503".replace(" ", "-")}
    assert_unavailable(save.client.post("/api/stories", json=STORY, headers=key))
    stub.calm_down()
    assert len(stories(save)) == before + 1, "the put is applied although the client was told of a failure"
    again = save.client.post("/api/stories", json=STORY, headers=key)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert len(stories(save)) == before + 1
    assert stories(save)[0]["id"] == again.json()["id"]


def test_an_attempt_of_the_same_request_counts_as_no_replay(save: RunningService, stub: FaultyDynamoDB) -> None:
    stub.faults = [LOSE_THE_ANSWER]
    answer = save.client.post("/api/stories", json=STORY, headers={"Idempotency-Key": "own-attempt"})
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


def test_a_second_request_with_a_key_that_is_still_running_is_refused_at_once(
    save: RunningService, stub: FaultyDynamoDB
) -> None:
    key = {"Idempotency-Key": "running"}
    stub.faults = [NO_ANSWER, NO_ANSWER, SLOW]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(save.client.post, "/api/stories", json=STORY, headers=key)
        wait_until(lambda: bool(stub.operations))
        second = save.client.post("/api/stories", json=STORY, headers=key)
        # Had it waited for the first one, it would have that one's answer.
        assert (second.status_code, second.headers["retry-after"]) == (409, "1")
        assert save.client.post("/api/stories", json=STORY, headers={"Idempotency-Key": "other"}).status_code == 201
    assert first.result().status_code == 201
    third = save.client.post("/api/stories", json=STORY, headers=key)
    assert (third.content, third.headers["idempotency-replayed"]) == (first.result().content, "true")


def test_a_delete_whose_answer_was_lost_is_no_error(save: RunningService, stub: FaultyDynamoDB) -> None:
    story = save.client.post("/api/stories", json=STORY).json()
    stub.faults = [LOSE_THE_ANSWER]
    path, token = f"/api/stories/{story['id']}", {"Authorization": f"Bearer {story['delete_token']}"}
    assert save.client.delete(path, headers=token).status_code == 204
    assert save.client.get(path).status_code == 404


def test_a_put_and_the_read_behind_it_end_within_the_deadline(save: RunningService, stub: FaultyDynamoDB) -> None:
    # The first attempt is applied, all that follows hangs: the second, the read, and its repetitions.
    stub.faults = [NO_ANSWER, RESET, "", *[NO_ANSWER] * 9]
    started = time.monotonic()
    assert_unavailable(save.client.post("/api/stories", json=STORY))
    assert 3.5 < time.monotonic() - started < timing.REQUEST_DEADLINE_SECONDS
    assert stub.operations == ["PutItem"] * 3 + ["GetItem"] * 3


@pytest.mark.parametrize("fault", [FAIL, THROTTLE, NO_ANSWER])
def test_a_fault_that_passes_is_not_noticed(save: RunningService, stub: FaultyDynamoDB, fault: str) -> None:
    stub.faults = [fault]
    assert save.client.post("/api/stories", json=STORY).status_code == 201
    assert stub.operations == ["PutItem", "PutItem"]


@pytest.mark.parametrize("request_line", [("POST", "/api/stories"), ("GET", "/api/stories/" + "a" * 20)])
def test_a_fault_that_stays_is_a_503(save: RunningService, stub: FaultyDynamoDB, request_line: tuple[str, str]) -> None:
    stub.faults = [FAIL] * 3
    method, path = request_line
    answer = save.client.request(method, path, json=STORY if method == "POST" else None)
    assert_unavailable(answer)
    assert len(stub.operations) == 3
    assert "broken" not in answer.text
    # A log line may come a moment after the answer.
    wait_until(lambda: any("InternalServerError" in line.get("error", "") for line in save.lines()))


def test_a_list_with_one_failing_shard_is_a_503_and_not_a_shorter_list(
    save: RunningService, stub: FaultyDynamoDB
) -> None:
    stub.failing = re.compile(rb'\{"S": ?"2"\}')
    assert_unavailable(save.client.get("/api/stories"))
    assert set(stub.operations) == {"Query"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_does_not_come_is_given_up_within_the_deadline(
    save: RunningService, stub: FaultyDynamoDB, method: str
) -> None:
    stub.faults = [NO_ANSWER] * 3
    started = time.monotonic()
    path = "/api/stories" if method == "POST" else "/api/stories/" + "a" * 20
    assert_unavailable(save.client.request(method, path, json=STORY if method == "POST" else None))
    assert 2.5 < time.monotonic() - started < 10


def test_health_is_answered_while_all_threads_wait_for_dynamodb(save: RunningService, stub: FaultyDynamoDB) -> None:
    stub.faults = [NO_ANSWER] * 40
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        waiting = [pool.submit(save.client.post, "/api/stories", json=STORY) for _ in range(40)]
        time.sleep(0.4)
        assert save.client.get("/healthz").status_code == 200
        assert not any(answer.done() for answer in waiting)
        stub.faults.clear()
        assert {answer.result().status_code for answer in waiting} <= {201, 503}


def test_more_requests_than_may_wait_are_refused_at_once(
    save: RunningService, stub: FaultyDynamoDB, app_module: Callable[[str, str], ModuleType]
) -> None:
    limits = app_module("save", "limits")
    surplus = 20
    # All threads wait for as long as a call is tried: on a busy machine not all requests come within one attempt.
    stub.faults = [NO_ANSWER] * (limits.THREADS * limits.ATTEMPTS)

    def ask(number: int) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", save.port, timeout=TIMEOUT_SECONDS)
        connection.request("GET", "/api/stories/" + "a" * 20, headers={"X-Request-Id": f"many-{number}"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    count = limits.THREADS + limits.WAITING_MAX + surplus
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(ask, range(count)))
    refused = {f"many-{number}": status for number, (status, body) in enumerate(answers) if b"too many" in body}
    assert len(refused) >= surplus
    assert set(refused.values()) == {503}
    # By the service's own clock: so many clients in one process are slow themselves.
    wait_until(lambda: refused.keys() <= {line["request_id"] for line in save.requests()})
    slowest = max(line["duration_ms"] for line in save.requests() if line["request_id"] in refused)
    assert slowest < 1000 * (limits.ATTEMPTS - 0.5), "a refusal must not wait for a thread"
    assert {status for status, _ in answers} == {404, 503}
    assert save.client.get("/readyz").status_code == 200


def test_requests_that_wait_for_the_tables_secret_share_one_read_and_its_failure(
    dynamodb_endpoint: str, start_save: Callable[..., RunningService], create_table: Callable[[str], str]
) -> None:
    # A server of its own, that hangs from the start on: the module's service knows its secret already.
    with FaultyDynamoDB(dynamodb_endpoint) as silent:
        threading.Thread(target=silent.serve_forever, daemon=True).start()
        silent.misbehave(1, seed=1, kinds=[NO_ANSWER])
        service = start_save(silent.url, create_table("silent-stories"))

        def ask(_: int) -> tuple[httpx.Response, float]:
            started = time.monotonic()
            answer = service.client.post("/api/stories", json=STORY)
            return answer, time.monotonic() - started

        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(ask, range(40)))
        for answer, seconds in answers:
            assert_unavailable(answer)
            assert answer.json()["detail"] == "the story table does not answer"
            assert seconds < 30, "one read takes 3 s, forty would take minutes"
        assert len(silent.operations) <= 9, "three attempts at start, and of a read or two for the 40 requests"
        silent.calm_down()
        assert service.client.post("/api/stories", json=STORY).status_code == 201
        silent.shutdown()


def test_it_starts_without_its_table_and_is_ready_once_the_table_is_there(
    start_save: Callable[..., RunningService], create_table: Callable[[str], str], dynamodb_endpoint: str
) -> None:
    service = start_save(dynamodb_endpoint, "late-stories")
    assert service.client.get("/healthz").status_code == 200
    assert service.client.get("/readyz").status_code == 503
    assert_unavailable(service.client.post("/api/stories", json=STORY))
    create_table("late-stories")
    assert service.client.get("/readyz").status_code == 200
    assert service.client.post("/api/stories", json=STORY).status_code == 201


def test_it_starts_when_nothing_listens_at_the_endpoint(start_save: Callable[..., RunningService]) -> None:
    service = start_save("http://127.0.0.1:9", "nowhere-stories")
    assert service.client.get("/healthz").status_code == 200
    answer = service.client.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "not ready")
    assert service.terminate() == 0
