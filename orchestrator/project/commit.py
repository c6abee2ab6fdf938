"""The git commit that files are of: the one place where git is asked.

What the person's git is set to decides what `git status` shows: files may be marked as unchanged, ignored by rules of
the person's own, or left out of sight. So every file is compared with the commit through an index of this program's
own, and nothing in the environment leads to another repository.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from orchestrator.system import plain, process

UNKNOWN = "unknown"
Counts = Callable[[Path, bool], bool]
_SECONDS = 30.0
# What leads git elsewhere (`git rev-parse --local-env-vars`), but for settings: those may say which owner is trusted.
_ELSEWHERE = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GLOB_PATHSPECS", "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS", "GIT_NOGLOB_PATHSPECS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
)  # fmt: skip
# Nothing of the person's runs, and nothing is hidden.
_SETTINGS = (
    "core.fileMode=true", "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.ignoreStat=false",
    "core.sparseCheckout=false", "core.splitIndex=false", "core.untrackedCache=false", "diff.autoRefreshIndex=true",
)  # fmt: skip


@dataclass(frozen=True)
class Commit:
    """A commit's full hash, empty if it is not known for the `reason`; `dirty` if the files differ from it."""

    name: str
    dirty: bool = False
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.name}{'-dirty' if self.dirty else ''}" if self.name else UNKNOWN

    @property
    def whole(self) -> str:
        """As it is recorded; empty if it is not known."""
        return str(self) if self.name else ""

    @property
    def short(self) -> str:
        """As people read it: 12 digits; empty if it is not known."""
        return plain.commit(self.whole)


def head(folder: Path) -> Commit:
    """The commit that is checked out in the repository of `folder`."""
    if process.which("git") is None:
        return Commit("", reason="git is not installed")
    told = _git(folder, "rev-parse", "--verify", "HEAD^{commit}")
    if not told.ok:
        return Commit("", reason=_reason(told))
    # A folder may merely lie in somebody's repository.
    if not _git(folder, "ls-tree", "--name-only", "HEAD", ".").stdout:
        return Commit("", reason=f"the git repository around {folder} does not hold it")
    return Commit(told.stdout.strip())


def of(files: Sequence[Path], counts: Counts = lambda path, is_new: True) -> str:
    """The commit that files and folders are of, with "-dirty" if they differ from it; "unknown" if it is not known."""
    return str(look(files, counts))


def look(
    files: Sequence[Path],
    counts: Counts = lambda path, is_new: True,
    new_in: Collection[Path] | None = None,
) -> Commit:
    """The commit that files and folders of one repository are of, and whether they differ from it.

    A file that git does not have counts too, ignored or not; with `new_in` only in these files and folders, and git
    looks for none elsewhere: in a virtual environment there are thousands. `counts` says of each difference whether it
    matters: its path, and whether it is such a new file.
    """
    folder = Path(os.path.commonpath(files))
    folder = folder if folder.is_dir() else folder.parent
    found = head(folder)
    if not found.name:
        return found
    try:
        with closing(_differences(folder, files, new_in)) as differences:
            dirty = any(counts(path, is_new) for path, is_new in differences)
    except _NotTold as refused:
        return Commit("", reason=_reason(refused.answer))
    return Commit(found.name, dirty=dirty)


def is_within(path: Path, folders: Collection[Path]) -> bool:
    """Whether it is one of the files or folders, or in one of them."""
    return any(place in folders for place in (path, *path.parents))


class _NotTold(Exception):
    """Git did not do it."""

    def __init__(self, answer: process.Completed) -> None:
        super().__init__(answer.stderr)
        self.answer = answer


