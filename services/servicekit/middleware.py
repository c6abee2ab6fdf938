"""The one middleware, pure ASGI: everything that every request needs, in one pass.

It stands for Starlette's own two layers for errors as well, so that it is the only code between the
server and the routes.
"""

import asyncio
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from . import body
from .deadline import Deadline
from .exchange import CONTENT_SECURITY_POLICY, SECURITY_HEADERS, Common, Exchange
from .metrics import Metrics
from .problems import Problem
from .settings import Settings
from .timing import REQUEST_DEADLINE_SECONDS

# They say nothing about an answer that is no page, and each field takes its time in the server.
_PAGE_HEADERS: Final = (
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


class ServiceMiddleware:
    """Request id, deadline, body limit, security headers, errors as problems, log line, metrics.

    - The request id is the caller's X-Request-Id, else the Root of the load balancer's
      X-Amzn-Trace-Id, else a new one. It is sent back as X-Request-Id, is in the log line and in
      every problem. X-Amzn-Trace-Id is sent back as it came.
    - A request that takes longer than the deadline is answered 503, or 408 if its body has not come
      by then. What it awaits is cancelled; a thread that it waits for is not, and must have its own
      time limits.
    - A body of more than `max_body_bytes` is answered 413, by its Content-Length before reading
      any of it, else as soon as that much has arrived.
    - A client that goes away before its body has come gets no answer, and counts as 499.
    - A Problem is the answer that it says. Any other exception is answered 500 without details;
      its traceback is in the log line. An answer that has begun is cut short, and counts as 500.
    - Answers that say nothing about caching get `Cache-Control: no-store`.
    - With a `content_security_policy` the service serves pages: its answers get that, in place of
      one that allows nothing, and the header fields that only matter to pages.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, *, max_body_bytes: int, content_security_policy: str | None
    ) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._deadline = Deadline(REQUEST_DEADLINE_SECONDS)
        self._common = Common(
            service_name=settings.service_name,
            environment=settings.environment,
            fields=(
                (b"content-security-policy", (content_security_policy or CONTENT_SECURITY_POLICY).encode()),
                *SECURITY_HEADERS,
                *(_PAGE_HEADERS if content_security_policy else ()),
            ),
            metrics=Metrics(settings.service_name, settings.environment),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            # The lifespan is over: there is no later time to tell what has been counted.
            self._common.metrics.flush()
            return
        exchange = Exchange(self._common, scope, send)
        try:
            own_receive = receive
            if exchange.length is None:
                own_receive = body.limited(receive, self._max_body_bytes)
            elif exchange.length > self._max_body_bytes:
                raise body.too_large(self._max_body_bytes)
            if "at_once" in scope:
                # Nothing can interrupt it.
                await self._app(scope, own_receive, exchange.send)
                return
            self._deadline.begin(exchange)
            try:
                await self._app(scope, own_receive, exchange.send)
            finally:
                self._deadline.end(exchange)
        except asyncio.CancelledError:
            if not exchange.expired or exchange.task is None:
                exchange.error = "cancelled"
                raise
            # The cancellation was the deadline's, and ends here.
            exchange.task.uncancel()
            if not exchange.status and body.is_coming(receive):
                problem = Problem(408, "the body did not come in time", headers={"Connection": "close"})
            else:
                exchange.error = "request deadline exceeded"
                problem = Problem(503, "the request took too long")
            await exchange.answer(receive, problem)
        except ClientDisconnect:
            # Nobody is there to be answered.
            pass
        except HTTPException as error:
            if exchange.status:
                exchange.fail(error)
            await exchange.answer(receive, error)
        except Exception as error:
            exchange.fail(error)
            await exchange.answer(receive, Problem(500, "an unexpected error happened; it has been logged"))
        finally:
            exchange.close()
