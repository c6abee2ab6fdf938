"""One request and its answer: its ids, the header fields that every answer has, its log line, its count."""

import asyncio
import random
import re
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from . import body, logs
from .cycle import Cycle
from .fields import Header, lines
from .metrics import Metrics
from .problems import problem_response

LIVENESS_PATH: Final = "/healthz"
READINESS_PATH: Final = "/readyz"

CONTENT_SECURITY_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""The one that allows nothing."""
SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""What every answer has besides a Content-Security-Policy."""

# Only for browsers that came by HTTPS; the load balancer says whether they did. On plain HTTP they ignore the
# first, and complain about the second.
_HTTPS_HEADERS: Final = (
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_HTTPS_LINES: Final = lines(_HTTPS_HEADERS)

_PROBES: Final = frozenset({LIVENESS_PATH, READINESS_PATH})
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:+/-]{1,128}")
_TRACE_ID: Final = re.compile(rb"[A-Za-z0-9=;:._+/-]{1,512}")
_TRACE_ROOT: Final = re.compile(rb"(?:^|;)Root=([A-Za-z0-9-]{1,100})")
_PATH_IN_LOG_MAX_CHARS: Final = 512
_IDS_AT_ONCE: Final = 256
_NO_ROUTE: Final = "none"
_CLIENT_GONE: Final = 499
"""The status in log and metrics of a request whose client went away before its body had come. A client
that goes away later is not noticed: the answer counts."""
_CUT_SHORT: Final = 500
"""The status in log and metrics of an answer that failed before its end, whatever its head said."""


class Common:
    """What all exchanges of a service share. Every answer gets those of `fields` that it has not got itself."""

    def __init__(self, service_name: str, environment: str, fields: Sequence[Header], metrics: Metrics) -> None:
        self.service_name = service_name
        self.environment = environment
        self.metrics = metrics
        self._fields = fields
        self._names = frozenset(name for name, _ in fields)
        self._lines = lines(fields)

    def fields(self, own: Sequence[Header]) -> Sequence[Header]:
        """Those for an answer that has fields of its own."""
        names = {name for name, _ in own}
        return [field for field in self._fields if field[0] not in names]

    def lines(self, own: Sequence[Header]) -> bytes:
        """The same as they are sent."""
        for name, _ in own:
            if name in self._names:
                return lines(self.fields(own))
        return self._lines


