"""`python3 -m app`: starts the website service."""

from starlette.applications import Starlette

from servicekit import Settings, create_app, main

from .page import CONTENT_SECURITY_POLICY
from .routes import routes


def build(settings: Settings) -> Starlette:
    """The service's application."""
    return create_app(settings, routes(settings), content_security_policy=CONTENT_SECURITY_POLICY)


if __name__ == "__main__":
    main(build)
