"""`python3 -m app`: starts the save service."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

from starlette.applications import Starlette

from servicekit import Problem, Settings, Variables, create_app, main
from servicekit.logs import emit
from servicekit.timing import READINESS_TIMEOUT_SECONDS

from .contract import API_OF_STORIES
from .limits import BODY_MAX_BYTES
from .model import bind
from .routes import routes
from .store import Store
from .table import Table


def build(settings: Settings) -> Starlette:
    """The service's application. Besides the common settings it reads STORIES_TABLE and AWS_REGION."""
    variables = Variables(os.environ)
    table = variables.text("STORIES_TABLE", pattern=r"[A-Za-z0-9_.-]{3,255}")
    region = variables.text("AWS_REGION", pattern=r"[a-z0-9-]{1,32}")
    store = Store(Table(bind(table, region)))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await store.open()
        await _warm(store)
        yield
        store.close()

    return create_app(
        settings,
        routes(settings, store),
        api=API_OF_STORIES,
        ready=store.check,
        lifespan=lifespan,
        max_body_bytes=BODY_MAX_BYTES,
    )


async def _warm(store: Store) -> None:
    """Fetches credentials and opens a connection, so that the first request need not wait for them.

    The service starts all the same when the table does not answer yet: `/readyz` tells.
    """
    try:
        async with asyncio.timeout(READINESS_TIMEOUT_SECONDS):
            await store.check()
    except (Problem, TimeoutError) as error:
        emit("warning", "the story table does not answer yet", error=repr(error))


if __name__ == "__main__":
    main(build)
