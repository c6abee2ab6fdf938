"""`python3 -m app`: starts the words service."""

from starlette.applications import Starlette

from servicekit import Settings, create_app, main

from .routes import routes


def build(settings: Settings) -> Starlette:
    """The service's application."""
    return create_app(settings, routes(settings))


if __name__ == "__main__":
    main(build)
