"""Where things are: the checkout, this copy's work folder, and the cache that all copies share."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ROOT / "services"
TERRAFORM = ROOT / "terraform"
ENVIRONMENTS = TERRAFORM / "environments"

# Everything that a run of this copy writes, except images and what the engine keeps. `down` removes it.
WORK = ROOT / ".storyizer"


def cache() -> Path:
    """Downloads that hold nothing of the user's and are the same for every copy (XDG base directory)."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "storyizer"


def work_id() -> str:
    """Eight hexadecimal digits that tell this copy's containers, images and ports from another copy's."""
    return hashlib.sha256(str(WORK).encode()).hexdigest()[:8]
