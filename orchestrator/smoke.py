"""The smoke test: what a person would try first, through the load balancer."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from orchestrator import interrupt
from orchestrator.console import Stage
from orchestrator.errors import Failure
from orchestrator.manifest import ROOT_PATH, Service

# A new load balancer's name takes its time to spread; a target its two health checks.
PATIENCE_SECONDS = 90.0
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


# What a load balancer answers while targets register (502, 503, 504) or before a new rule is everywhere (404).
_PASSING_STATUSES = frozenset({404, 502, 503, 504})


def _wrong(answer: Answer, what: str = "") -> Unexpected:
    kind = NotYet if answer.status in _PASSING_STATUSES else Unexpected
    shown = answer.body[:160].decode(errors="replace").strip()
    return kind(f"{what}{answer.status} {shown}".rstrip())


def fetch(url: str, body: Any = None) -> Answer:
    """GET, or POST where there is a body. Any HTTP status is an answer; no answer raises `Unexpected`."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"} if data else {})
    # A proxy from the environment would not reach this machine, and is not the path that users take.
    opener = (
        urllib.request.build_opener(urllib.request.ProxyHandler({}))
        if "127.0.0.1" in url
        else (urllib.request.build_opener())
    )
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return Answer(answer.status, _lower(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, _lower(error.headers), error.read())
    except OSError as error:
        raise NotYet(f"no answer: {getattr(error, 'reason', error)}") from None


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def expect_page(url: str) -> str:
    """The website's page is HTML."""
    answer = fetch(url)
    kind = answer.headers.get("content-type", "")
    if answer.status != 200 or "text/html" not in kind or b"</html>" not in answer.body:
        raise _wrong(answer, f"no page but {kind} ")
    return f"{len(answer.body)} bytes of HTML"


def expect_words(url: str) -> str:
    """The words API returns words of the kind asked for."""
    answer = fetch(f"{url}?kind=noun&count=3")
    if answer.status != 200:
        raise _wrong(answer)
    told = answer.json()
    words = told.get("words")
    if told.get("kind") != "noun" or not isinstance(words, list) or len(words) != 3:
        raise Unexpected(f"not three nouns but {answer.body[:120]!r}")
    return ", ".join(words)


def expect_story(url: str) -> str:
    """A story is saved and read back. It is not listed and expires within the hour."""
    text = f"The smoke test of {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC passes"
    saved = fetch(url, {"template": "The {noun} passes", "text": text, "listed": False})
    if saved.status != 201:
        raise _wrong(saved, "saving answered ")
    again = fetch(urljoin(url, saved.headers.get("location", "")))
    if again.status != 200 or again.json().get("text") != text:
        raise _wrong(again, "reading it back answered ")
    return "saved and read back"


def expect_routed(url: str) -> str:
    """A service of which nothing else is known: the load balancer has a target that answers."""
    answer = fetch(url)
    if answer.status >= 500:
        raise _wrong(answer)
    return f"answers {answer.status}"


_KNOWN: dict[str, Callable[[str], str]] = {"words": expect_words, "save": expect_story}


def probes(services: Sequence[Service]) -> list[tuple[str, str, Callable[[str], str]]]:
    """What to try: (name, path, expectation) for each service that has tasks."""
    found: list[tuple[str, str, Callable[[str], str]]] = []
    for service in services:
        if service.count == 0:
            continue
        if ROOT_PATH in service.paths:
            found.append((service.name, ROOT_PATH, expect_page if service.name == "website" else expect_routed))
        else:
            found.append((service.name, service.paths[0], _KNOWN.get(service.name, expect_routed)))
    return found


def test(url: str, services: Sequence[Service], stage: Stage, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Try every service through the load balancer at `url`. Raises `Failure` naming the first that does not pass."""
    deadline = time.monotonic() + patience_seconds
    passed: list[str] = []
    for name, path, expectation in probes(services):
        address = urljoin(url, path.lstrip("/"))
        while True:
            stage.note(f"{name}: {address}")
            try:
                told = expectation(address)
                break
            except Unexpected as unexpected:
                if not unexpected.passing or time.monotonic() >= deadline:
                    raise Failure(
                        f"the smoke test of {name} failed",
                        reason=f"{address}: {unexpected}",
                        next_step=f"python3 orchestrate.py logs {name}",
                    ) from None
                stage.note(f"{name}: {unexpected}; trying again")
                interrupt.sleep(1.0, "the smoke test")
        passed.append(name)
        stage.event(f"{name} {told}")
    stage.result = f"{', '.join(passed)} passed"
