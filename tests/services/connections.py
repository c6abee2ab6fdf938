"""Connections on which a test says every byte itself."""

import re
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .running import RunningService

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """One answer of a connection."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect(service: RunningService) -> socket.socket:
    """A connection to the service."""
    return socket.create_connection(("127.0.0.1", service.port), timeout=TIMEOUT_SECONDS)


def everything(connection: socket.socket) -> bytes:
    """What comes until the service closes the connection."""
    found = b""
    while part := connection.recv(65536):
        found += part
    return found


def answers(data: bytes) -> list[Answer]:
    """The answers in what has come, each of which says its length or is chunked."""
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        status_line, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        if "chunked" in headers.get("transfer-encoding", ""):
            body, _, data = data.partition(b"\r\n0\r\n\r\n")
        else:
            length = int(headers["content-length"])
            body, data = data[:length], data[length:]
        found.append(Answer(int(status_line.split()[1]), headers, body))
    return found


def reset(connection: socket.socket) -> None:
    """Goes away as a process does that is killed: with no time to linger, closing sends a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def open_connections(service: RunningService) -> int:
    """How many sockets the service's process has with a client at the other end."""
    inodes = set()
    for descriptor in Path(f"/proc/{service.process.pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if found := re.fullmatch(r"socket:\[(\d+)\]", target):
            inodes.add(found[1])
    port = f":{service.port:04X}"
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    # 0A is the listening socket itself.
    return sum(line[9] in inodes and line[1].endswith(port) and line[3] != "0A" for line in lines)


def wait_until(condition: Callable[[], bool], seconds: float = TIMEOUT_SECONDS) -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
