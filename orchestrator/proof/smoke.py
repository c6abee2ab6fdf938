"""The smoke test: what a person would try first, through the load balancer."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from orchestrator.console import Stage
from orchestrator.errors import Failure
from orchestrator.project.manifest import ROOT_PATH, Service
from orchestrator.system import interrupt
from orchestrator.target import Address

# A new load balancer's name takes its time to spread; a target its two health checks.
PATIENCE_SECONDS = 90.0
TIMEOUT_SECONDS = 15.0


class SmokeFailed(Failure):
    """A service answers otherwise than it should; `service` is its name."""

    def __init__(self, service: str, reason: str, environment: str) -> None:
        super().__init__(
            f"the smoke test of {service} failed",
            reason=reason,
            next_step=f"python3 orchestrate.py logs {service} {environment}",
        )
        self.service = service


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


# What a load balancer answers while targets register (502, 503, 504) or before a new rule is everywhere (404).
_PASSING_STATUSES = frozenset({404, 502, 503, 504})


def _wrong(answer: Answer, what: str = "") -> Unexpected:
    kind = NotYet if answer.status in _PASSING_STATUSES else Unexpected
    shown = answer.body[:160].decode(errors="replace").strip()
    return kind(f"{what}{answer.status} {shown}".rstrip())


@dataclass(frozen=True)
class Client:
    """Sends requests to `base`. With `via` they go to that host, whatever `base`'s name resolves to, TLS included.

    `headers` go with every request.
    """

    base: str
    via: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def fetch(self, path: str, body: Any = None) -> Answer:
        """GET, or POST where there is a body. Any HTTP status is an answer; no answer raises `NotYet`."""
        if body is None:
            return self._send(urllib.request.Request(urljoin(self.base, path)))
        data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        return self._send(urllib.request.Request(urljoin(self.base, path), data, headers))

    def delete(self, path: str, token: str) -> Answer:
        """DELETE by whoever has the token."""
        headers = {"Authorization": f"Bearer {token}"}
        return self._send(urllib.request.Request(urljoin(self.base, path), headers=headers, method="DELETE"))

    def _send(self, request: urllib.request.Request) -> Answer:
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


def expect_page(client: Client, path: str) -> str:
    """The website's page is HTML."""
    answer = client.fetch(path)
    kind = answer.headers.get("content-type", "")
    if answer.status != 200 or "text/html" not in kind or b"</html>" not in answer.body:
        raise _wrong(answer, f"no page but {kind} ")
    return f"{len(answer.body)} bytes of HTML"


def expect_words(client: Client, path: str) -> str:
    """The words API returns words of the kind asked for."""
    answer = client.fetch(f"{path}?kind=noun&count=3")
    if answer.status != 200:
        raise _wrong(answer)
    told = answer.json()
    words = told.get("words")
    if told.get("kind") != "noun" or not isinstance(words, list) or len(words) != 3:
        raise Unexpected(f"not three nouns but {answer.body[:120]!r}")
    return ", ".join(words)


def expect_story(client: Client, path: str) -> str:
    """A story is saved, read back and deleted. It is not listed, and expires within the hour if deleting fails."""
    text = f"The smoke test of {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC passes"
    saved = client.fetch(path, {"template": "The {noun} passes", "text": text, "listed": False})
    if saved.status != 201:
        raise _wrong(saved, "saving answered ")
    location = saved.headers.get("location", "")
    again = client.fetch(location)
    if again.status != 200 or again.json().get("text") != text:
        raise _wrong(again, "reading it back answered ")
    token = saved.json().get("delete_token")
    if token is None:  # a release from before stories could be deleted, to which one may have gone back
        return "saved and read back"
    deleted = client.delete(location, token)
    if deleted.status != 204:
        raise _wrong(deleted, "deleting it answered ")
    return "saved, read back and deleted"


def expect_routed(client: Client, path: str) -> str:
    """A service of which nothing else is known: whatever it answers is no server error."""
    answer = client.fetch(path)
    if answer.status >= 500:
        raise _wrong(answer)
    return f"answers {answer.status}"


Expectation = Callable[[Client, str], str]

_KNOWN: dict[str, Expectation] = {"words": expect_words, "save": expect_story}


def probes(services: Sequence[Service]) -> list[tuple[str, str, Expectation]]:
    """What to try: (name, path, expectation) for each service."""
    found: list[tuple[str, str, Expectation]] = []
    for service in services:
        if ROOT_PATH in service.paths:
            found.append((service.name, ROOT_PATH, expect_page if service.name == "website" else expect_routed))
        else:
            found.append((service.name, service.paths[0], _KNOWN.get(service.name, expect_routed)))
    return found


def test(
    address: Address,
    services: Sequence[Service],
    stage: Stage,
    *,
    environment: str,
    headers: Mapping[str, str] | None = None,
    meanwhile: Callable[[], object] = lambda: None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> None:
    """Try every service through the load balancer, with these headers. Raises `SmokeFailed` for the first that fails.

    `meanwhile` is called before anything is tried again, and may know better why it does not pass.

    A domain that does not resolve yet is not the new version's fault: the load balancer is then asked directly.
    """
    client = Client(address.url, None if address.resolves else address.balancer, headers or {})
    deadline = time.monotonic() + patience_seconds
    passed: list[str] = []
    for name, path, expectation in probes(services):
        while True:
            stage.note(f"{name}: {path}")
            try:
                told = _expect(expectation, client, path)
                break
            except Unexpected as unexpected:
                if not unexpected.passing or time.monotonic() >= deadline:
                    raise SmokeFailed(name, f"{urljoin(address.url, path)}: {unexpected}", environment) from None
                stage.note(f"{name}: {unexpected}; trying again")
                meanwhile()
                interrupt.sleep(1.0, "the smoke test")
        passed.append(name)
        stage.event(f"{name} {told}")
    stage.result = f"{', '.join(passed)} passed"


def _expect(expectation: Expectation, client: Client, path: str) -> str:
    try:
        return expectation(client, path)
    except (AttributeError, KeyError, TypeError) as error:
        raise Unexpected(f"an answer of another shape: {error}") from None
