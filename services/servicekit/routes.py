"""Routes: one per resource, and the three that every service has at the root of its port."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import logs
from .payload import JSON
from .problems import Problem
from .settings import Settings
from .timing import READINESS_TIMEOUT_SECONDS

Endpoint = Callable[[Request], Awaitable[Response]]
ReadinessCheck = Callable[[], Awaitable[None]]


def resource(path: str, **endpoints: Endpoint) -> Route:
    """The route of one path with an endpoint per method: `resource("/x", GET=read, POST=create)`.

    Several Starlette routes on one path would name only the first one's methods in the Allow
    header of a 405; this names them all. HEAD comes with GET.
    """

    async def dispatch(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request)

    return Route(path, dispatch, methods=list(endpoints))


def probes(settings: Settings, ready: ReadinessCheck | None) -> list[Route]:
    """`/healthz` touches nothing, `/readyz` awaits `ready`, `/version` says what runs here.

    `ready` says no by raising any exception or by taking longer than READINESS_TIMEOUT_SECONDS:
    `/readyz` is then a 503. The load balancer asks `/healthz`: a database that is away for a
    minute must not make ECS replace every task that waits for it.
    """
    version = {
        "service": settings.service_name,
        "environment": settings.environment,
        "image_digest": settings.image_digest,
    }

    async def healthz(_: Request) -> Response:
        return JSON({"status": "ok"})

    async def readyz(_: Request) -> Response:
        if ready is not None:
            try:
                async with asyncio.timeout(READINESS_TIMEOUT_SECONDS):
                    await ready()
            except Exception as error:
                logs.emit("warning", "not ready", error=repr(error))
                raise Problem(503, "not ready", retry_after_seconds=5) from None
        return JSON({"status": "ready"})

    async def get_version(_: Request) -> Response:
        return JSON(version)

    return [
        resource("/healthz", GET=healthz),
        resource("/readyz", GET=readyz),
        resource("/version", GET=get_version),
    ]
