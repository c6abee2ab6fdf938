"""Logins of registries from Docker's own configuration: `docker login` and its helpers."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.images.mirror.reference import DOCKER_HUB
from orchestrator.system import childenv, paths, process
from orchestrator.system.childenv import Child

# What `docker login` calls the hub, and what helpers call a user whose secret is a token.
_HUB = "https://index.docker.io/v1/"
_TOKEN_USER = "<token>"


@dataclass(frozen=True)
class Login:
    """User and password, or a token that access tokens are got with."""

    user: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)


def find(host: str) -> Login | None:
    """The login for a registry, None if there is none."""
    folder = os.environ.get("DOCKER_CONFIG") or str(paths.home() / ".docker")
    try:
        config = json.loads((Path(folder) / "config.json").read_text())
    except (OSError, ValueError):
        return None
    return _of(config, host) if isinstance(config, dict) else None


def _of(config: Mapping[str, Any], host: str) -> Login | None:
    names = (_HUB, host) if host == DOCKER_HUB else (host, f"https://{host}")
    helpers = config.get("credHelpers") or {}
    own = next((helpers[name] for name in names if helpers.get(name)), None)
    for name in names:
        if (helper := own or config.get("credsStore")) and (found := _ask(str(helper), name)):
            return found
    return in_file(config.get("auths") or {}, names)


def in_file(auths: Mapping[str, Any], names: tuple[str, ...]) -> Login | None:
    """The login that the file itself holds under one of these names. Decides only."""
    for name in names:
        entry = auths.get(name)
        if not isinstance(entry, dict):
            continue
        if token := entry.get("identitytoken"):
            return Login(identity_token=str(token))
        try:
            user, colon, password = base64.b64decode(entry.get("auth") or "").decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if colon:
            return Login(user, password)
    return None


def _ask(helper: str, name: str) -> Login | None:
    program = process.which(f"docker-credential-{helper}")
    if program is None:
        return None
    said = process.run([program, "get"], stdin=name.encode(), env=childenv.of(Child.DOCKER))
    try:
        found = json.loads(said.stdout)
        user, secret = str(found["Username"]), str(found["Secret"])
    except (ValueError, KeyError, TypeError):
        return None
    return Login(identity_token=secret) if user == _TOKEN_USER else Login(user, secret)
