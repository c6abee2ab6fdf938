"""What every service does with every request, seen from outside through the example service."""

import asyncio
import http.client
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from servicekit import JSON, Settings, create_app, middleware, resource

from .connections import TIMEOUT_SECONDS, connect
from .running import RunningService

EXAMPLE = Path(__file__).parent / "example"
TRACE = "Self=1-67891234-aaaaaaaaaaaaaaaaaaaaaaaa;Root=1-67891233-abcdef012345678912345678"
ROOT = "1-67891233-abcdef012345678912345678"


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def test_liveness_touches_nothing(example: RunningService) -> None:
    answer = example.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readiness_says_no_without_saying_why_to_the_caller(example: RunningService) -> None:
    answer = example.client.get("/readyz")
    assert assert_problem(answer, 503)["detail"] == "not ready"
    assert answer.headers["retry-after"] == "5"
    assert "the database is away" in example.wait_for(message="not ready")["error"]


def test_the_version_names_service_environment_image_and_commit(start_service: Callable[..., RunningService]) -> None:
    service = start_service(
        EXAMPLE, SERVICE_NAME="example", ENVIRONMENT="staging", IMAGE_DIGEST="sha256:1234", GIT_COMMIT="5be1-dirty"
    )
    assert service.client.get("/version").json() == {
        "service": "example",
        "environment": "staging",
        "image_digest": "sha256:1234",
        "git_commit": "5be1-dirty",
    }


def test_an_unknown_path_is_a_404_problem(example: RunningService) -> None:
    assert_problem(example.client.get("/nowhere"), 404)


def test_a_wrong_method_is_a_405_problem_that_names_all_right_ones(example: RunningService) -> None:
    answer = example.client.put("/example", json={})
    assert_problem(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_head_is_get_without_a_body(example: RunningService) -> None:
    answer = example.client.head("/example")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "17"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_json_by_its_type_is_a_415_problem(example: RunningService, content_type: str) -> None:
    answer = example.client.post("/example", content=b"{}", headers={"Content-Type": content_type})
    assert_problem(answer, 415)


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_taken_with_and_without_a_charset(example: RunningService, content_type: str) -> None:
    answer = example.client.post("/example", content=b'{"a":1}', headers={"Content-Type": content_type})
    assert answer.json() == {"a": 1}


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"nonsense", b"[1,", b"[] x", b'["\xff"']
)
def test_a_body_that_is_not_json_is_a_400_problem(example: RunningService, body: bytes) -> None:
    answer = example.client.post("/example", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400)


@pytest.mark.parametrize("body", [b'{"text":5,', b'{"text":5} x', b'{"text":5,"x":"\xff"}'])
def test_a_body_with_a_wrong_value_before_what_is_not_json_is_a_400_problem(
    example: RunningService, body: bytes
) -> None:
    headers = {"Content-Type": "application/json", "X-Pen": "ink"}
    assert_problem(example.client.post("/example/notes", content=body, headers=headers), 400)


@pytest.mark.parametrize("body", [b"[" * 16000, b'{"a":' * 3000])
def test_a_body_that_is_nested_too_deeply_is_a_400_problem(example: RunningService, body: bytes) -> None:
    answer = example.client.post("/example", content=body, headers={"Content-Type": "application/json"})
    assert assert_problem(answer, 400)["detail"] == "the body is nested too deeply"


def test_json_of_the_wrong_shape_is_a_422_problem(example: RunningService) -> None:
    assert_problem(example.client.post("/example", json=["not", "an", "object"]), 422)


