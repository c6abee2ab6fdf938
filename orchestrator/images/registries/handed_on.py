"""What a build that has a network is given of the host: its proxy, and the way to its package registries.

Nothing of it is a secret that could stay in the image. The proxy's variables are build arguments that Docker knows
beforehand and keeps out of an image's history. The others hold this machine's loopback address and are given to a
Dockerfile that declares them (`ARG npm_config_registry`).
"""

from __future__ import annotations

import os
import threading
import urllib.parse
from collections.abc import Iterator, Mapping, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from orchestrator.errors import Failure
from orchestrator.images.registries import forwarder, settings, trust
from orchestrator.system import childenv, paths, process

# Docker takes these without an ARG (docs.docker.com/build/building/variables, "pre-defined").
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY")
# What npm, pip and uv read, and a name for Debian's mirror; where in the forwarder each leads.
ARGUMENTS: Mapping[str, str] = {
    "npm_config_registry": forwarder.NPM,
    "PIP_INDEX_URL": forwarder.PIP,
    "UV_DEFAULT_INDEX": forwarder.PIP,
    "DEBIAN_MIRROR": forwarder.DEBIAN,
}
_FIRST_PORT, _PORTS = 26000, 2000
# A shorter one is found in anything.
_SHORTEST_SECRET = 6


@dataclass(frozen=True)
class HandedOn:
    """Build arguments by name, and the words that must not be found in an image."""

    variables: Mapping[str, str]
    secrets: frozenset[str]


NOTHING = HandedOn({}, frozenset())


class _Shared:
    """One forwarder for the builds that go on side by side: its address is in the cache of their steps."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.stack = ExitStack()
        self.server: forwarder.Forwarder | None = None


_shared = _Shared()


@contextmanager
def to_a_build(declared: Set[str]) -> Iterator[HandedOn]:
    """For the time of a build whose Dockerfile declares these build arguments."""
    variables = proxies(os.environ)
    secrets = proxy_passwords(variables)
    wanted = ARGUMENTS.keys() & declared
    if not wanted:
        yield HandedOn(variables, secrets)
        return
    with _answering() as server:
        known = server.registries
        there = {forwarder.NPM: known.npm, forwarder.PIP: known.pip, forwarder.DEBIAN: known.debian}
        found = {name: server.url + ARGUMENTS[name] for name in sorted(wanted) if there[ARGUMENTS[name]]}
        yield HandedOn(variables | found, secrets | server.registries.secrets())


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The host's proxy variables in both spellings; with a proxy, this machine is asked without it."""
    found: dict[str, str] = {}
    for name in PROXIES:
        if value := environment.get(name) or environment.get(name.lower()):
            found |= {name: value, name.lower(): value}
    return found | childenv.without_proxy() if found else {}


def proxy_passwords(variables: Mapping[str, str]) -> frozenset[str]:
    """The passwords in addresses of proxies, as they stand there."""
    addresses = (value for name, value in variables.items() if name.upper() != "NO_PROXY")
    found = (urllib.parse.urlsplit(value).password for value in addresses)
    return frozenset(password for password in found if password)


def check_for_leaks(reference: str, service: str, secrets: Set[str]) -> None:
    """Raise `Failure` if an image's settings or history hold one of these words. The caller removes the image."""
    words = {word for word in secrets if len(word) >= _SHORTEST_SECRET}
    if not words:
        return
    said = "".join(
        process.run(["docker", *arguments, reference]).stdout
        for arguments in (("image", "inspect"), ("history", "--no-trunc", "--format", "{{.CreatedBy}} {{.Comment}}"))
    )
    if any(word in said for word in words):
        raise Failure(
            f"the image of {service} holds a password of this machine",
            reason="Its settings or its history show the login of a proxy or a package registry to everybody who may "
            "pull it.",
            next_step=f"take ARG and ENV of the proxy's variables out of the Dockerfile of {service}: steps have them",
        )


@contextmanager
def _answering() -> Iterator[forwarder.Forwarder]:
    with _shared.lock:
        if _shared.server is None:
            asking = forwarder.opener(trust.context(os.environ))
            port = _FIRST_PORT + int(paths.work_id(), 16) % _PORTS
            _shared.server = _shared.stack.enter_context(forwarder.running(settings.read(os.environ), asking, port))
        server = _shared.server
        _shared.users += 1
    try:
        yield server
    finally:
        with _shared.lock:
            _shared.users -= 1
            if _shared.users == 0:
                _shared.server = None
                _shared.stack.close()
