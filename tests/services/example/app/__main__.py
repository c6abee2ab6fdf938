"""`python3 -m app`: starts the example."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from servicekit import API, JSON, Settings, create_app, main, read_json, resource

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

    async def chunks():
        yield b"first"
        raise RuntimeError("secret detail")

    return StreamingResponse(chunks())


async def header(request: Request) -> Response:
    """Puts a value from outside into a header field."""
    return JSON({}, headers={"X-Value": request.query_params["value"]})


async def not_ready() -> None:
    """Is never ready."""
    raise ConnectionError("the database is away")


def build(settings: Settings):
    """The example's application."""
    routes = [
        resource(settings.path(), GET=hello, POST=echo),
        resource(settings.path("/crash"), GET=crash),
        resource(settings.path("/crash-midway"), GET=crash_midway),
        resource(settings.path("/header"), GET=header),
        *notes.routes(settings),
    ]
    return create_app(settings, routes, ready=not_ready, api=API("Example", "Notes in memory.", "1.0"))


if __name__ == "__main__":
    main(build)
