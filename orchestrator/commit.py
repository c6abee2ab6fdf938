"""The git commit that files are of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestrator import process

UNKNOWN = "unknown"
_SECONDS = 10.0


def of(files: Sequence[Path]) -> str:
    """The commit that is checked out, with "-dirty" if one of the files or folders differs from it.

    "unknown" without git, outside of a repository, and before the first commit.
    """
    if process.which("git") is None:
        return UNKNOWN
    folder = files[0].parent
    head = process.run(["git", "rev-parse", "--verify", "HEAD"], cwd=folder, timeout_seconds=_SECONDS)
    # Without locks: it must not be in the way of what the person does there.
    look: list[str | Path] = ["git", "--no-optional-locks", "status", "--porcelain", "--", *files]
    changes = process.run(look, cwd=folder, timeout_seconds=_SECONDS)
    if not (head.ok and changes.ok):
        return UNKNOWN
    return head.stdout.strip() + ("-dirty" if changes.stdout else "")