def test_a_body_that_says_it_is_too_large_is_a_413_before_it_is_sent(example: RunningService) -> None:
    with connect(example) as connection:
        connection.sendall(b"POST /example HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()
    assert b'"status":413' in answer


def test_a_body_that_is_too_large_is_answered_so_that_the_client_reads_it(example: RunningService) -> None:
    """Most clients send all of a body before they look for an answer."""
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", example.port, timeout=TIMEOUT_SECONDS)
        connection.request("POST", "/example", b"x" * 3_000_000, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (413, "close")
        assert b'"status":413' in answer.read()
        connection.close()


def test_a_body_without_an_end_is_not_read_for_ever(example: RunningService) -> None:
    with connect(example) as connection:
        connection.sendall(b"POST /example HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                connection.sendall(b"x" * 65536)


def test_a_client_that_goes_away_before_its_body_came_is_no_error_of_the_service(example: RunningService) -> None:
    with connect(example) as connection:
        connection.sendall(
            b"POST /example HTTP/1.1\r\nHost: x\r\nX-Request-Id: gone\r\nContent-Type: application/json\r\n"
            b"Content-Length: 7\r\n\r\n{"
        )
    line = example.wait_for(request_id="gone")
    assert (line["level"], line["status"]) == ("info", 499)
    assert not line.keys() & {"error", "traceback"}


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(example: RunningService) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 1024

    answer = example.client.post("/example", content=endless(), headers={"Content-Type": "application/json"})
    assert_problem(answer, 413)


def test_a_request_that_is_not_http_is_a_400_problem(example: RunningService) -> None:
    with connect(example) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"application/problem+json" in answer
    assert b'"status":400' in answer
    assert b"\r\nx-content-type-options: nosniff\r\n" in answer
    assert b"\r\ncontent-security-policy: default-src 'none'" in answer
    request_id = json.loads(answer.partition(b"\r\n\r\n")[2])["request_id"]
    line = example.wait_for(request_id=request_id)
    assert (line["level"], line["status"]) == ("warning", 400)
    assert not [line for line in example.lines() if line.get("logger") == "uvicorn.error"]


def test_a_crash_is_a_500_problem_with_the_traceback_in_the_log_alone(example: RunningService) -> None:
    answer = example.client.get("/example/crash")
    problem = assert_problem(answer, 500)
    assert "secret" not in answer.text
    line = example.wait_for(message="request", request_id=problem["request_id"])
    assert (line["level"], line["status"]) == ("error", 500)
    assert "RuntimeError: secret detail" in line["traceback"]
    assert "in crash" in line["traceback"]


def test_a_crash_in_the_middle_of_an_answer_cuts_the_connection(example: RunningService) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        example.client.get("/example/crash-midway", headers={"X-Request-Id": "midway"})
    line = example.wait_for(request_id="midway")
    assert "in chunks" in line["traceback"]
    assert line["status"] == 500


def test_one_log_line_is_written_for_a_request(example: RunningService) -> None:
    headers = {"X-Amzn-Trace-Id": TRACE, "X-Request-Id": "one-line"}
    example.client.get("/example?secret=1", headers=headers)
    line = example.wait_for(request_id="one-line")
    assert line["duration_ms"] >= 0
    assert line["timestamp"].endswith("Z")
    del line["duration_ms"], line["timestamp"]
    assert line == {
        "level": "info",
        "service": "example",
        "environment": "local",
        "message": "request",
        "method": "GET",
        "path": "/example",
        "status": 200,
        "request_id": "one-line",
        "trace_id": TRACE,
    }


def test_successful_health_checks_are_not_logged_unless_asked_for(
    example: RunningService, start_service: Callable[..., RunningService]
) -> None:
    example.client.get("/healthz", headers={"X-Request-Id": "quiet-probe"})
    example.client.get("/example", headers={"X-Request-Id": "after-the-probe"})
    example.wait_for(request_id="after-the-probe")
    assert not [line for line in example.requests() if line["request_id"] == "quiet-probe"]
    loud = start_service(EXAMPLE, LOG_LEVEL="debug")
    loud.client.get("/healthz")
    assert loud.wait_for(message="request")["path"] == "/healthz"


def test_the_request_id_is_the_load_balancers_trace_and_both_are_sent_back(example: RunningService) -> None:
    answer = example.client.get("/example", headers={"X-Amzn-Trace-Id": TRACE})
    assert answer.headers["x-request-id"] == ROOT
    assert answer.headers["x-amzn-trace-id"] == TRACE


def test_the_callers_own_request_id_goes_first(example: RunningService) -> None:
    answer = example.client.get("/example", headers={"X-Amzn-Trace-Id": TRACE, "X-Request-Id": "my-id"})
    assert answer.headers["x-request-id"] == "my-id"


@pytest.mark.parametrize("bad", ["a b", 'x"y', "x" * 129, "<script>"])
def test_a_request_id_that_could_do_harm_is_replaced(example: RunningService, bad: str) -> None:
    answer = example.client.get("/example", headers={"X-Request-Id": bad})
    assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize("path", ["/example", "/nowhere", "/example/crash", "/healthz"])
def test_every_answer_has_the_security_headers(example: RunningService, path: str) -> None:
    headers = example.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    assert "cross-origin-opener-policy" not in headers
    assert "strict-transport-security" not in headers


def test_a_service_with_pages_has_the_headers_that_matter_to_pages(
    start_service: Callable[..., RunningService],
) -> None:
    headers = start_service("website", SERVICE_NAME="website").client.get("/nowhere").headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


def test_https_at_the_load_balancer_is_made_to_stay(example: RunningService) -> None:
    headers = example.client.get("/example", headers={"X-Forwarded-Proto": "https"}).headers
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_a_request_over_the_deadline_is_a_503_and_is_cancelled(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(middleware, "REQUEST_DEADLINE_SECONDS", 0.05)
    cancelled = []

    async def slow(_: Request) -> Response:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return Response()

    async def own_timeout(_: Request) -> Response:
        raise TimeoutError("not the deadline")

    app = create_app(Settings.load({}), [resource("/slow", GET=slow), resource("/own", GET=own_timeout)])

    async def ask(*paths: str) -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return [await client.get(path) for path in paths]

    answer, own = asyncio.run(ask("/slow", "/own"))
    assert assert_problem(answer, 503)["detail"] == "the request took too long"
    assert answer.headers["retry-after"] == "1"
    assert cancelled == [True]
    assert_problem(own, 500)


@pytest.fixture(scope="module")
def impatient(start_service: Callable[..., RunningService]) -> RunningService:
    """The example with a short deadline."""
    return start_service(EXAMPLE, BASE_PATH="/example", DEADLINE="1")


def test_an_answer_that_the_deadline_cuts_short_is_an_error(impatient: RunningService) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        impatient.client.get("/example/stream?seconds=0.6", headers={"X-Request-Id": "cut"})
    line = impatient.wait_for(request_id="cut")
    assert (line["level"], line["status"], line["error"]) == ("error", 500, "request deadline exceeded")


def test_a_body_that_does_not_come_by_the_deadline_is_a_408(impatient: RunningService) -> None:
    with connect(impatient) as connection:
        connection.sendall(
            b"POST /example HTTP/1.1\r\nHost: x\r\nX-Request-Id: slow\r\nContent-Type: application/json\r\n"
            b"Content-Length: 7\r\n\r\n{"
        )
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()
    line = impatient.wait_for(request_id="slow")
    assert (line["level"], line["status"]) == ("info", 408)


def test_a_stream_begins_before_its_first_part_is_there(example: RunningService) -> None:
    started = time.monotonic()
    with example.client.stream("GET", "/example/stream?seconds=3") as answer:
        assert answer.status_code == 200
        assert time.monotonic() - started < 3
        assert answer.read() == b"firstsecond"


def test_an_answer_without_content_has_no_body(example: RunningService) -> None:
    answer = example.client.get("/example/nothing")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not answer.headers.keys() & {"content-length", "content-type", "transfer-encoding"}
    assert JSON({"a": 1}, 304, {"ETag": '"x"'}).body == b""


def test_json_answers_are_compact() -> None:
    assert JSON({"a": [1, None, "é"]}).body == '{"a":[1,null,"é"]}'.encode()
