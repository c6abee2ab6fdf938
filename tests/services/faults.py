"""A stub in front of DynamoDB that passes requests on, and fails in the ways that DynamoDB and networks do."""

import contextlib
import random
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

HANG_SECONDS: Final = 1.2  # longer than the client waits
SLOW_SECONDS: Final = 0.5  # not so long
QUIET_SECONDS: Final = 0.3

_PREFIX: Final = b'{"__type":"com.amazonaws.dynamodb.v20120810#'
_THROTTLED: Final = _PREFIX + b'ProvisionedThroughputExceededException","message":"slow down"}'
_BROKEN: Final = _PREFIX + b'InternalServerError","message":"broken"}'

FAIL: Final = "fail"
"""500, nothing applied."""
THROTTLE: Final = "throttle"
"""400 with DynamoDB's code for too many requests, nothing applied."""
NO_ANSWER: Final = "no answer"
"""Nothing applied, and no answer before the client has given up."""
SLOW: Final = "slow"
"""Applied and answered, late but in time."""
LATE: Final = "late"
"""Applied only after the client has given up."""
LOSE_THE_ANSWER: Final = "lose the answer"
"""Applied, and answered 500."""
RESET: Final = "reset"
"""Applied, and the connection is reset instead of an answer."""

ALL: Final = (FAIL, THROTTLE, NO_ANSWER, SLOW, LATE, LOSE_THE_ANSWER, RESET)


class FaultyDynamoDB(ThreadingHTTPServer):
    """Passes requests on, except for as many as `faults` names, one after the other.

    All requests whose body matches `failing` fail. After `misbehave` a share of all requests meet a fault.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(endpoint).netloc
        self.faults: list[str] = []
        self.failing: re.Pattern[bytes] | None = None
        self.operations: list[str] = []
        self.injected = 0
        self._draw: Iterator[str] | None = None
        self._open = 0
        self._last = 0.0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def misbehave(self, share: float, seed: int, kinds: Sequence[str] = ALL) -> None:
        """From now on, `share` of all requests meet one of `kinds`, in an order that `seed` fixes."""
        chance = random.Random(seed)
        self._draw = iter(lambda: chance.choice(kinds) if chance.random() < share else "", None)

    def calm_down(self) -> None:
        """Ends the faults, and waits until nothing is under way that may be applied late, or repeated."""
        self.faults.clear()
        self.failing = self._draw = None
        while self._open or time.monotonic() - self._last < QUIET_SECONDS:
            time.sleep(0.05)
        self.operations.clear()
        self.injected = 0

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Closes a connection without the usual orderly end before it, so that a reset can be one."""
        self.close_request(request)

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Says nothing of connections that clients have given up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def take_fault(self, operation: str, body: bytes) -> str:
        """What shall happen to a request."""
        with self._lock:
            self.operations.append(operation)
            self._open += 1
            if self.failing and self.failing.search(body):
                fault = FAIL
            elif self.faults:
                fault = self.faults.pop(0)
            else:
                fault = next(self._draw) if self._draw else ""
            self.injected += bool(fault)
            return fault

    def end_fault(self) -> None:
        """The request is over."""
        with self._lock:
            self._open -= 1
            self._last = time.monotonic()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyDynamoDB

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.take_fault(self.headers["X-Amz-Target"].partition(".")[2], body)
        try:
            self._do(fault, body)
        finally:
            self.server.end_fault()

    def _do(self, fault: str, body: bytes) -> None:
        if fault in (NO_ANSWER, LATE):
            time.sleep(HANG_SECONDS)
        elif fault == SLOW:
            time.sleep(SLOW_SECONDS)
        status, answer = (400, _THROTTLED) if fault == THROTTLE else (500, _BROKEN)
        if fault not in (FAIL, THROTTLE, NO_ANSWER):
            passed = self._pass_on(body)
            if fault != LOSE_THE_ANSWER:
                status, answer = passed
        if fault in (NO_ANSWER, LATE, RESET):
            self._cut()
        else:
            self._answer(status, answer)

    def _pass_on(self, body: bytes) -> tuple[int, bytes]:
        connection = HTTPConnection(self.server.behind)
        connection.request("POST", self.path, body, dict(self.headers))
        with contextlib.closing(connection), connection.getresponse() as passed:
            return passed.status, passed.read()

    def _answer(self, status: int, body: bytes) -> None:
        with contextlib.suppress(OSError):  # the client has given up
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _cut(self) -> None:
        # With no time to linger, closing sends a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing."""
