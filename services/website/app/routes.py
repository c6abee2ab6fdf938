"""The service's routes: the page, and its static files."""

import hashlib
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from servicekit import Problem, Settings, resource

from . import assets, page

_FOREVER: Final = "public, max-age=31536000, immutable"
_COMPRESS_FROM_BYTES: Final = 512


def routes(settings: Settings) -> list[Route]:
    """`GET {BASE_PATH}` and `GET {BASE_PATH}/static/{version}/{name}`."""
    static = assets.load()
    content = page.render(settings.path(f"/static/{static.version}"))
    html = assets.Asset("text/html; charset=utf-8", content, assets.compress(content))
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'

    async def get_page(request: Request) -> Response:
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match", "").removeprefix("W/") == etag:
            return Response(status_code=304, headers=headers)
        return _send(request, html, headers)

    async def get_static(request: Request) -> Response:
        asset = static.by_name.get(request.path_params["name"])
        if asset is None:
            raise Problem(404, "there is no such file")
        # During a deploy old and new tasks answer side by side. A page of the other version gets
        # what there is here, and nobody keeps it under that version's name.
        current = request.path_params["version"] == static.version
        return _send(request, asset, {"Cache-Control": _FOREVER if current else "no-store"})

    return [
        resource(settings.path(), GET=get_page),
        resource(settings.path("/static/{version}/{name}"), GET=get_static),
    ]


def _send(request: Request, asset: assets.Asset, headers: dict[str, str]) -> Response:
    content = asset.content
    headers["Vary"] = "Accept-Encoding"
    if len(content) >= _COMPRESS_FROM_BYTES and accepts_gzip(request.headers.get("accept-encoding", "")):
        content = asset.compressed
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=asset.media_type)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header takes gzip: named, and not with a weight of zero."""
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" or weight == ""
    return False
