"""`python3 -m app`: starts the words service."""

from starlette.applications import Starlette

from servicekit import Settings, create_app, main

from .contract import WORDS_API
from .limits import MAX_BODY_BYTES
from .routes import routes


def build(settings: Settings) -> Starlette:
    """The service's application."""
    return create_app(settings, routes(settings), api=WORDS_API, max_body_bytes=MAX_BODY_BYTES)


if __name__ == "__main__":
    main(build)
