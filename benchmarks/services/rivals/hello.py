"""The least that Starlette and uvicorn can be: one route, one answer."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.services.rivals.asgi import serve


async def hello(_: Request) -> JSONResponse:
    return JSONResponse({"hello": "world"})


if __name__ == "__main__":
    serve(Starlette(routes=[Route("/healthz", hello)]))