def _differences(
    folder: Path, files: Sequence[Path], new_in: Collection[Path] | None
) -> Generator[tuple[Path, bool], None, None]:
    """What differs from the commit, and whether git does not have it. Raises `_NotTold`.

    It is asked with an index that was just made of the commit: that hides nothing.
    """
    here = _told(_git(folder, "rev-parse", "--show-prefix")).rstrip("\n") or "."

    def place(told: str) -> Path:
        return Path(os.path.normpath(folder / os.path.relpath(told, here)))

    with tempfile.TemporaryDirectory(prefix="storyizer-") as scratch:
        index = {"GIT_INDEX_FILE": f"{scratch}/index"}
        _told(_git(folder, "read-tree", "HEAD", **index))
        if new_in is not None:
            # Else each of the following would read every file once more.
            _git(folder, "update-index", "-q", "--refresh", **index)
            changed = _git(
                folder, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none",
                "HEAD", "--", *_below(folder, files), **index,
            )  # fmt: skip
            for told in filter(None, _told(changed).split("\0")):
                yield place(told), False
        looked_at = _below(folder, files if new_in is None else _topmost(folder, new_in))
        if not looked_at:
            return
        status = _git(
            folder, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=traditional",
            "--ignore-submodules=none", "--", *looked_at, **index,
        )  # fmt: skip
        for told in filter(None, _told(status).split("\0")):
            yield place(told[3:]), told[:2] in ("??", "!!")


def _told(answer: process.Completed) -> str:
    if not answer.ok:
        raise _NotTold(answer)
    return answer.stdout


def _below(folder: Path, files: Iterable[Path]) -> list[str]:
    return [os.path.relpath(file, folder) for file in files]


def _topmost(folder: Path, files: Collection[Path]) -> list[Path]:
    """Those in the folder that are in no other of them."""
    return sorted(
        file for file in files if file.is_relative_to(folder) and not any(place in files for place in file.parents)
    )


def between(old: str, files: Sequence[Path], limit: int = 10) -> tuple[str, ...]:
    """The log of these files since a commit (`-dirty` at its end is not looked at), newest first, a line each.

    Cut after `limit` lines with how many more there are. Empty without git or if the commit is not known here.
    """
    known = old.removesuffix("-dirty")
    if not files or not re.fullmatch(r"[0-9a-f]{4,64}", known) or process.which("git") is None:
        return ()
    told = _git(
        files[0].parent, "log", "--no-decorate", "--no-color", "--no-show-signature", "--abbrev=7", "--format=%h %s",
        f"{known}..HEAD", "--", *map(str, files),
    )  # fmt: skip
    if not told.ok:
        return ()
    lines = plain.lines(told.stdout)
    more = (f"and {len(lines) - limit} more",) if len(lines) > limit else ()
    return (*lines[:limit], *more)


def changed(old: str, folder: Path) -> tuple[str, ...] | None:
    """The files in `folder` that differ from those of a commit (`-dirty` at its end is not looked at).

    None without git or if the commit is not known here. New files that git does not have are left out.
    """
    known = old.removesuffix("-dirty")
    if not re.fullmatch(r"[0-9a-f]{4,64}", known) or process.which("git") is None:
        return None
    told = _git(folder, "diff", "--name-only", "--no-renames", "--relative", "-z", known, "--", ".")
    return tuple(filter(None, told.stdout.split("\0"))) if told.ok else None


def _git(folder: Path, *arguments: str, **variables: str) -> process.Completed:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment |= {"GIT_LITERAL_PATHSPECS": "1", "LC_ALL": "C", **variables}
    # Without locks: it must not be in the way of what the person does there.
    command = ["git", "--no-optional-locks", *settings, *arguments]
    return process.run(command, cwd=folder, env=environment, timeout_seconds=_SECONDS)


def _reason(told: process.Completed) -> str:
    """Why git did not do it, in its own words, with the command that it recommends."""
    if told.returncode == -9:
        return f"git did not answer within {_SECONDS:.0f} s"
    lines = plain.lines(told.stderr)
    said = next((line for line in lines if line.startswith(("fatal: ", "error: "))), "error: git did not say why")
    advice = next((f" ({line.strip()})" for line in lines if line.strip().startswith("git config ")), "")
    return said.partition(": ")[2] + advice
