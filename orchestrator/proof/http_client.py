"""HTTP through the load balancer: its address, a name that does not resolve yet, the proxies of the shell."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

TIMEOUT_SECONDS = 15.0


class Unexpected(Exception):
    """The answer was not what it should be; the text says what came instead."""

    passing = False


class NotYet(Unexpected):
    """No answer, or the load balancer's own: a target or a rule that is not there yet."""

    passing = True


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: status, headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises `Unexpected`."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Unexpected(f"no JSON but {self.body[:80]!r}") from None


@dataclass(frozen=True)
class Client:
    """Sends requests to `base`. With `via` they go to that host, whatever `base`'s name resolves to, TLS included.

    `headers` go with every request.
    """

    base: str
    via: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def fetch(self, path: str, body: Any = None) -> Answer:
        """GET, or POST where there is a body."""
        return self.send("GET" if body is None else "POST", path, body)

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """A request, `body` as JSON. Any HTTP status is an answer; no answer raises `NotYet`."""
        told = dict(headers or {})
        data = None
        if body is not None:
            data, told = json.dumps(body).encode(), {"Content-Type": "application/json", **told}
        return self._answer(urllib.request.Request(urljoin(self.base, path), data, told, method=method))

    def _answer(self, request: urllib.request.Request) -> Answer:
        for name, value in self.headers.items():
            request.add_header(name, value)
        try:
            with self._opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
                return Answer(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, _lower(error.headers), error.read())
        except (OSError, http.client.HTTPException) as error:
            raise NotYet(f"no answer: {getattr(error, 'reason', error) or type(error).__name__}") from None

    def _opener(self) -> urllib.request.OpenerDirector:
        if self.via is not None:
            return urllib.request.build_opener(urllib.request.ProxyHandler({}), _Via(self.via))
        if _is_address(urlsplit(self.base).hostname or ""):
            # This machine or a container on it, where a proxy from the environment does not reach.
            return urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return urllib.request.build_opener()


class _Via(urllib.request.HTTPSHandler):
    """HTTPS to another host than the URL's: the name is sent and the certificate checked as the URL says."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Called by urllib for every https URL."""
        via = self._host

        class Connection(http.client.HTTPSConnection):
            def connect(self) -> None:
                raw = socket.create_connection((via, self.port), self.timeout)
                self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host)

        return self.do_open(Connection, req)


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
