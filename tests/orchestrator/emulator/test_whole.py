"""How the emulated AWS answers on the wire, and that it lets go of connections."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orchestrator.emulator import emulator
from tests.orchestrator.emulator.conftest import eventually

pytestmark = pytest.mark.usefixtures("container_engine")

BODY = b"Action=ListRoles&Version=2010-05-08"
REQUEST = (
    b"POST / HTTP/1.1\r\nHost: iam.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)
CLOSE_WAIT = "08"  # include/net/tcp_states.h


def connected(shared: emulator.Emulator) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", emulator.ports().api), timeout=30)
    assert shared.endpoint.endswith(f":{made.getpeername()[1]}")
    return made


def waiting(client: int) -> bool:
    """Whether the server still has its side of a connection that the client has closed."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[2].endswith(f":{client:04X}") and row[3] == CLOSE_WAIT for row in rows)


def test_an_answer_comes_in_one_piece_however_often_it_is_asked_for(shared: emulator.Emulator) -> None:
    with connected(shared) as connection:
        for _ in range(50):
            connection.sendall(REQUEST)
            head, _, body = connection.recv(1 << 16).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            assert f"Content-Length: {len(body)}".encode() in head
            assert body.endswith(b"</ListRolesResponse>")


def test_an_answer_without_a_body_comes_as_well(shared: emulator.Emulator) -> None:
    with connected(shared) as connection:
        for _ in range(3):
            connection.sendall(b"HEAD /_ministack/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"NONSENSE\r\n\r\n",
        REQUEST.replace(b"Content-Length: %d" % len(BODY), b"Transfer-Encoding: chunked") + b"\r\n",
    ],
    ids=["no request", "no chunk"],
)
def test_a_client_that_breaks_the_protocol_is_refused_and_nobody_else(shared: emulator.Emulator, sent: bytes) -> None:
    with connected(shared) as connection, connected(shared) as other:
        connection.sendall(sent)
        answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 400")
        assert answer.count(b"HTTP/1.1 ") == 1
        assert answer.endswith(b"\r\n\r\n")
        other.sendall(REQUEST)
        assert other.recv(1 << 16).startswith(b"HTTP/1.1 200 OK")


def test_a_connection_ends_when_its_client_has_closed_it(shared: emulator.Emulator) -> None:
    with connected(shared) as connection:
        connection.sendall(REQUEST)
        assert connection.recv(1 << 16)
        port = connection.getsockname()[1]
    assert eventually(lambda: not waiting(port))


def test_another_attempt_at_a_request_that_was_carried_out_gets_its_answer(aws: Callable[[str], Any]) -> None:
    iam = aws("iam")

    def attempt(name: str) -> str:
        def named(request: Any, **_: Any) -> None:
            request.headers["amz-sdk-invocation-id"] = name

        iam.meta.events.register("before-send.iam.CreateGroup", named, unique_id="named")
        try:
            return str(iam.create_group(GroupName="attempted")["Group"]["GroupId"])
        finally:
            iam.meta.events.unregister("before-send.iam.CreateGroup", unique_id="named")

    made = attempt("one")
    assert attempt("one") == made
    # Another request for the same is none, and neither attempt at it finds otherwise.
    for _ in range(2):
        with pytest.raises(ClientError, match="EntityAlreadyExists"):
            attempt("two")
    iam.delete_group(GroupName="attempted")
    assert attempt("two") != made
