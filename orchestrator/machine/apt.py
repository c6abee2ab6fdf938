"""Debian's package tool as far as this project needs it: installing what is missing, and where packages come from."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import PrerequisiteMissing
from orchestrator.system import childenv, interrupt, process
from orchestrator.system.childenv import Child

LOCK_WAIT_SECONDS = 120
SOURCES = Path("/etc/apt")
OS_RELEASE = Path("/etc/os-release")


@dataclass(frozen=True)
class Mirrors:
    """Where Debian's packages and their security updates come from: addresses without a suite, `security` may be ""."""

    packages: str
    security: str


def can_install() -> bool:
    """True when this process may install packages."""
    return os.geteuid() == 0 and process.which("apt-get") is not None


def install(packages: Sequence[str], say: Callable[[str], None], why: str) -> None:
    """Install `packages` without their recommendations, announcing it. Raises `PrerequisiteMissing`.

    Waits up to two minutes for another program that is installing at the same time.
    """
    names = " ".join(packages)
    say(f"installing {names} with apt-get: {why}")
    environment = childenv.of(Child.PACKAGES, DEBIAN_FRONTEND="noninteractive", NEEDRESTART_MODE="l")
    lock = ("-o", f"DPkg::Lock::Timeout={LOCK_WAIT_SECONDS}")
    commands = (
        ("apt-get", "update", "-qq"),
        ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *lock, *packages),
    )
    for command in commands:
        done = process.run(command, env=environment)
        waited = 0
        # The option above covers dpkg's lock; the lock on the package lists has no such option.
        while not done.ok and "Could not get lock" in done.stderr and waited < LOCK_WAIT_SECONDS:
            interrupt.sleep(3, "apt-get")
            waited += 3
            done = process.run(command, env=environment)
        if not done.ok:
            raise PrerequisiteMissing(
                f"apt-get could not install {names}",
                reason=f"`{' '.join(command[:2])}` ended with code {done.returncode}",
                details=done.tail(8),
                next_step=f"apt-get update && apt-get install {names}",
            )


def mirrors() -> Mirrors | None:
    """The mirrors that this machine uses; None where it is no Debian or has none."""
    release = _os_release(OS_RELEASE)
    texts = [path.read_text(errors="replace") for path in _source_files(SOURCES)]
    return choose_mirrors(release, (entry for text in texts for entry in parse_sources(text)))


def choose_mirrors(release: Mapping[str, str], entries: Iterable[tuple[str, str]]) -> Mirrors | None:
    """Pick the packages' and the security updates' address out of (address, suite) pairs."""
    if release.get("ID") != "debian":
        return None
    codename = release.get("VERSION_CODENAME", "")
    packages = security = ""
    for address, suite in entries:
        if suite in (codename, "stable", "testing", "unstable", "sid"):
            packages = packages or address.rstrip("/")
        elif suite.removesuffix("/updates").endswith("-security"):
            security = security or address.rstrip("/")
    return Mirrors(packages, security) if packages else None


def parse_sources(text: str) -> list[tuple[str, str]]:
    """(address, suite) pairs of a sources file, in the one-line or the deb822 format."""
    if re.search(r"(?im)^types\s*:", text):
        return _parse_deb822(text)
    pairs = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[[^]]*]\s+)?(\S+)\s+(\S+)", line)
        if match:
            pairs.append((match[1], match[2]))
    return pairs


def _parse_deb822(text: str) -> list[tuple[str, str]]:
    pairs = []
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, list[str]] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields.setdefault(name, []).extend(line.split())
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.split()
        if "deb" in fields.get("types", []) and fields.get("enabled", ["yes"])[0].lower() != "no":
            pairs += [(uri, suite) for uri in fields.get("uris", []) for suite in fields.get("suites", [])]
    return pairs


def _source_files(folder: Path) -> list[Path]:
    parts = sorted((folder / "sources.list.d").glob("*"))
    files = [folder / "sources.list", *(part for part in parts if part.suffix in (".list", ".sources"))]
    return [path for path in files if path.is_file()]


def _os_release(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}
