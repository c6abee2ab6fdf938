"""Where things are: the checkout, this copy's work folder, and the cache that all copies share."""

from __future__ import annotations

import hashlib
import os
import pwd
from pathlib import Path

from orchestrator.errors import PrerequisiteMissing

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
TERRAFORM = ROOT / "terraform"
ENVIRONMENTS = TERRAFORM / "environments"

# Everything that a run of this copy writes, except images and what the engine keeps. `down` removes it.
WORK = ROOT / ".storyizer"


def cache() -> Path:
    """Downloads that hold nothing of the user's and are the same for every copy (XDG base directory)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if Path(named).is_absolute() else home() / ".cache") / "storyizer"


def from_here(path: Path) -> Path:
    """The path as it can be typed in the folder that somebody is in: short, if it is below that."""
    try:
        here = Path.cwd()
    except OSError:  # the folder is gone
        return path
    return path.relative_to(here) if path.is_relative_to(here) else path


def home() -> Path:
    """The person's folder. Raises `PrerequisiteMissing` where neither HOME nor the user database names one."""
    named = os.environ.get("HOME", "")
    if Path(named).is_absolute():
        return Path(named)
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        raise PrerequisiteMissing(
            "there is no home folder",
            reason="HOME names none, and this user is in no user database.",
            next_step="HOME=FOLDER, one that you may write; downloads are kept in it",
        ) from None


def work_id() -> str:
    """Eight hexadecimal digits that tell this copy's containers, images and ports from another copy's."""
    return hashlib.sha256(str(WORK).encode()).hexdigest()[:8]
