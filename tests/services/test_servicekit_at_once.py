"""Endpoints that are plain functions, which the server answers without a task: as all others, but for the time."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from .connections import answers, connect, everything
from .running import RunningService

EXAMPLE = Path(__file__).parent / "example"

GET = b"GET /example/plain HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW = b"GET /example?seconds=0.1 HTTP/1.1\r\nHost: x\r\n\r\n"
HELLO = b'{"hello":"world"}'
LARGE = 300_000


def ask(service: RunningService, sent: bytes) -> list[tuple[int, bytes]]:
    """Statuses and bodies of the answers to what is sent, after which the client ends its sending."""
    with connect(service) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return [(answer.status, answer.body) for answer in answers(everything(connection))]


@pytest.mark.parametrize("headers", [{}, {"X-Amzn-Trace-Id": "Root=1-2-3", "X-Forwarded-Proto": "https"}])
def test_a_plain_function_is_answered_and_logged_as_a_coroutine_function(
    example: RunningService, headers: dict[str, str]
) -> None:
    found = []
    for path in ("/example", "/example/plain"):
        answer = example.client.get(path, headers=headers | {"X-Request-Id": f"as-{path}-{len(headers)}"})
        assert answer.status_code == 200
        line = example.wait_for(request_id=answer.headers["x-request-id"])
        fields = {name: value for name, value in answer.headers.items() if name not in ("content-length", "date")}
        own = {"timestamp", "duration_ms", "path", "request_id"}
        del fields["x-request-id"]
        found.append((fields, {name: value for name, value in line.items() if name not in own}, line.keys()))
    assert found[0] == found[1]


def test_a_crash_in_a_plain_function_is_a_500_with_the_traceback_in_the_log(example: RunningService) -> None:
    answer = example.client.get("/example/plain?does=crash")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    line = example.wait_for(message="request", request_id=answer.headers["x-request-id"])
    assert "RuntimeError: secret detail" in line["traceback"]
    assert "in plain" in line["traceback"]


def test_an_answer_at_once_that_waits_is_an_error_and_not_for_ever(example: RunningService) -> None:
    answer = example.client.get("/example/plain?does=wait")
    assert answer.status_code == 500
    line = example.wait_for(request_id=answer.headers["x-request-id"])
    assert "what is answered at once must not wait" in line["error"]


def test_a_plain_function_has_a_task_where_the_server_cannot_answer_at_once(example: RunningService) -> None:
    """A task may wait."""
    sent = b"GET /example/plain?does=wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert ask(example, sent) == [(200, b"late")]


def test_requests_in_one_packet_are_answered_in_order(example: RunningService) -> None:
    x, hello = (200, b'"x"'), (200, HELLO)
    assert ask(example, GET * 3 + SLOW + GET * 2 + SLOW * 2 + GET) == [x, x, x, hello, x, x, hello, hello, x]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (GET.replace(b"HTTP/1.1", b"HTTP/1.0"), 200),
        (GET.replace(b"Host: x", b"Host: x\r\nConnection: close"), 200),
        (GET.replace(b"Host: x", b"Host: x\r\nContent-Length: 2") + b"{}", 200),
        (GET.replace(b"Host: x", b"Host: x\r\nTransfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n", 200),
        (GET.replace(b"Host: x", b"Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c"), 200),
        (GET.replace(b"GET", b"POST"), 405),
    ],
    ids=["1.0", "close", "body", "chunked body", "upgrade", "post"],
)
def test_every_kind_of_request_gets_one_answer(example: RunningService, sent: bytes, status: int) -> None:
    assert [found for found, _ in ask(example, sent)] == [status]


def test_the_head_of_a_plain_functions_answer_comes_without_a_body(example: RunningService) -> None:
    answer = example.client.head("/example/plain?size=5")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "7", b"")


def test_a_request_before_what_is_not_http_is_answered(example: RunningService) -> None:
    assert [status for status, _ in ask(example, GET + b"NONSENSE\r\n\r\n")] == [200, 400]


def test_a_client_that_does_not_read_gets_all_answers_when_it_does(example: RunningService) -> None:
    sent = GET.replace(b"plain", b"plain?size=%d" % LARGE) * 30
    with connect(example) as connection:
        connection.sendall(sent)
        # Meanwhile others are answered.
        assert example.client.get("/example/plain").json() == "x"
        connection.shutdown(socket.SHUT_WR)
        found = answers(everything(connection))
    assert [(answer.status, len(answer.body)) for answer in found] == [(200, LARGE + 2)] * 30


def test_an_answer_at_once_says_while_the_service_drains_that_the_connection_ends(
    start_service: Callable[..., RunningService],
) -> None:
    service = start_service(EXAMPLE, BASE_PATH="/example", DRAIN_SECONDS="30")
    with connect(service) as connection:
        connection.sendall(GET)
        assert connection.recv(65536).endswith(b'"x"')
        service.process.send_signal(signal.SIGTERM)
        service.wait_for(message="draining")
        connection.sendall(GET)
        (answer,) = answers(everything(connection))
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert service.terminate() == 0
