"""Releases: a small JSON object beside the state for every deploy that was proven live."""

from __future__ import annotations

import getpass
import os
import subprocess
import time
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator import paths, state
from orchestrator.aws import Aws


@dataclass(frozen=True)
class Release:
    """What was live: image URI and tag per service, commit, time (UTC) and person."""

    number: int
    created_at: str
    created_by: str
    commit: str
    images: dict[str, str]
    tags: dict[str, str]

    @property
    def name(self) -> str:
        """How people speak of it: `r7`."""
        return f"r{self.number}"


def _prefix(aws: Aws) -> str:
    return f"{aws.environment.name}/releases/"


def latest(aws: Aws) -> Release | None:
    """The last release of the environment, or None before the first."""
    found = state.keys(aws, _prefix(aws))
    value = state.read(aws, found[-1]) if found else None
    return Release(**value) if value else None


def record(aws: Aws, images: dict[str, str], tags: dict[str, str], after: Release | None) -> Release:
    """Write down what is live now. Nothing is written if the images are those of `after`."""
    if after is not None and after.images == images:
        return after
    release = Release(
        number=after.number + 1 if after else 1,
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        created_by=_person(),
        commit=commit(),
        images=images,
        tags=tags,
    )
    state.write(aws, f"{_prefix(aws)}{release.number:06d}.json", asdict(release))
    return release


def describe(release: Release | None) -> dict[str, Any] | None:
    """The release as `--json` shows it."""
    if release is None:
        return None
    keep = ("number", "created_at", "created_by", "commit")
    return {"name": release.name} | {key: value for key, value in asdict(release).items() if key in keep}


def commit() -> str:
    """The checkout's commit, with `-dirty` if files differ from it; empty outside git."""
    try:
        told = subprocess.run(
            ["git", "-C", str(paths.ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            capture_output=True, text=True, timeout=10, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.strip() if told.returncode == 0 else ""


def _person() -> str:
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
