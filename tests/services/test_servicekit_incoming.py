"""Requests that come slowly, or to no end: what they are answered, and what they can cost."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from servicekit import incoming
from servicekit.incoming import HEAD_MAX_BYTES, Unfinished
from servicekit.timing import REST_SECONDS

from .connections import TIMEOUT_SECONDS, answers, connect, everything, open_connections, wait_until
from .own_time import Clock
from .running import RunningService

EXAMPLE = Path(__file__).parent / "example"
DEADLINE_SECONDS = 2
KEEP_ALIVE_SECONDS = 6
MOST = 20

GET = b"GET /example HTTP/1.1\r\nHost: x\r\n\r\n"
HELLO = b'{"hello":"world"}'
POST = b"POST /example HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"
BODY = b'{"text":"x"}'


@pytest.fixture(scope="module")
def service(start_service: Callable[..., RunningService]) -> RunningService:
    """The example with short times."""
    return start_service(
        EXAMPLE, BASE_PATH="/example", DEADLINE=str(DEADLINE_SECONDS), KEEP_ALIVE=str(KEEP_ALIVE_SECONDS)
    )


def trickle(connection: socket.socket, data: bytes, seconds: float) -> None:
    """Sends a byte now and then, for as long as the service listens, all of them in that time."""
    started = time.monotonic()
    with contextlib.suppress(ConnectionError):
        for number, byte in enumerate(data, 1):
            connection.sendall(bytes([byte]))
            # Not so long each time: what each sleep takes too much would add up.
            time.sleep(max(0.0, started + seconds * number / len(data) - time.monotonic()))


def assert_refused(data: bytes, status: int, detail: str) -> dict[str, Any]:
    """Exactly one answer, a problem that ends the connection."""
    (answer,) = answers(data)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"
    problem: dict[str, Any] = json.loads(answer.body)
    assert (problem["status"], problem["detail"]) == (status, detail)
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


LATE = "the request did not come in time"


@pytest.mark.parametrize("half", [b"G", b"GET /exam", GET[:-4], GET[:-2], GET[:-1], b"\r\n", POST[:-1]])
def test_a_head_that_does_not_come_to_its_end_is_a_408(service: RunningService, half: bytes) -> None:
    started = time.monotonic()
    with connect(service) as connection:
        connection.sendall(half)
        problem = assert_refused(everything(connection), 408, LATE)
    assert DEADLINE_SECONDS <= time.monotonic() - started < KEEP_ALIVE_SECONDS - 0.5
    assert service.wait_for(request_id=problem["request_id"])["status"] == 408


@pytest.mark.parametrize("data", [b"GET /" + b"e" * 50, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10, b"\r\n" * 20])
def test_bytes_that_keep_coming_give_a_head_no_more_time(service: RunningService, data: bytes) -> None:
    started = time.monotonic()
    with connect(service) as connection:
        trickle(connection, data[:10], DEADLINE_SECONDS * 0.5)
        trickle(connection, data[10:], DEADLINE_SECONDS * 0.4)
        assert_refused(everything(connection), 408, LATE)
    assert DEADLINE_SECONDS <= time.monotonic() - started < DEADLINE_SECONDS * 1.8


def test_a_slow_head_that_comes_in_time_is_answered(service: RunningService) -> None:
    with connect(service) as connection:
        trickle(connection, GET, DEADLINE_SECONDS / 2)
        assert connection.recv(65536).endswith(HELLO)
        # Each request has its own time, and the connection goes on.
        trickle(connection, GET, DEADLINE_SECONDS * 0.6)
        assert connection.recv(65536).endswith(HELLO)
        time.sleep(DEADLINE_SECONDS * 1.5)
        connection.sendall(GET)
        assert connection.recv(65536).endswith(HELLO)


def test_the_second_head_of_a_connection_has_the_same_time(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(GET + GET[:-2])
        first, second = answers(everything(connection))
    assert (first.status, first.body, second.status) == (200, HELLO, 408)


def test_a_late_head_behind_a_request_at_work_never_comes_between_its_answer(service: RunningService) -> None:
    stream = b"GET /example/stream?seconds=0.2 HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(service) as connection:
        connection.sendall(stream)
        time.sleep(0.1)
        connection.sendall(GET[:-2])
        found = everything(connection)
    assert found.count(b"HTTP/1.1") == 2
    assert b"second\r\n0\r\n\r\nHTTP/1.1 408" in found
    # Late while the answer is under way: that is the last one then.
    with connect(service) as connection:
        connection.sendall(GET[:-2])
        time.sleep(0.1)
        connection.sendall(b"\r\nGET /exam")
        assert answers(everything(connection))[0].body == HELLO


def test_a_body_that_comes_byte_by_byte_is_a_408(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(POST.replace(b"Content-Length: 12", b"Content-Length: 1200"))
        trickle(connection, b" " * 30, DEADLINE_SECONDS * 1.2)
        assert_refused(everything(connection), 408, "the body did not come in time")


def test_a_chunked_body_without_an_end_is_a_408(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(POST.replace(b"Content-Length: 12", b"Transfer-Encoding: chunked"))
        for _ in range(6):
            connection.sendall(b"1\r\n \r\n")
            time.sleep(0.1)
        assert_refused(everything(connection), 408, "the body did not come in time")


def test_the_rest_of_a_body_that_nobody_waits_for_has_a_deadline(service: RunningService) -> None:
    """The answer is there, and each byte would put off the end of the idle connection."""
    started = time.monotonic()
    with connect(service) as connection:
        connection.sendall(GET.replace(b"Host: x", b"Host: x\r\nContent-Length: 9999"))
        assert connection.recv(65536).endswith(HELLO)
        trickle(connection, b" " * 30, DEADLINE_SECONDS * 1.5)
        with contextlib.suppress(ConnectionError):
            assert everything(connection) == b""
    assert time.monotonic() - started < DEADLINE_SECONDS * 2.4


def test_the_rest_of_a_body_that_comes_in_time_leaves_the_connection_for_more(service: RunningService) -> None:
    with connect(service) as connection:
        connection.sendall(GET.replace(b"Host: x", b"Host: x\r\nContent-Length: 3"))
        assert connection.recv(65536).endswith(HELLO)
        time.sleep(0.3)
        connection.sendall(b"abc")
        time.sleep(DEADLINE_SECONDS * 1.5)
        connection.sendall(GET)
        assert connection.recv(65536).endswith(HELLO)


@pytest.mark.parametrize("before", [b"", GET, POST + BODY, GET + b"\r\n\r\n"])
def test_an_idle_connection_is_closed_in_silence_and_late(service: RunningService, before: bytes) -> None:
    started = time.monotonic()
    with connect(service) as connection:
        if before:
            connection.sendall(before)
            assert connection.recv(65536).endswith((HELLO, BODY))
        assert everything(connection) == b""
    assert KEEP_ALIVE_SECONDS - 0.1 <= time.monotonic() - started < KEEP_ALIVE_SECONDS + 5


def test_a_connection_that_was_idle_for_longer_than_a_head_may_take_is_still_there(service: RunningService) -> None:
    with connect(service) as connection:
        time.sleep(DEADLINE_SECONDS * 2)
        connection.sendall(GET)
        assert connection.recv(65536).endswith(HELLO)


@pytest.mark.parametrize("filler", [b"A: " + b"b" * 1000 + b"\r\n", b"A" * 1000])
def test_a_head_without_an_end_is_a_431(service: RunningService, filler: bytes) -> None:
    with connect(service) as connection:
        connection.sendall(b"GET /example HTTP/1.1\r\nHost: x\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(HEAD_MAX_BYTES // 1000 + 2):
                connection.sendall(filler)
                time.sleep(0.001)
        data = b""
        # What was sent after the answer may end the connection with a reset, behind the answer.
        with contextlib.suppress(ConnectionError):
            while more := connection.recv(65536):
                data += more
    assert_refused(data, 431, f"the head of a request may have at most {HEAD_MAX_BYTES} bytes")


def test_a_large_head_within_the_limit_is_answered(service: RunningService) -> None:
    cookie = b"Cookie: " + b"c" * (HEAD_MAX_BYTES - 1000) + b"\r\n"
    with connect(service) as connection:
        connection.sendall(b"GET /example HTTP/1.1\r\nHost: x\r\n")
        connection.sendall(cookie + b"\r\n")
        assert connection.recv(65536).endswith(HELLO)


def test_more_slow_requests_than_there_is_room_for_do_not_stay(start_service: Callable[..., RunningService]) -> None:
    """And others are answered meanwhile, in time."""
    service = start_service(EXAMPLE, BASE_PATH="/example", DEADLINE="8", UNFINISHED_MAX=str(MOST))
    slow = [connect(service) for _ in range(MOST * 3)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(GET[:-2] if number % 2 else POST + BODY[:-1])
        # Those that make room are closed in silence.
        for connection in slow[: MOST * 2]:
            assert everything(connection) == b""
        wait_until(lambda: open_connections(service) == MOST)
        with httpx.Client(base_url=service.url, timeout=TIMEOUT_SECONDS) as client:
            started = time.monotonic()
            assert {client.get("/example").status_code for _ in range(20)} == {200}
            assert time.monotonic() - started < 6
        # Sent in two parts, a request needs room for a moment.
        with connect(service) as parted:
            parted.sendall(POST)
            time.sleep(0.3)
            parted.sendall(BODY)
            assert b" 200 " in parted.recv(65536)
        assert everything(slow[MOST * 2]) == b""
        assert {answers(everything(connection))[0].status for connection in slow[MOST * 2 + 1 :]} == {408}
    finally:
        for connection in slow:
            connection.close()
    wait_until(lambda: open_connections(service) == 0)


def test_slow_requests_do_not_keep_the_end_waiting(start_service: Callable[..., RunningService]) -> None:
    service = start_service(EXAMPLE, BASE_PATH="/example")
    with connect(service) as head, connect(service) as idle:
        head.sendall(GET[:-2])
        time.sleep(0.1)
        started = time.monotonic()
        assert service.terminate() == 0
        assert time.monotonic() - started < REST_SECONDS + 8, "requests that are under way have 15 s"
        assert everything(head) == everything(idle) == b""


@dataclass(eq=False)
class Slow:
    """In a connection's place."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    ended: list[tuple[str, float]] = field(default_factory=list)

    def out_of_time(self) -> None:
        self.ended.append(("late", self.loop.time()))

    def crowded_out(self) -> None:
        self.ended.append(("crowded", self.loop.time()))


