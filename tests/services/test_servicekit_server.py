"""How a service ends: what it still answers after SIGTERM, and when it is gone."""

import concurrent.futures
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from signal import Signals
from typing import Any

import httpx
import pytest

from .connections import connect, everything, open_connections, wait_until
from .running import ANSWER_SECONDS, RunningService, service_environment

EXAMPLE = Path(__file__).parent / "example"
DRAIN_SECONDS = 4
END_SECONDS = 60


@pytest.fixture
def draining(start_service: Callable[..., RunningService]) -> RunningService:
    """A service that drains as in production, only for a shorter time."""
    return start_service(EXAMPLE, BASE_PATH="/example", ENVIRONMENT="production", DRAIN_SECONDS=str(DRAIN_SECONDS))


def test_answers_go_on_during_the_drain_and_end_their_connections(draining: RunningService) -> None:
    before = draining.client.get("/example")
    assert "connection" not in before.headers
    started = time.monotonic()
    draining.process.send_signal(signal.SIGTERM)
    draining.wait_for(message="draining")
    reused = draining.client.get("/example")
    new = httpx.get(draining.url + "/example", timeout=ANSWER_SECONDS)
    error = httpx.get(draining.url + "/nowhere", timeout=ANSWER_SECONDS)
    assert (reused.status_code, new.status_code, error.status_code) == (200, 200, 404)
    assert [answer.headers["connection"] for answer in (reused, new, error)] == ["close"] * 3
    assert draining.client.get("/healthz").status_code == 200
    assert draining.process.wait(timeout=END_SECONDS) == 0
    assert time.monotonic() - started >= DRAIN_SECONDS


def test_a_request_in_flight_at_the_signal_is_answered(draining: RunningService) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(httpx.get, draining.url + "/example?seconds=1", timeout=ANSWER_SECONDS)
        wait_until(lambda: open_connections(draining) == 1)
        draining.process.send_signal(signal.SIGTERM)
        assert answer.result().status_code == 200
        assert answer.result().headers["connection"] == "close"
    assert draining.process.wait(timeout=END_SECONDS) == 0


def test_a_request_that_outlasts_the_drain_is_answered(draining: RunningService) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        draining.process.send_signal(signal.SIGTERM)
        time.sleep(DRAIN_SECONDS / 2)
        answer = pool.submit(httpx.get, draining.url + f"/example?seconds={DRAIN_SECONDS}", timeout=ANSWER_SECONDS)
        assert answer.result().status_code == 200
    assert draining.process.wait(timeout=END_SECONDS) == 0


def test_no_request_is_lost_while_clients_reuse_connections(draining: RunningService) -> None:
    """As behind a load balancer, which stops sending within the drain."""
    stop = threading.Event()

    def ask() -> list[int]:
        found = []
        with httpx.Client(base_url=draining.url, timeout=ANSWER_SECONDS) as client:
            while not stop.is_set():
                found.append(client.get("/example").status_code)
        return found

    with concurrent.futures.ThreadPoolExecutor() as pool:
        clients = [pool.submit(ask) for _ in range(4)]
        time.sleep(0.3)
        draining.process.send_signal(signal.SIGTERM)
        time.sleep(DRAIN_SECONDS / 2)
        stop.set()
        statuses = [status for client in clients for status in client.result()]
    assert len(statuses) > 100
    assert set(statuses) == {200}
    assert draining.process.wait(timeout=END_SECONDS) == 0


def test_a_second_signal_ends_the_drain(start_service: Callable[..., RunningService]) -> None:
    service = start_service(EXAMPLE, ENVIRONMENT="production", DRAIN_SECONDS="30")
    service.process.send_signal(signal.SIGTERM)
    service.wait_for(message="draining")
    started = time.monotonic()
    assert service.terminate() == 0
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_locally_a_service_ends_at_once(start_service: Callable[..., RunningService], number: Signals) -> None:
    """Elsewhere it would answer for another 20 s."""
    service = start_service(EXAMPLE, ENVIRONMENT="local")
    started = time.monotonic()
    service.process.send_signal(number)
    assert service.process.wait(timeout=END_SECONDS) == 0
    assert time.monotonic() - started < 10


