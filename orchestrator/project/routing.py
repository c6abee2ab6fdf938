"""How paths become listener rules. Plain Python: whoever reads rules at AWS needs no manifest, and not its packages."""

from __future__ import annotations

import hashlib

ROOT_PATH = "/"


def listener_priority(path: str) -> int:
    """The listener rule's priority of a path prefix: longer prefixes first, the same whatever other services exist.

    "/" has no rule: it is the listener's default action. Two prefixes of one length share a priority once in a
    thousand; `manifest.load` reports that.
    """
    return 1000 * (49 - min(len(path), 48)) + int(hashlib.sha256(path.encode()).hexdigest()[:6], 16) % 1000
