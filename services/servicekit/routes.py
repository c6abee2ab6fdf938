"""Routes: one per resource, and the three that every service has at the root of its port."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from inspect import iscoroutinefunction
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from . import logs
from .exchange import LIVENESS_PATH, READINESS_PATH, respond
from .openapi import document
from .operation import API, Endpoint, Operation
from .payload import JSON
from .problems import Problem
from .settings import Settings
from .timing import READINESS_TIMEOUT_SECONDS

ReadinessCheck = Callable[[], Awaitable[None]]

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class Resource:
    """What answers at one path, as an ASGI application: an endpoint for each method."""

    def __init__(self, methods: Mapping[str, Endpoint | Operation]) -> None:
        self.operations = {
            method: operation for method, operation in methods.items() if isinstance(operation, Operation)
        }
        self._endpoints: dict[str, Endpoint] = {
            method: operation.endpoint if isinstance(operation, Operation) else operation
            for method, operation in methods.items()
        }
        if "GET" in methods:
            self._endpoints.setdefault("HEAD", self._endpoints["GET"])
        self._allow = ", ".join(self._endpoints)
        self.gets_at_once = "GET" in methods and not iscoroutinefunction(self._endpoints["GET"])
        """Whether GET is a plain function's."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get(scope["method"])
        if endpoint is None:
            raise Problem(405, "the path does not have this method", headers={"Allow": self._allow})
        response = endpoint(Request(scope, receive, send))
        if not isinstance(response, Response):
            response = await response
        if not respond(response, send):
            await response(scope, receive, send)


class ExactPaths:
    """Finds the route of a path without parameters at once; Starlette's router, which tries each
    route's pattern, finds the others.

    A path with a control character (`/healthz%0A`) leads nowhere. Starlette's patterns end with `$`, which also
    fits in front of a last line feed, and its parameters take every character but the slash.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._routes = {
            route.path: route
            for route in router.routes
            if isinstance(route, Route) and isinstance(route.endpoint, Resource) and not route.param_convertors
        }
        self.at_once = frozenset(path for path, route in self._routes.items() if _gets_at_once(route))
        """The paths where GET can be answered without a task."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            if scope["type"] == "http" and _CONTROL.search(scope["path"]):
                raise HTTPException(404)
            return self._router(scope, receive, send)
        # What Starlette's router does when a pattern fits.
        scope["route"] = route
        scope["endpoint"] = route.endpoint
        scope["path_params"] = {}
        return route.app(scope, receive, send)


def _gets_at_once(route: Route) -> bool:
    return isinstance(route.endpoint, Resource) and route.endpoint.gets_at_once


def resource(path: str, **methods: Endpoint | Operation) -> Route:
    """The route of one path with what answers each method: `resource("/x", GET=read, POST=create)`.

    An `Operation` is in the service's OpenAPI document, a bare endpoint is not. Several Starlette
    routes on one path would name only the first one's methods in the Allow header of a 405; this
    names them all. HEAD comes with GET.
    """
    return Route(path, Resource(methods))


def openapi_route(path: str, api: API, routes: Iterable[BaseRoute]) -> Route:
    """The route that serves the document of `routes`. It is made once, when the service starts."""
    operations = [
        (route.path, method, operation)
        for route in routes
        if isinstance(route, Route) and isinstance(route.endpoint, Resource)
        for method, operation in route.endpoint.operations.items()
    ]
    body = msgspec.json.encode(document(api, operations))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'

    def get_document(request: Request) -> Response:
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match", "").removeprefix("W/") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return resource(path, GET=get_document)


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
        "git_commit": settings.git_commit,
    }

    def healthz(_: Request) -> Response:
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

    def get_version(_: Request) -> Response:
        return JSON(version)

    return [
        resource(LIVENESS_PATH, GET=healthz),
        resource(READINESS_PATH, GET=readyz),
        resource("/version", GET=get_version),
    ]