GET = b"GET /example HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("parts", [(b"", GET), (GET[:1], GET[1:]), (GET[:-1], GET[-1:]), (GET, GET[:9], GET[9:])])
def test_a_request_that_is_on_its_way_when_the_service_ends_is_answered(
    start_service: Callable[..., RunningService], parts: tuple[bytes, ...]
) -> None:
    service = start_service(EXAMPLE, BASE_PATH="/example", ENVIRONMENT="local", REST="10")
    *before, rest = parts
    with connect(service) as connection:
        for part in before:
            connection.sendall(part)
            if part.endswith(GET):
                assert connection.recv(65536).endswith(b'{"hello":"world"}')
        wait_until(lambda: open_connections(service) == 1)
        time.sleep(0.1)  # for what was sent to be read
        service.process.send_signal(signal.SIGTERM)
        service.wait_for(message="stopping")
        wait_until(lambda: not listens(service))
        connection.sendall(rest)
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\r\nconnection: close\r\n" in answer
    assert service.process.wait(timeout=END_SECONDS) == 0


def listens(service: RunningService) -> bool:
    """Whether a new connection is taken."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", service.port)) == 0


def test_a_port_that_is_taken_ends_the_service_with_a_log_line(
    start_service: Callable[..., RunningService], example: RunningService
) -> None:
    with pytest.raises(AssertionError, match="address already in use"):
        start_service(EXAMPLE, PORT=str(example.port))


def test_head_and_body_leave_together(example: RunningService) -> None:
    """Two packets would be two system calls and, with a delayed acknowledgement, two waits."""
    with connect(example) as connection:
        for _ in range(20):
            connection.sendall(b"GET /example HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).endswith(b'{"hello":"world"}')


def test_answers_without_a_body_are_whole(example: RunningService) -> None:
    with connect(example) as connection:
        for request in (b"HEAD /example", b"GET /example/openapi.json", b"HEAD /healthz"):
            etag = example.client.get("/example/openapi.json").headers["etag"].encode()
            connection.sendall(request + b" HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + etag + b"\r\n\r\n")
            answer = connection.recv(65536)
            assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 304"))
            assert answer.endswith(b"\r\n\r\n")


def test_a_client_that_asks_first_is_told_to_send_its_body(example: RunningService) -> None:
    with connect(example) as connection:
        connection.sendall(
            b"POST /example HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 7\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b'{"a":1}')
        assert connection.recv(65536).endswith(b'{"a":1}')


def test_requests_that_are_sent_at_once_are_answered_in_order(example: RunningService) -> None:
    paths = [b"/example?seconds=0.2", b"/nowhere", b"/healthz"]
    with connect(example) as connection:
        connection.sendall(b"".join(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths))
        found = b""
        while not found.endswith(b'{"status":"ok"}'):
            found += connection.recv(65536)
    parts = [found.index(part) for part in (b'{"hello":"world"}', b'"status":404', b'{"status":"ok"}')]
    assert parts == sorted(parts)


def test_a_header_field_cannot_be_ended_by_a_value_from_outside(example: RunningService) -> None:
    assert example.client.get("/example/header?value=good").headers["x-value"] == "good"
    answer = example.client.get("/example/header?value=bad%0D%0AX-More:%20worse", headers={"X-Request-Id": "split"})
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert "x-more" not in answer.headers
    line = example.wait_for(request_id="split")
    assert "forbidden character" in line["error"]
    assert line["status"] == 500


def test_a_connection_ends_with_the_answer_that_says_so_in_capitals(example: RunningService) -> None:
    with connect(example) as connection:
        connection.sendall(b"GET /example/close HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.makefile("rb").read().endswith(b"{}")


UPGRADE = (
    b"POST /example HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
)
NEXT = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "framing", [b'Content-Length: 7\r\n\r\n{"a":1}', b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n0\r\n\r\n']
)
@pytest.mark.parametrize("packet_bytes", [1, 10, 10_000])
def test_a_request_that_wants_another_protocol_is_answered_in_this_one(
    example: RunningService, framing: bytes, packet_bytes: int
) -> None:
    sent = (UPGRADE + framing) * 2 + NEXT
    with connect(example) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), packet_bytes):
            connection.sendall(sent[start : start + packet_bytes])
        answers = connection.makefile("rb").read()
    assert answers.count(b"HTTP/1.1 ") == answers.count(b"HTTP/1.1 200 OK") == 3
    assert answers.count(b'{"a":1}') == 2
    assert answers.endswith(b'{"status":"ok"}')


def test_a_body_is_never_taken_for_a_request(example: RunningService) -> None:
    """Behind a proxy the second answer would be given to somebody else."""
    body = b"GET /example HTTP/1.1\r\nHost: x\r\nX-Request-Id: smuggled\r\n\r\n"
    with connect(example) as connection:
        connection.sendall(UPGRADE + b"Content-Length: %d\r\n\r\n" % len(body))
        time.sleep(0.2)
        connection.sendall(body)
        time.sleep(0.2)
        connection.sendall(NEXT)
        answers = connection.makefile("rb").read()
    assert answers.count(b"HTTP/1.1 ") == 2
    assert answers.startswith(b"HTTP/1.1 400")
    assert answers.endswith(b'{"status":"ok"}')
    assert not [line for line in example.requests() if line["request_id"] == "smuggled"]


def test_a_websocket_is_answered_as_a_plain_request(example: RunningService) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    assert example.client.get("/example", headers=headers).json() == {"hello": "world"}


@pytest.mark.parametrize(
    "rest", [b"HTTP/1.0\r\nConnection: Upgrade", b"HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close"]
)
def test_a_connection_that_would_end_ends_whatever_protocol_is_wanted(example: RunningService, rest: bytes) -> None:
    with connect(example) as connection:
        connection.sendall(b"GET /example " + rest + b"\r\nUpgrade: h2c\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"hello":"world"}')


def test_a_service_is_no_proxy(example: RunningService) -> None:
    with connect(example) as connection:
        connection.sendall(b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1


PROGRAM = """
import asyncio, contextlib, sys, time
from servicekit import JSON, SettingsError, create_app, main, resource