class Exchange:
    """One request and its answer."""

    status = 0
    """The answer's, 0 until there is one."""
    complete = False
    """Whether the server has taken all of the answer."""
    error = ""
    """What went wrong, for the log line."""
    task: asyncio.Task[object] | None = None
    expired = False
    _traceback = ""

    def __init__(self, common: Common, scope: Scope, send: Send) -> None:
        self.started = time.perf_counter()
        self._common = common
        self._scope = scope
        self._send = send
        # A look-up for each field that matters is faster than a look at each field that there is.
        fields: dict[bytes, bytes] = dict(scope["headers"])
        length = fields.get(b"content-length", b"0")
        self.length = None if b"transfer-encoding" in fields or not length.isdigit() else int(length)
        """The body's, None if it is not known."""
        trace_id = fields.get(b"x-amzn-trace-id", b"")
        if trace_id and not _TRACE_ID.fullmatch(trace_id):
            trace_id = b""
        self._trace_id = trace_id.decode()
        self.request_id = scope["request_id"] = _request_id(fields.get(b"x-request-id", b""), trace_id)
        self._https = fields.get(b"x-forwarded-proto") == b"https"

    async def send(self, message: Message) -> None:
        """ASGI's send, which adds the header fields that every answer has."""
        if message["type"] == "http.response.start":
            own: list[Header] = message["headers"]
            message["headers"] = [*own, *self._common.fields(own), *self._own_fields()]
            await self._send(message)
            # Not before: the server writes nothing of a head that it refuses, and there can be another answer.
            self.status = message["status"]
        else:
            await self._send(message)
            self.complete = not message.get("more_body")

    def respond(self, response: Response) -> bool:
        """Sends a response that is there as a whole. False, and nothing is sent, if it has to be sent as others are."""
        cycle = getattr(self._send, "__self__", None)
        # Another server than ours, in tests, has none.
        if type(cycle) is not Cycle or type(response).__call__ is not Response.__call__ or response.background:
            return False
        own = response.raw_headers
        if not cycle.answer(response.status_code, own, self._common.lines(own) + self._own_lines(), response.body):
            return False
        self.status = response.status_code
        self.complete = True
        return True

    async def answer(self, receive: Receive, problem: HTTPException) -> None:
        """Sends a problem. With an answer under way it does nothing: when the application returns,
        the server cuts the connection, which is the only way left to tell the client."""
        if not self.status:
            closes = (problem.headers or {}).get("Connection") == "close"
            response = problem_response(problem, self.request_id)
            if closes and body.is_coming(receive):
                await response(self._scope, receive, body.lingering(self.send, receive))
            elif not self.respond(response):
                await response(self._scope, receive, self.send)

    def fail(self, error: Exception) -> None:
        """Notes the exception that is being handled, for the log line."""
        self.error = repr(error)
        self._traceback = traceback.format_exc()

    def close(self) -> None:
        """Counts the request and writes its line."""
        status = self.status or _CLIENT_GONE
        if self.error and not self.complete:
            status = _CUT_SHORT
        scope = self._scope
        path: str = scope["path"]
        duration_ms = (time.perf_counter() - self.started) * 1000
        level = "error" if self.error or status >= 500 else "info"
        if path not in _PROBES:
            # Templates, not paths: there are only so many of them.
            route = scope.get("route")
            self._common.metrics.record(_NO_ROUTE if route is None else route.path, status, duration_ms)
        elif status < 400:
            level = "debug"
        if logs.enabled(level):
            line = logs.RequestLine(
                timestamp=logs.now(),
                level=level,
                service=self._common.service_name,
                environment=self._common.environment,
                message="request",
                method=scope["method"],
                path=path[:_PATH_IN_LOG_MAX_CHARS],
                status=status,
                duration_ms=round(duration_ms, 2),
                request_id=self.request_id,
                trace_id=self._trace_id,
                error=self.error,
                traceback=self._traceback,
            )
            logs.emit_request(line)

    def _own_fields(self) -> list[Header]:
        fields = [(b"x-request-id", self.request_id.encode())]
        if self._trace_id:
            fields.append((b"x-amzn-trace-id", self._trace_id.encode()))
        if self._https:
            fields += _HTTPS_HEADERS
        return fields

    def _own_lines(self) -> bytes:
        # What came from outside has been looked at: no character in it is forbidden.
        found = b"x-request-id: %b\r\n" % self.request_id.encode()
        if self._trace_id:
            found += b"x-amzn-trace-id: %b\r\n" % self._trace_id.encode()
        return found + _HTTPS_LINES if self._https else found


def respond(response: Response, send: Send) -> bool:
    """Whether a response could be sent at once: `send` is an exchange's own, which has a way to do that."""
    exchange = getattr(send, "__self__", None)
    return isinstance(exchange, Exchange) and exchange.respond(response)


def request_id(request: Request) -> str:
    """The request's id, for log lines and problems of a service's own."""
    return str(request.scope.get("request_id", ""))


def _request_id(given: bytes, trace_id: bytes) -> str:
    if given and _REQUEST_ID.fullmatch(given):
        return given.decode()
    if trace_id and (root := _TRACE_ROOT.search(trace_id)):
        return root[1].decode()
    return new_request_id()


def new_request_id() -> str:
    """An id for a request that came without one."""
    return next(_new_ids)


def _ids() -> Iterator[str]:
    # They must be new, not secret: uuid4 would ask the system for random bytes each time. Many at once are faster.
    while True:
        digits = random.randbytes(16 * _IDS_AT_ONCE).hex()
        yield from (digits[start : start + 32] for start in range(0, len(digits), 32))


_new_ids: Final = _ids()