def test_each_has_its_own_time_and_one_that_is_here_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(incoming, "time", SimpleNamespace(monotonic=clock))

    async def scenario() -> None:
        unfinished = Unfinished(seconds=8, most=100)
        connections, began = [], []
        for number in range(6):
            connections.append(Slow())
            began.append(clock())
            unfinished.begin(connections[-1])
            if number % 2:
                unfinished.end(connections[-1])
            await asyncio.sleep(0.5)
        began[0] = clock()
        unfinished.begin(connections[0])
        await asyncio.sleep(20)
        for number, (connection, begin) in enumerate(zip(connections, began, strict=True)):
            assert connection.ended == ([] if number % 2 else [("late", begin + 8)])

    clock.run(scenario())


def test_the_one_that_began_first_makes_room() -> None:
    async def scenario() -> None:
        unfinished = Unfinished(seconds=5, most=2)
        first, second, third = Slow(), Slow(), Slow()
        unfinished.begin(first)
        unfinished.begin(second)
        unfinished.begin(first)
        assert not first.ended
        assert not second.ended
        unfinished.begin(third)
        assert [why for why, _ in second.ended] == ["crowded"]
        assert not first.ended
        unfinished.end(first)
        unfinished.begin(Slow())
        assert not third.ended

    asyncio.run(scenario())
