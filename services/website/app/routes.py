"""The service's routes: the pages, their static files, and what is said where there is neither."""

import functools
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from servicekit import Problem, Settings, resource
from servicekit.exchange import CONTENT_SECURITY_POLICY as NOTHING_ALLOWED

from . import accept, assets, language, origin, page, texts
from .assets import Asset

_FOREVER: Final = "public, max-age=31536000, immutable"
_COMPRESS_FROM_BYTES: Final = 512
_STORY_ID: Final = re.compile(r"[a-z2-7]{20}")
"""What the save service gives its stories: at any other address there never was one."""
_ORIGINS_KEPT: Final = 64
"""Of how many origins and languages a story's page is kept. One has few; whoever makes up others has each made anew."""
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class Document:
    """A rendered page."""

    html: Asset
    etag: str
    """Sent as a weak one, because the page and its compressed form have it in common."""
    language: texts.Language


def routes(settings: Settings) -> list[BaseRoute]:
    """`GET {BASE_PATH}`, `GET {BASE_PATH}/stories/{id}`, `GET {BASE_PATH}/static/{version}/{name}`.

    Everything else below BASE_PATH is a 404: a page for browsers, a problem for programs.
    """
    static = assets.load()
    spoken = texts.load()
    languages = [(lang, asked) for lang in spoken for asked in (False, True)]
    documents = {
        (name, lang, asked): _document(_render(settings, static, name, lang, asked, spoken[lang]), lang)
        for name in page.NAMES
        for lang, asked in languages
    }
    pictured = {
        (lang, asked): _render(settings, static, page.STORY, lang, asked, spoken[lang], f"share-{lang}.png")
        for lang, asked in languages
    }

    @functools.lru_cache(_ORIGINS_KEPT)
    def pictured_at(reached: str, lang: texts.Language, asked: bool) -> Document:
        return _document(pictured[lang, asked].replace(page.ORIGIN.encode(), reached.encode()), lang)

    def find(name: str, request: Request) -> Document:
        asked = language.explicit(request.query_params.get("lang"))
        lang = asked or language.negotiate(request.headers.get("accept-language", ""))
        if name == page.STORY:
            reached = origin.read(request.headers.get("host", ""), request.headers.get("x-forwarded-proto", ""))
            if reached is not None:
                return pictured_at(reached, lang, asked is not None)
        return documents[name, lang, asked is not None]

    def get_page(name: str, request: Request) -> Response:
        document = find(name, request)
        headers = {
            "ETag": f"W/{document.etag}",
            # What has the address in it that it was asked for under is kept by nobody but who asked.
            "Cache-Control": "private, no-cache" if name == page.STORY else "no-cache",
            "Vary": "Accept-Encoding, Accept-Language",
        }
        if request.headers.get("if-none-match", "").removeprefix("W/") == document.etag:
            return Response(status_code=304, headers=headers)
        return _send(request, document.html, headers | {"Content-Language": document.language})

    def missing(request: Request, detail: str) -> Response:
        if request.method not in ("GET", "HEAD") or not accept.prefers_html(request.headers.get("accept", "")):
            raise Problem(404, detail, headers={"Vary": "Accept"})
        document = find(page.MISSING, request)
        headers = {
            "Vary": "Accept, Accept-Encoding, Accept-Language",
            "Content-Language": document.language,
        }
        return _send(request, document.html, headers, status=404)

    async def get_write(request: Request) -> Response:
        return get_page(page.WRITE, request)

    async def get_story(request: Request) -> Response:
        if not _STORY_ID.fullmatch(request.path_params["id"]):
            return missing(request, "no story has such an id")
        # The same page for every story: the script knows the id from the address and asks the save service.
        return get_page(page.STORY, request)

    async def get_static(request: Request) -> Response:
        asset = static.by_name.get(request.path_params["name"])
        if asset is None:
            return missing(request, "there is no such file")
        # During a deploy old and new tasks answer side by side. A page of the other version gets
        # what there is here, and nobody keeps it under that version's name.
        current = request.path_params["version"] == static.version
        headers = {
            "Cache-Control": _FOREVER if current else "no-store",
            "Vary": "Accept-Encoding",
            # What a page may do is in the page's own policy. A file needs nothing, and there are many of them.
            "Content-Security-Policy": NOTHING_ALLOWED,
        }
        return _send(request, asset, headers)

    async def get_anything(request: Request) -> Response:
        return missing(request, "there is nothing at this path")

    return [
        resource(settings.path(), GET=get_write),
        resource(settings.path("/stories/{id}"), GET=get_story),
        resource(settings.path("/static/{version}/{name}"), GET=get_static),
        resource(settings.path("/{path:path}"), **dict.fromkeys(_METHODS, get_anything)),
    ]


def _render(
    settings: Settings,
    static: assets.Assets,
    name: str,
    lang: texts.Language,
    asked: bool,
    spoken: texts.Texts,
    picture: str = "",
) -> bytes:
    """A page's HTML; `asked` if its address names the language, which its links then do as well."""
    query = f"?lang={lang}" if asked else ""
    paths = page.Paths(
        home=settings.path() + query,
        stories=settings.path("/stories/ID") + query,
        static=settings.path(f"/static/{static.version}"),
        picture=settings.path(f"/static/{static.version}/{picture}") if picture else "",
    )
    return page.render(name, lang, spoken, paths, static.modules(f"{name}.js"))


def _document(content: bytes, lang: texts.Language) -> Document:
    html = Asset("text/html; charset=utf-8", content, assets.compress(content))
    return Document(html, f'"{hashlib.sha256(content).hexdigest()[:32]}"', lang)


def _send(request: Request, asset: Asset, headers: dict[str, str], *, status: int = 200) -> Response:
    content = asset.content
    if (
        asset.compressed is not None
        and len(content) >= _COMPRESS_FROM_BYTES
        and accepts_gzip(request.headers.get("accept-encoding", ""))
    ):
        content = asset.compressed
        headers["Content-Encoding"] = "gzip"
    return Response(content, status, headers, asset.media_type)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header takes gzip: named, and not with a weight of zero."""
    return dict(accept.weights(accept_encoding)).get("gzip", 0.0) > 0
