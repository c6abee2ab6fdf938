"""Puts a service together: its own routes, and all that every service shares."""

from collections.abc import Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import Lifespan

from .middleware import API_CONTENT_SECURITY_POLICY, ServiceMiddleware
from .problems import handle_http_exception
from .routes import ReadinessCheck, probes
from .settings import Settings

DEFAULT_MAX_BODY_BYTES: Final = 16 * 1024


def create_app(
    settings: Settings,
    routes: Sequence[BaseRoute],
    *,
    ready: ReadinessCheck | None = None,
    lifespan: Lifespan[Starlette] | None = None,
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
    content_security_policy: str = API_CONTENT_SECURITY_POLICY,
) -> Starlette:
    """The service's application.

    `ready` is awaited by `/readyz` and raises if the service cannot work now. `lifespan` runs
    around the server's life, before the socket opens and after the last answer. A service that
    serves pages states its own `content_security_policy`.
    """
    app = Starlette(
        routes=[*probes(settings, ready), *routes],
        middleware=[
            Middleware(
                ServiceMiddleware,
                max_body_bytes=max_body_bytes,
                content_security_policy=content_security_policy,
            )
        ],
        exception_handlers={HTTPException: handle_http_exception},
        lifespan=lifespan,
    )
    # A path with a slash too many is another path: 404, instead of a redirect to whatever host the
    # request named.
    app.router.redirect_slashes = False
    return app
