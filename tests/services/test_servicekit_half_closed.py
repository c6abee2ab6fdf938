"""A client that has sent all that it will send, and says so (`shutdown(SHUT_WR)`), gets its answers."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .connections import answers, connect, everything, open_connections, reset, wait_until
from .running import RunningService

EXAMPLE = Path(__file__).parent / "example"

BODY = b'{"text":"x"}'
GET = b"GET /example?seconds=0.2 HTTP/1.1\r\nHost: x\r\n\r\n"
GET_AND_CLOSE = GET.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n")
GET_1_0 = GET.replace(b"HTTP/1.1", b"HTTP/1.0")
POST = b"POST /example HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = (
    b"POST /example HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
)
STREAM = b"GET /example/stream?seconds=0.2 HTTP/1.1\r\nHost: x\r\n\r\n"
HELLO = b'{"hello":"world"}'


@pytest.fixture(scope="module")
def service(start_service: Callable[..., RunningService]) -> RunningService:
    """The example with a short deadline, of which all connections are this module's."""
    return start_service(EXAMPLE, BASE_PATH="/example", DEADLINE="5")


def ask(service: RunningService, *parts: bytes, pause: float = 0.0) -> list[tuple[int, bytes]]:
    """Statuses and bodies of all answers to what is sent, after which the client ends its sending."""
    with connect(service) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        connection.shutdown(socket.SHUT_WR)
        found = answers(everything(connection))
    # Neither side keeps a connection that nothing can come on.
    assert [answer.headers.get("connection") for answer in found[:-1]] == [None] * (len(found) - 1)
    return [(answer.status, answer.body) for answer in found]


@pytest.mark.parametrize(
    ("request_parts", "body"),
    [
        ((GET,), HELLO),
        ((GET_AND_CLOSE,), HELLO),
        ((GET_1_0,), HELLO),
        ((POST + BODY,), BODY),
        ((POST, BODY), BODY),
        ((CHUNKED,), BODY),
        ((STREAM,), b"5\r\nfirst\r\n6\r\nsecond"),
        ((b"HEAD /example/nothing HTTP/1.1\r\nHost: x\r\n\r\n",), None),
    ],
    ids=["get", "close", "1.0", "post", "post in two packets", "chunked", "stream", "head"],
)
@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_one_request_is_answered_and_the_connection_closed(
    service: RunningService, request_parts: tuple[bytes, ...], body: bytes | None, pause: float
) -> None:
    if body is None:
        with connect(service) as connection:
            connection.sendall(b"".join(request_parts))
            connection.shutdown(socket.SHUT_WR)
            assert everything(connection).startswith(b"HTTP/1.1 204")
    else:
        assert ask(service, *request_parts, pause=pause) == [(200, body)]


def test_an_answer_that_has_begun_comes_to_its_end(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(STREAM.replace(b"0.2", b"0.4"))
        begun = connection.recv(65536)
        connection.shutdown(socket.SHUT_WR)
        assert (begun + everything(connection)).endswith(b"first\r\n6\r\nsecond\r\n0\r\n\r\n")


def test_the_answer_says_that_it_is_the_last(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(GET)
        connection.shutdown(socket.SHUT_WR)
        (answer,) = answers(everything(connection))
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("count", [2, 3, 5])
def test_requests_that_were_sent_at_once_are_all_answered(service: RunningService, count: int) -> None:
    assert ask(service, *[GET, POST + BODY] * count) == [(200, HELLO), (200, BODY)] * count


def test_a_request_on_a_used_connection_is_answered(service: RunningService) -> None:
    with connect(service) as connection:
        for _ in range(2):
            connection.sendall(POST + BODY)
            assert connection.recv(65536).endswith(BODY)
        connection.sendall(POST + BODY)
        connection.shutdown(socket.SHUT_WR)
        (answer,) = answers(everything(connection))
    assert (answer.status, answer.body) == (200, BODY)


def test_a_refusal_is_sent_as_well(service: RunningService) -> None:
    (found,) = ask(service, b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
    assert found[0] == 404
    (found,) = ask(service, b"NONSENSE\r\n\r\n")
    assert found[0] == 400


def test_a_request_over_the_deadline_is_a_503(service: RunningService) -> None:
    (found,) = ask(service, GET.replace(b"0.2", b"30"))
    assert found[0] == 503


def test_an_unfinished_request_behind_finished_ones_takes_nothing_from_them(service: RunningService) -> None:
    assert ask(service, GET, GET, b"GET /exam") == [(200, HELLO)] * 2
    assert ask(service, GET, POST + BODY[:-1]) == [(200, HELLO)]
    assert ask(service, GET, GET, POST) == [(200, HELLO)] * 2
    wait_until(lambda: open_connections(service) == 0)
    assert not [line for line in service.lines() if line["level"] == "error" and not line.get("error")]


def test_half_a_head_is_a_400(service: RunningService) -> None:
    for half in (b"GET", GET[:-2], b"GET / HTTP/1.1\r\nHost"):
        (found,) = ask(service, half)
        assert found[0] == 400
        assert b'"detail":"the request ends in the middle of its head"' in found[1]


def test_half_a_body_is_a_client_that_has_gone(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(POST.replace(b"Host: x", b"Host: x\r\nX-Request-Id: half-a-body") + BODY[:-1])
        connection.shutdown(socket.SHUT_WR)
        assert everything(connection) == b""
    assert service.wait_for(request_id="half-a-body")["status"] == 499


def test_an_idle_connection_that_the_client_ends_is_closed_at_once(service: RunningService) -> None:
    with connect(service) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert everything(connection) == b""
    with connect(service) as connection:
        connection.sendall(POST + BODY)
        assert connection.recv(65536).endswith(BODY)
        connection.shutdown(socket.SHUT_WR)
        assert everything(connection) == b""


@pytest.mark.parametrize("request_", [GET, STREAM, GET * 3, POST + BODY, POST + BODY[:-1], GET[:-2]])
@pytest.mark.parametrize("half_closed", [True, False])
def test_nothing_is_left_of_a_client_that_vanishes(service: RunningService, request_: bytes, half_closed: bool) -> None:
    for number in range(20):
        connection = connect(service)
        connection.sendall(request_)
        if half_closed:
            connection.shutdown(socket.SHUT_WR)
        if number % 2:
            time.sleep(0.01)
        reset(connection)
    wait_until(lambda: open_connections(service) == 0)
    assert not [line for line in service.lines() if "traceback" in line]
    # A task that were left would keep the end waiting; others' requests are as before.
    assert ask(service, GET) == [(200, HELLO)]


def test_a_vanished_clients_task_does_not_keep_the_process(start_service: Callable[..., RunningService]) -> None:
    service = start_service(EXAMPLE, BASE_PATH="/example", DEADLINE="1.5")
    for _ in range(10):
        connection = connect(service)
        connection.sendall(GET.replace(b"0.2", b"1"))
        connection.shutdown(socket.SHUT_WR)
        reset(connection)
    wait_until(lambda: open_connections(service) == 0)
    started = time.monotonic()
    # A task that never ends would be waited for, for 15 s.
    assert service.terminate() == 0
    assert time.monotonic() - started < 10
