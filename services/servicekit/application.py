"""Puts a service together: its own routes, and all that every service shares."""

from collections.abc import Coroutine, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import Lifespan, Receive, Scope, Send

from .middleware import ServiceMiddleware
from .operation import API
from .routes import ExactPaths, ReadinessCheck, openapi_route, probes
from .settings import Settings

DEFAULT_MAX_BODY_BYTES: Final = 16 * 1024


class Application(Starlette):
    """Starlette's, that says which paths need no task."""

    at_once: frozenset[str] = frozenset()
    """Those that the server may drive a GET of by itself, up to its end."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """What Starlette's does, without a coroutine of its own."""
        assert self.middleware_stack is not None
        scope["app"] = self
        # Of middleware that is written as a coroutine function.
        return self.middleware_stack(scope, receive, send)  # type: ignore[return-value]


def create_app(
    settings: Settings,
    routes: Sequence[BaseRoute],
    *,
    api: API | None = None,
    ready: ReadinessCheck | None = None,
    lifespan: Lifespan[Starlette] | None = None,
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
    content_security_policy: str | None = None,
) -> Application:
    """The service's application.

    `api` names the OpenAPI document, which is served at `openapi.json` below BASE_PATH. `ready` is
    awaited by `/readyz` and raises if the service cannot work now. `lifespan` runs around the
    server's life, before the socket opens and after the last answer. A service that serves pages
    states its own `content_security_policy`.
    """
    documents = [openapi_route(settings.path("/openapi.json"), api, routes)] if api else []
    app = Application(routes=[*probes(settings, ready), *documents, *routes], lifespan=lifespan)
    # A path with a slash too many is another path: 404, instead of a redirect to whatever host the
    # request named.
    app.router.redirect_slashes = False
    # In place of the stack that Starlette builds: this one has no second and third layer for errors.
    paths = ExactPaths(app.router)
    app.at_once = paths.at_once
    app.middleware_stack = ServiceMiddleware(
        paths,
        settings,
        max_body_bytes=max_body_bytes,
        content_security_policy=content_security_policy,
    )
    return app
