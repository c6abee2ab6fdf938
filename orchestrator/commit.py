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


def between(old: str, files: Sequence[Path], limit: int = 10) -> tuple[str, ...]:
    """The log of these files since a commit (`-dirty` at its end is not looked at), newest first, a line each.

    Cut after `limit` lines with how many more there are. Empty without git or if the commit is not known here.
    """
    known = old.removesuffix("-dirty")
    if not files or not known or known == UNKNOWN or known.startswith("-") or process.which("git") is None:
        return ()
    log: list[str | Path] = [
        "git", "--no-optional-locks", "log", "--no-decorate", "--no-color", "--abbrev=7", "--format=%h %s",
        f"{known}..HEAD", "--", *files,
    ]  # fmt: skip
    told = process.run(log, cwd=files[0].parent, timeout_seconds=_SECONDS)
    if not told.ok:
        return ()
    lines = [line for line in told.stdout.splitlines() if line]
    more = (f"and {len(lines) - limit} more",) if len(lines) > limit else ()
    return (*lines[:limit], *more)
