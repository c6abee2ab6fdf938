"""A document sent to a URL: within bounds, and with nothing of the URL shown that lets somebody else use it."""

from __future__ import annotations

import ipaddress
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

ATTEMPTS = 3
# For one attempt, whatever it is that takes so long: a name to be found, a connection, an answer that trickles in.
ATTEMPT_SECONDS = 5.0
# For all of them with the pauses between: no deploy is held up for longer.
TOTAL_SECONDS = 12.0
PAUSE_SECONDS = 1.0
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_URL = re.compile(r"(?i)\b(https?)://[^\s'\"<>]+")
T = TypeVar("T")


class NotSent(Exception):
    """The document did not arrive; the text says why. `passing` is true where another attempt may help."""

    def __init__(self, why: str, *, passing: bool = False) -> None:
        super().__init__(why)
        self.passing = passing


@dataclass(frozen=True)
class Bounds:
    """How long is tried."""

    attempts: int = ATTEMPTS
    attempt_seconds: float = ATTEMPT_SECONDS
    total_seconds: float = TOTAL_SECONDS
    pause_seconds: float = PAUSE_SECONDS


BOUNDS = Bounds()


def variable(setting: str) -> str:
    """The name of the environment variable that the URL is in, where the setting is `$NAME` or `${NAME}`; else ""."""
    found = _VARIABLE.fullmatch(setting)
    return (found[1] or found[2]) if found else ""


def resolved(setting: str, shell: Mapping[str, str]) -> str:
    """The URL of a setting. Raises `NotSent` if its variable is not set, or what it says is no URL."""
    name = variable(setting)
    url = shell.get(name, "") if name else setting
    if not url:
        raise NotSent(f"${name} is not set in this shell")
    if not is_url(url):
        raise NotSent(f"${name} holds no http or https URL" if name else "it is no http or https URL")
    return url


def is_url(text: str) -> bool:
    """True for a URL that a document can be sent to."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and text.isprintable()
    except ValueError:
        return False


def shown(url: str) -> str:
    """A URL as it may be printed: user, password, path and query may each be what lets one use it."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(a URL that cannot be read)"
    hidden = "/***" if parts.path.strip("/") or parts.query or parts.fragment else ""
    return f"{parts.scheme}://{'***@' if '@' in parts.netloc else ''}{host}{port}{hidden}"


def without_urls(text: str, url: str = "") -> str:
    """A text with every URL in it, and every part of `url`, as `shown` has it."""
    text = _URL.sub(lambda found: shown(found[0]), text)
    for part in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(part, "***")
    return text


def _secrets(url: str) -> set[str]:
    """What of a URL lets one use it, as it is written and as it is meant."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return {url}
    user = parts.netloc.rpartition("@")[0]
    pieces = [user, *user.split(":"), parts.path, *parts.path.split("/"), parts.query, *re.split("[&=]", parts.query)]
    pieces.append(parts.fragment)
    return {form for piece in pieces for form in (piece, unquote(piece)) if len(form) >= 4}


def send(url: str, document: Any, bounds: Bounds = BOUNDS) -> None:
    """POST the document, again where that may help. Raises `NotSent`."""
    until = time.monotonic() + bounds.total_seconds
    body = json.dumps(document, ensure_ascii=False).encode()
    for attempt in range(1, bounds.attempts + 1):
        left = until - time.monotonic()
        try:
            return _within(min(bounds.attempt_seconds, left), lambda: _post(url, body, bounds.attempt_seconds))
        except NotSent as error:
            pause = bounds.pause_seconds * attempt
            is_last = attempt == bounds.attempts or time.monotonic() + pause >= until
            if not error.passing or is_last:
                tries = f" ({attempt} attempts)" if attempt > 1 else ""
                raise NotSent(without_urls(str(error), url) + tries) from None
            time.sleep(pause)
    return None


def _post(url: str, body: bytes, seconds: float) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "storyizer-on-ecs"}
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if at:  # urllib would look for a host of that whole name
        url = parts._replace(netloc=host).geturl()
        headers["Authorization"] = _basic(user)
    try:
        request = urllib.request.Request(url, body, headers, method="POST")
        with _opener(parts.hostname or "").open(request, timeout=seconds) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
        error.close()
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NotSent(f"no answer: {str(reason) or type(error).__name__}", passing=True) from None
    if not 200 <= status < 300:
        raise NotSent(f"it answered {status}", passing=status >= 500 or status in (408, 425, 429))


def _basic(user: str) -> str:
    import base64

    return f"Basic {base64.b64encode(unquote(user).encode()).decode()}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would turn the POST into a GET, and lead to a host that nobody named."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None: the redirect is the answer."""


def _opener(host: str) -> urllib.request.OpenerDirector:
    """With the shell's proxies, which this machine itself is not reached through."""
    handlers: list[Any] = [_NoRedirect()]
    if _is_this_machine(host):
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _within(seconds: float, call: Callable[[], T]) -> T:
    """What the call returns, or raises. Raises `NotSent` once it has taken too long; it may go on unheard.

    The timeouts of sockets are for one step each: a slow name server and an answer of a byte a second outlast them.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if errors:
        raise errors[0]
    if not results:
        raise NotSent(f"no answer within {max(seconds, 0.0):.0f} s", passing=True)
    return results[0]
