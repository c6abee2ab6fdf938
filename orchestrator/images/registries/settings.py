"""Which registries the host uses: what npm and pip are set to, in the environment and in their own files."""

from __future__ import annotations

import base64
import binascii
import netrc
import os
import re
import sys
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path

from orchestrator.images.registries.upstream import Registries, Upstream, basic, upstream
from orchestrator.machine import apt
from orchestrator.system import paths, process

# The index that pip uses where it is set to none.
_PIPS_OWN = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
# Where npm's global settings are: below the prefix that Node was installed with.
GLOBAL_NPMRC = ("/usr/local/etc/npmrc", "/usr/etc/npmrc", "/etc/npmrc")


def read(environment: Mapping[str, str]) -> Registries:
    """The registries of this machine, for the shell's `environment`."""
    npm = npm_settings(environment, _npmrcs(environment))
    registry = npm.get("registry") or _said("npm", "config", "get", "registry")
    scopes = {
        name.removesuffix(":registry"): of_npm(value, npm)
        for name, value in npm.items()
        if name.startswith("@") and name.endswith(":registry")
    }
    index = pip_index(_said(sys.executable, "-m", "pip", "config", "list")) or _said(sys.executable, "-c", _PIPS_OWN)
    return Registries(
        of_npm(registry, npm) if _is_address(registry) else None,
        _of_pip(index, _netrc(environment)) if _is_address(index) else None,
        scopes,
        upstream(mirrors.packages) if (mirrors := apt.mirrors()) else None,
    )


def _said(program: str, *arguments: str) -> str:
    """What a tool prints about itself; "" where it is not there."""
    found = process.which(program)
    # Not in the checkout, whose own settings are for its tests.
    done = process.run([found, *arguments], cwd=Path("/"), env=dict(os.environ)) if found else None
    return done.stdout.strip() if done and done.ok else ""


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def npm_settings(environment: Mapping[str, str], files: Iterable[str]) -> dict[str, str]:
    """npm's settings: the texts of its files, the most important one last, and the environment above them."""
    found: dict[str, str] = {}
    for text in files:
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            if equals and not line.lstrip().startswith((";", "#")):
                found[name.strip()] = _expanded(value.strip().strip("\"'"), environment)
    for name, value in environment.items():
        if value and name.lower().startswith("npm_config_"):
            # Names of registries keep their case and characters: npm_config_//host/:_authToken.
            own = name[len("npm_config_") :]
            found[own if own.startswith(("//", "@")) else own.lower().replace("_", "-")] = value
    return found


def pip_index(listed: str) -> str:
    """The index in what `pip config list` prints; "" if none is set."""
    found = dict(re.findall(r"^(:env:|install|download|global)\.index-url='(.*)'$", listed, re.MULTILINE))
    return next((found[section] for section in (":env:", "install", "download", "global") if section in found), "")


def _expanded(value: str, environment: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([^}?]+)\??\}", lambda name: environment.get(name[1], ""), value)


def of_npm(url: str, settings: Mapping[str, str]) -> Upstream:
    """A registry with the login that npm's settings have for its address or for a folder above it."""
    made = upstream(url)
    parts = urllib.parse.urlsplit(made.url)
    path = parts.path
    while not made.authorization:
        place = f"//{parts.netloc}{path}:"
        if token := settings.get(f"{place}_authToken"):
            return Upstream(made.url, f"Bearer {token}")
        if both := settings.get(f"{place}_auth"):
            return Upstream(made.url, f"Basic {both}")
        user, password = settings.get(f"{place}username"), settings.get(f"{place}_password")
        if user and password:
            return Upstream(made.url, basic(user, _decoded(password)))
        if path in ("/", ""):
            break
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return made


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text


def _of_pip(url: str, logins: Path | None) -> Upstream:
    made = upstream(url)
    if made.authorization or logins is None:
        return made
    try:
        login = netrc.netrc(logins).authenticators(urllib.parse.urlsplit(made.url).hostname or "")
    except (OSError, netrc.NetrcParseError):
        return made
    return Upstream(made.url, basic(login[0], login[2] or "")) if login else made


def _netrc(environment: Mapping[str, str]) -> Path | None:
    named = environment.get("NETRC")
    file = Path(named) if named else paths.home() / ".netrc"
    return file if file.is_file() else None


def _npmrcs(environment: Mapping[str, str]) -> list[str]:
    """The texts of npm's files, the user's last."""
    lowered = {name.lower(): value for name, value in environment.items()}
    everybody = lowered.get("npm_config_globalconfig")
    own = lowered.get("npm_config_userconfig") or str(paths.home() / ".npmrc")
    found = []
    for name in (*((everybody,) if everybody else GLOBAL_NPMRC), own):
        try:
            found.append(Path(name).read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
    return found
