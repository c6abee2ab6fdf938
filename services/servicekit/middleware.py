"""The one middleware, pure ASGI: everything that every request needs, in one pass."""

import asyncio
import re
import time
import traceback
import uuid
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import logs
from .problems import Problem, problem_response
from .timing import REQUEST_DEADLINE_SECONDS

API_CONTENT_SECURITY_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"

_SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
# Only meant for browsers that came by HTTPS; the load balancer says whether they did.
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

_PROBES: Final = frozenset({"/healthz", "/readyz"})
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:+/-]{1,128}")
_TRACE_ID: Final = re.compile(rb"[A-Za-z0-9=;:._+/-]{1,512}")
_TRACE_ROOT: Final = re.compile(rb"(?:^|;)Root=([A-Za-z0-9-]{1,100})")
_PATH_IN_LOG_MAX_CHARS: Final = 512
_RETRY_AFTER_SECONDS: Final = 1


class ServiceMiddleware:
    """Request id, deadline, body limit, security headers, 500s as problems, one log line.

    - The request id is the caller's X-Request-Id, else the Root of the load balancer's
      X-Amzn-Trace-Id, else a new one. It is sent back as X-Request-Id, is in the log line and in
      every problem. X-Amzn-Trace-Id is sent back as it came.
    - A request that takes longer than the deadline is answered 503. What it awaits is cancelled;
      a thread that it waits for is not, and must have its own time limits.
    - A body of more than `max_body_bytes` is answered 413, by its Content-Length before reading
      any of it, else as soon as that much has arrived.
    - An exception is answered 500 without details; its traceback is in the log line.
    - Answers that say nothing about caching get `Cache-Control: no-store`.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, content_security_policy: str) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.headers = (*_SECURITY_HEADERS, (b"content-security-policy", content_security_policy.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        started = time.perf_counter()
        length, request_id, trace_id, https = _read_headers(scope)
        scope["request_id"] = request_id.decode()
        extra = [(b"x-request-id", request_id)]
        if trace_id:
            extra.append((b"x-amzn-trace-id", trace_id))
        if https:
            extra.append(_HSTS)
        status = 0
        failure: dict[str, str] = {}

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message["headers"])
                names = {name for name, _ in headers}
                headers += [header for header in self.headers if header[0] not in names]
                if b"cache-control" not in names:
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers + extra
            await send(message)

        async def answer(response_status: int, detail: str, headers: dict[str, str] | None = None) -> None:
            response = problem_response(response_status, detail, request_id=scope["request_id"], headers=headers)
            await response(scope, receive, send_with_headers)

        try:
            if length is not None and length > self.max_body_bytes:
                # The rest of the body is still coming: the connection is of no further use.
                detail = f"the body may have at most {self.max_body_bytes} bytes"
                await answer(413, detail, {"Connection": "close"})
                return
            try:
                async with asyncio.timeout(REQUEST_DEADLINE_SECONDS) as deadline:
                    checked = receive if length is not None else _limit(receive, self.max_body_bytes)
                    await self.app(scope, checked, send_with_headers)
            except TimeoutError:
                if not deadline.expired():
                    raise
                failure = {"error": "request deadline exceeded"}
                if not status:
                    headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)}
                    await answer(503, "the request took too long", headers)
        except Exception as error:
            # With the response under way, returning makes the server cut the connection, which is
            # the only way left to tell the client.
            failure = {"error": repr(error), "traceback": traceback.format_exc()}
            if not status:
                await answer(500, "an unexpected error happened; it has been logged")
        finally:
            _log(scope, status, started, trace_id, failure)


def request_id(request: Request) -> str:
    """The request's id, for log lines and problems of a service's own."""
    return str(request.scope.get("request_id", ""))


def _read_headers(scope: Scope) -> tuple[int | None, bytes, bytes, bool]:
    """Content-Length (None if it is not given), request id, trace id, came by HTTPS."""
    length: int | None = 0
    request_id = trace_id = b""
    https = False
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            length = int(value)
        elif name == b"transfer-encoding":
            length = None
        elif name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            request_id = value
        elif name == b"x-amzn-trace-id" and _TRACE_ID.fullmatch(value):
            trace_id = value
        elif name == b"x-forwarded-proto":
            https = value == b"https"
    if not request_id:
        root = _TRACE_ROOT.search(trace_id)
        request_id = root[1] if root else uuid.uuid4().hex.encode()
    return length, request_id, trace_id, https


def _limit(receive: Receive, max_body_bytes: int) -> Receive:
    """`receive` that raises Problem 413 once more than `max_body_bytes` have come."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_body_bytes:
            detail = f"the body may have at most {max_body_bytes} bytes"
            raise Problem(413, detail, headers={"Connection": "close"})
        return message

    return limited


def _log(scope: Scope, status: int, started: float, trace_id: bytes, failure: dict[str, str]) -> None:
    path = scope["path"]
    level = "error" if failure or status >= 500 else "info"
    if status < 400 and path in _PROBES:
        level = "debug"
    fields: dict[str, object] = {
        "method": scope["method"],
        "path": path[:_PATH_IN_LOG_MAX_CHARS],
        # 499: the client went away before there was an answer.
        "status": status or 499,
        "duration_ms": round((time.perf_counter() - started) * 1000, 2),
        "request_id": scope["request_id"],
    }
    if trace_id:
        fields["trace_id"] = trace_id.decode()
    logs.emit(level, "request", **fields, **failure)