@contextlib.asynccontextmanager
async def lifespan(_):
    {start}
    yield
    {end}

async def hello(_):
    return JSON({{}})

def build(settings):
    {build}
    return create_app(settings, [resource("/", GET=hello)], lifespan=lifespan)

main(build)
"""


def start_program(log: Path, *, port: str = "0", **parts: str) -> subprocess.Popen[bytes]:
    """Starts a service that does something special while it starts or ends."""
    program = PROGRAM.format(**{"start": "pass", "end": "pass", "build": "pass"} | parts)
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=service_environment(PORT=port),
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    )


def lines(log: Path) -> list[dict[str, Any]]:
    """What the service wrote: JSON, and nothing else."""
    return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.mark.parametrize(
    "parts",
    [
        {"start": "SAY; await asyncio.sleep(60)"},
        {"start": "SAY; time.sleep(60)"},
        {"build": "SAY; time.sleep(60)"},
        {"start": "SAY\n    try: await asyncio.sleep(60)\n    except asyncio.CancelledError: await asyncio.sleep(60)"},
    ],
    ids=["waiting", "blocking", "building", "deaf"],
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_comes_during_the_start_ends_the_process_at_once(
    tmp_path: Path, parts: dict[str, str], number: Signals
) -> None:
    log = tmp_path / "log"
    said = """print('{"message": "here"}', flush=True)"""
    process = start_program(log, **{name: part.replace("SAY", said) for name, part in parts.items()})
    wait_until(lambda: "here" in log.read_text())
    started = time.monotonic()
    process.send_signal(number)
    assert process.wait(timeout=END_SECONDS) == 0
    assert time.monotonic() - started < 20
    assert [line["message"] for line in lines(log)] == ["here", "stopped before it was ready"]


@pytest.mark.parametrize(
    ("parts", "message", "error"),
    [
        ({"start": "raise ConnectionError('no database')"}, "the service cannot start", "ConnectionError"),
        ({"start": "raise SettingsError('COLOUR is not set')"}, "COLOUR is not set", None),
        ({"build": "raise ConnectionError('no database')"}, "the service cannot start", "ConnectionError"),
        ({"build": "raise SettingsError('COLOUR is not set')"}, "COLOUR is not set", None),
    ],
)
def test_a_start_that_fails_ends_with_one_line_that_names_the_reason(
    tmp_path: Path, parts: dict[str, str], message: str, error: str | None
) -> None:
    log = tmp_path / "log"
    process = start_program(log, **parts)
    assert process.wait(timeout=END_SECONDS) != 0
    (line,) = lines(log)
    assert (line["level"], line["message"]) == ("critical", message)
    assert ("traceback" in line) == (error is not None)
    assert error is None or line["error"] == "ConnectionError('no database')"


def test_a_port_that_is_taken_is_named_in_one_line(tmp_path: Path, example: RunningService) -> None:
    log = tmp_path / "log"
    assert start_program(log, port=str(example.port)).wait(timeout=END_SECONDS) != 0
    (line,) = lines(log)
    assert "address already in use" in line["message"]
    assert str(example.port) in line["message"]
    assert "traceback" not in line


def test_an_end_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start_program(log, end="raise ConnectionError('no database')")
    wait_until(lambda: "listening" in log.read_text())
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=END_SECONDS)
    (line,) = (line for line in lines(log) if line["level"] == "error")
    assert (line["message"], line["error"]) == (
        "the service did not end as it should",
        "ConnectionError('no database')",
    )
