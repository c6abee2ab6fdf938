"""The service's routes: the two pages, and their static files."""

import hashlib
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from servicekit import Problem, Settings, resource

from . import assets, language, page, texts
from .assets import Asset

_FOREVER: Final = "public, max-age=31536000, immutable"
_COMPRESS_FROM_BYTES: Final = 512


@dataclass(frozen=True)
class Document:
    """A rendered page."""

    html: Asset
    etag: str
    """Sent as a weak one, because the page and its compressed form have it in common."""
    language: texts.Language


def routes(settings: Settings) -> list[BaseRoute]:
    """`GET {BASE_PATH}`, `GET {BASE_PATH}/stories/{id}`, `GET {BASE_PATH}/static/{version}/{name}`."""
    static = assets.load()
    documents = {
        (name, lang, asked): _document(settings, static, name, lang, asked, spoken)
        for name in page.NAMES
        for lang, spoken in texts.load().items()
        for asked in (False, True)
    }

    def get_page(name: str, request: Request) -> Response:
        asked = language.explicit(request.query_params.get("lang"))
        lang = asked or language.negotiate(request.headers.get("accept-language", ""))
        document = documents[name, lang, asked is not None]
        headers = {
            "ETag": f"W/{document.etag}",
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding, Accept-Language",
        }
        if request.headers.get("if-none-match", "").removeprefix("W/") == document.etag:
            return Response(status_code=304, headers=headers)
        return _send(request, document.html, headers | {"Content-Language": lang})

    async def get_write(request: Request) -> Response:
        return get_page(page.WRITE, request)

    async def get_story(request: Request) -> Response:
        # The same page for every story: the script knows the id from the address and asks the save service.
        return get_page(page.STORY, request)

    async def get_static(request: Request) -> Response:
        asset = static.by_name.get(request.path_params["name"])
        if asset is None:
            raise Problem(404, "there is no such file")
        # During a deploy old and new tasks answer side by side. A page of the other version gets
        # what there is here, and nobody keeps it under that version's name.
        current = request.path_params["version"] == static.version
        return _send(request, asset, {"Cache-Control": _FOREVER if current else "no-store", "Vary": "Accept-Encoding"})

    return [
        resource(settings.path(), GET=get_write),
        resource(settings.path("/stories/{id}"), GET=get_story),
        resource(settings.path("/static/{version}/{name}"), GET=get_static),
    ]


def _document(
    settings: Settings, static: assets.Assets, name: str, lang: texts.Language, asked: bool, spoken: texts.Texts
) -> Document:
    """A page; `asked` if its address names the language, which its links then do as well."""
    query = f"?lang={lang}" if asked else ""
    paths = page.Paths(
        home=settings.path() + query,
        stories=settings.path("/stories/ID") + query,
        static=settings.path(f"/static/{static.version}"),
    )
    content = page.render(name, lang, spoken, paths, static.modules(f"{name}.js"))
    html = Asset("text/html; charset=utf-8", content, assets.compress(content))
    return Document(html, f'"{hashlib.sha256(content).hexdigest()[:32]}"', lang)


def _send(request: Request, asset: Asset, headers: dict[str, str]) -> Response:
    content = asset.content
    if (
        asset.compressed is not None
        and len(content) >= _COMPRESS_FROM_BYTES
        and accepts_gzip(request.headers.get("accept-encoding", ""))
    ):
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
