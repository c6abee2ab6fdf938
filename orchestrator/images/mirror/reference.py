"""An image's name as Docker reads it: registry, repository, tag or digest."""

from __future__ import annotations

import re
from dataclasses import dataclass

DOCKER_HUB = "docker.io"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?"
PATTERN = re.compile(
    rf"(?:(?P<host>{_HOST})/)?(?P<name>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True)
class Reference:
    """Where an image is. `digest` counts where both are given; `tag` is "latest" where neither is."""

    host: str
    name: str
    tag: str
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag}"

    @property
    def repository(self) -> str:
        """The name without tag and digest, as Docker shows it."""
        if self.host == DOCKER_HUB:
            return self.name.removeprefix("library/")
        return f"{self.host}/{self.name}"

    @property
    def wanted(self) -> str:
        """What the registry is asked for."""
        return self.digest or self.tag

    @property
    def api_host(self) -> str:
        """The host that answers for the registry; the hub's has another name."""
        return "registry-1.docker.io" if self.host == DOCKER_HUB else self.host

    @property
    def is_on_this_machine(self) -> bool:
        """True for a registry that is spoken to without TLS, as the engine does: one on the loopback address."""
        return re.fullmatch(r"localhost(:\d+)?|127\.\d+\.\d+\.\d+(:\d+)?|\[::1\](:\d+)?", self.host) is not None

    def at(self, digest: str) -> Reference:
        """The image with that digest in the same repository."""
        return Reference(self.host, self.name, self.tag, digest)


def parse(text: str) -> Reference:
    """Raises `ValueError` for what names no image."""
    first, slash, _ = text.partition("/")
    # A first part with a dot or a port is a registry's host, any other belongs to the hub's own names.
    has_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    found = PATTERN.fullmatch(text if has_host else f"{DOCKER_HUB}/{text}")
    if found is None:
        raise ValueError(f"{text!r} names no image")
    name = found["name"]
    if found["host"] == DOCKER_HUB and "/" not in name:
        name = f"library/{name}"
    digest = found["digest"] or ""
    return Reference(found["host"], name, found["tag"] or ("" if digest else "latest"), digest)
