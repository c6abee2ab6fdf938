"""Answers for package registries on this machine's loopback address, for the time of a build.

A build's own tools know neither the host's registries nor its logins nor the certificate authority that the host
trusts, and whatever is put into a build may stay in the image. So they ask here, in plain HTTP, and this asks the
registry that the host is set up for.
"""

from __future__ import annotations

import functools
import html
import http.client
import http.server
import json
import re
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from orchestrator.images.registries.upstream import Registries, Upstream, origin

HOST = "127.0.0.1"
# pip takes `simple/` for the end of an index's address.
NPM, PIP, DEBIAN, FILES = "/npm/", "/pypi/simple/", "/debian/", "/files/"
_SECONDS = 60.0
_BLOCK = 1 << 16
_LARGEST_PAGE = 256 << 20
_JSON = re.compile(r"application/(vnd\.[\w.+-]+\+)?json")
_ASKED_WITH = ("Accept", "User-Agent", "Range", "npm-session", "npm-command")
_ANSWERED_WITH = ("Content-Length", "Content-Range", "Accept-Ranges")


@dataclass(frozen=True)
class Ask:
    """What is asked of whom. `registry` is None for a file that one points to: its content is passed on as it is."""

    url: str
    authorization: str
    registry: Upstream | None = None


class Forwarder(http.server.ThreadingHTTPServer):
    """The server. Files that registries point to, wherever they are, get an address here too."""

    daemon_threads = True

    def __init__(self, registries: Registries, opener: urllib.request.OpenerDirector, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.registries = registries
        self.opener = opener
        # Where files are, and the login there.
        self._places: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def handle_error(self, *arguments: object) -> None:
        """Says nothing: who asked has gone, and has a message of its own if that was a fault."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.server_port}"

    def ask(self, path: str) -> Ask | None:
        """What a request is to be asked of whom; None for what no registry is meant by."""
        found = self.registries
        for prefix, find in ((NPM, self._npm), (PIP, lambda rest: found.pip), (DEBIAN, lambda rest: found.debian)):
            if path.startswith(prefix):
                rest = path.removeprefix(prefix)
                registry = find(rest)
                return Ask(registry.url + rest, registry.authorization, registry) if registry else None
        if (file := re.match(rf"{FILES}(\d+)(/.*)", path)) and int(file[1]) < len(self._places):
            place, login = self._places[int(file[1])]
            return Ask(place + file[2], login)
        return None

    def _npm(self, rest: str) -> Upstream | None:
        scope = urllib.parse.unquote(rest).partition("/")[0]
        return self.registries.scopes.get(scope, self.registries.npm)

    def local(self, url: str, registry: Upstream) -> str:
        """The address here of a file that a registry points to. It gets the registry's login only at the same host."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https"):
            return url
        place = (origin(url), registry.authorization if origin(url) == registry.origin else "")
        with self._lock:
            if place not in self._places:
                self._places.append(place)
            number = self._places.index(place)
        rest = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, parts.fragment))
        return f"{self.url}{FILES}{number}{rest}"


def rewritten(body: bytes, kind: str, page: str, local: Callable[[str], str]) -> bytes:
    """A registry's page with the files that it points to at their `local` addresses; `page` is its own address."""

    def here(url: str) -> str:
        return local(urllib.parse.urljoin(page, url))

    if kind == "text/html":
        text = body.decode("utf-8", errors="surrogateescape")
        made = re.sub(
            r"""(<a\s[^>]*?href\s*=\s*)(["'])(.*?)\2""",
            lambda found: f"{found[1]}{found[2]}{html.escape(here(html.unescape(found[3])))}{found[2]}",
            text,
            flags=re.IGNORECASE | re.DOTALL,
        )
        return made.encode("utf-8", errors="surrogateescape")
    try:
        content = json.loads(body)
    except ValueError:
        return body
    for item in _files(content):
        for name in ("tarball", "url"):
            if isinstance(item.get(name), str):
                item[name] = here(item[name])
    return json.dumps(content).encode()


def _files(content: Any) -> Iterator[dict[str, Any]]:
    """What says where a file is: `dist` of npm's versions, `files` of PyPI's simple API."""
    if not isinstance(content, dict):
        return
    versions = content.get("versions")
    for version in (*(versions.values() if isinstance(versions, dict) else ()), content):
        if isinstance(version, dict) and isinstance(version.get("dist"), dict):
            yield version["dist"]
    files = content.get("files")
    yield from (item for item in (files if isinstance(files, list) else ()) if isinstance(item, dict))


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Forwarder
    _begun = False

    def do_GET(self) -> None:
        self._answer("GET")

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def log_message(self, *arguments: object) -> None:
        """Says nothing: what goes wrong is in the tool's own message."""

    def _answer(self, method: str) -> None:
        self._begun = False
        asked = self.server.ask(self.path)
        if asked is None:
            self._send(404, "text/plain", b"no registry is meant by this path\n")
            return
        request = urllib.request.Request(asked.url, method=method)
        for name in _ASKED_WITH:
            if self.headers.get(name):
                request.add_header(name, self.headers[name])
        if asked.authorization:
            request.add_unredirected_header("Authorization", asked.authorization)
        try:
            with self.server.opener.open(request, timeout=_SECONDS) as response:
                self._pass_on(response, asked.registry)
        except urllib.error.HTTPError as error:
            with error:
                self._send(error.code, error.headers.get_content_type(), error.read(_BLOCK))
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self._begun:
                # Cut short: who asked has gone, or the registry has, and an answer cannot become another one.
                self.close_connection = True
                return
            reason = getattr(error, "reason", error)
            self._send(502, "text/plain", f"{origin(asked.url)} does not answer: {reason}\n".encode())

    def _pass_on(self, response: Any, registry: Upstream | None) -> None:
        kind = response.headers.get_content_type()
        if registry is not None and self.command == "GET" and (kind == "text/html" or _JSON.fullmatch(kind)):
            local = functools.partial(self.server.local, registry=registry)
            body = rewritten(response.read(_LARGEST_PAGE), kind, response.url, local)
            self._send(response.status, response.headers.get("Content-Type", kind), body)
            return
        self._begun = True
        self.send_response(response.status)
        self.send_header("Content-Type", kind)
        for name in _ANSWERED_WITH:
            if response.headers.get(name):
                self.send_header(name, response.headers[name])
        if response.headers.get("Content-Length") is None:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        while self.command == "GET" and (block := response.read(_BLOCK)):
            self.wfile.write(block)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self._begun = True
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def opener(context: ssl.SSLContext) -> urllib.request.OpenerDirector:
    """Asks as the host does: through its proxy, with the certificates that it trusts."""
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))


@contextmanager
def running(registries: Registries, asking: urllib.request.OpenerDirector, port: int) -> Iterator[Forwarder]:
    """A forwarder that answers, on that port where it is free: a step's cache is kept while its address stays."""
    try:
        server = Forwarder(registries, asking, port)
    except OSError:
        server = Forwarder(registries, asking, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
