"""A package registry of the host's configuration, and how to log in to it."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Upstream:
    """A registry's address, which ends in a slash, and the value of its Authorization header, "" without a login."""

    url: str
    authorization: str = field(default="", repr=False)

    @property
    def origin(self) -> str:
        """Scheme, host and port: who else asks there may log in as well."""
        return origin(self.url)


@dataclass(frozen=True)
class Registries:
    """What packages come from: npm's registry, those of its scopes (`@team`), pip's index, and Debian's mirror.

    None where the host has no such tool and no setting for it: a build's own tool then asks whom it always asks.
    """

    npm: Upstream | None
    pip: Upstream | None
    scopes: Mapping[str, Upstream] = field(default_factory=dict)
    debian: Upstream | None = None

    def all(self) -> tuple[Upstream, ...]:
        """Every one of them."""
        return tuple(item for item in (self.npm, self.pip, self.debian, *self.scopes.values()) if item is not None)

    def secrets(self) -> frozenset[str]:
        """The words that must be in no image: logins as they are sent, and the passwords in them."""
        return frozenset(word for item in self.all() for word in _words(item.authorization))


def upstream(url: str, authorization: str = "") -> Upstream:
    """A registry by its address, which may hold the login (`https://user:password@host/`)."""
    parts = urllib.parse.urlsplit(url)
    if parts.username is not None:
        authorization = basic(urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ""))
        parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return Upstream(parts._replace(path=parts.path.rstrip("/") + "/", query="", fragment="").geturl(), authorization)


def basic(user: str, password: str) -> str:
    """The Authorization header of a user with a password."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _words(authorization: str) -> list[str]:
    kind, _, token = authorization.partition(" ")
    words = [token]
    if kind == "Basic":
        words.append(base64.b64decode(token + "==").decode(errors="replace").partition(":")[2])
    return [word for word in words if word]
