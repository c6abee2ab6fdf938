"""`python3 -m app`: starts the example."""

import asyncio
import os
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from servicekit import API, JSON, Settings, create_app, main, middleware, protocol, read_json, resource, timing
from servicekit.incoming import UNFINISHED_MAX, Idle, Unfinished

from . import notes


async def hello(request: Request) -> Response:
    """Answers after `seconds`."""
    await asyncio.sleep(float(request.query_params.get("seconds", "0")))
    return JSON({"hello": "world"})


async def echo(request: Request) -> Response:
    """Answers with the body."""
    return JSON(await read_json(request, dict))


async def crash(request: Request) -> Response:
    """Fails with something that a client must not see."""
    raise RuntimeError("secret detail")


async def crash_midway(request: Request) -> Response:
    """Fails when the answer is under way."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("secret detail")

    return StreamingResponse(chunks())


async def header(request: Request) -> Response:
    """Puts a value from outside into a header field."""
    return JSON({}, headers={"X-Value": request.query_params["value"]})


async def stream(request: Request) -> Response:
    """Answers in two parts, each after `seconds`."""

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in (b"first", b"second"):
            await asyncio.sleep(float(request.query_params["seconds"]))
            yield chunk

    return StreamingResponse(chunks())


async def nothing(request: Request) -> Response:
    """Answers without a body, though it gives a value."""
    return JSON(None, 204)


async def close(request: Request) -> Response:
    """Ends the connection in a field that is written with a capital letter."""
    response = JSON({})
    response.raw_headers.append((b"Connection", b"close"))
    return response


class Late(Response):
    """An answer that waits before it is sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)
        await super().__call__(scope, receive, send)


def plain(request: Request) -> Response:
    """Answers at once with `size` letters, or as it must not: it `does` crash or wait."""
    does = request.query_params.get("does")
    if does == "crash":
        raise RuntimeError("secret detail")
    if does == "wait":
        return Late("late")
    return JSON("x" * int(request.query_params.get("size", "1")))


async def not_ready() -> None:
    """Is never ready."""
    raise ConnectionError("the database is away")


def build(settings: Settings) -> Starlette:
    """The example's application."""
    # Tests do not wait as long as clients may, or are slower themselves. For the services these are constants.
    deadline = float(os.environ.get("DEADLINE", timing.REQUEST_DEADLINE_SECONDS))
    vars(middleware)["REQUEST_DEADLINE_SECONDS"] = deadline
    protocol.unfinished = Unfinished(deadline, int(os.environ.get("UNFINISHED_MAX", UNFINISHED_MAX)))
    protocol.idle = Idle(float(os.environ.get("KEEP_ALIVE", timing.KEEP_ALIVE_SECONDS)))
    vars(protocol)["REST_SECONDS"] = float(os.environ.get("REST", timing.REST_SECONDS))
    routes = [
        resource(settings.path(), GET=hello, POST=echo),
        resource(settings.path("/crash"), GET=crash),
        resource(settings.path("/crash-midway"), GET=crash_midway),
        resource(settings.path("/header"), GET=header),
        resource(settings.path("/stream"), GET=stream),
        resource(settings.path("/nothing"), GET=nothing),
        resource(settings.path("/close"), GET=close),
        resource(settings.path("/plain"), GET=plain),
        *notes.routes(settings),
    ]
    return create_app(settings, routes, ready=not_ready, api=API("Example", "Notes in memory.", "1.0"))


if __name__ == "__main__":
    main(build)
