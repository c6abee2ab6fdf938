"""The folder of a Copilot application as it is on disk: what is in it, read and not judged yet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import ExitCode, Failure
from orchestrator.importing.tree import Unreadable, Value, parse

COPILOT = "copilot"
MANIFEST = "manifest.yml"
_NOT_SERVICES = ("environments", "pipelines")
LARGEST = 1_000_000
MOST_OTHERS = 500


@dataclass(frozen=True)
class Manifest:
    """A file with its name from the application's folder on; `folder` is the one that it is in.

    `value` is what it says, `problem` why nobody can say. `second_document` is the line of another document behind it.
    """

    file: str
    folder: str
    value: Value
    second_document: int | None = None
    problem: Unreadable | None = None


@dataclass(frozen=True)
class Found:
    """What an application consists of. `root` is where the paths in its manifests begin."""

    root: Path
    workspace: Manifest | None
    services: tuple[Manifest, ...]
    environments: tuple[Manifest, ...]
    pipelines: tuple[Manifest, ...]
    others: tuple[str, ...]


def read(directory: Path) -> Found:
    """Read the application in a folder, or the one whose folder copilot/ it is. Raises `Failure` if there is none."""
    folder = _folder(directory)
    root = folder.parent
    known = {folder / ".workspace"}
    services = _manifests(root, folder, _NOT_SERVICES)
    environments = _manifests(root, folder / "environments")
    pipelines = _manifests(root, folder / "pipelines")
    for manifest in (*services, *environments, *pipelines):
        known.add(root / manifest.file)
    others = tuple(_shown(root, file) for file in _files(folder) if file not in known)
    workspace = _manifest(root, folder / ".workspace") if (folder / ".workspace").is_file() else None
    if not services and not environments:
        raise Failure(
            f"{directory} holds no application of AWS Copilot",
            reason=f"There is no {COPILOT}/NAME/{MANIFEST} in it.",
            next_step=f"name the folder in which {COPILOT}/ is",
            exit_code=ExitCode.USAGE,
        )
    return Found(root, workspace, services, environments, pipelines, others)


def _folder(directory: Path) -> Path:
    here = Path(os.path.normpath(Path.cwd() / directory))
    if not here.is_dir():
        raise Failure(
            f"{directory} is no folder",
            reason=f"An application of AWS Copilot is a folder with {COPILOT}/ in it.",
            next_step=f"name the folder in which {COPILOT}/ is",
            exit_code=ExitCode.USAGE,
        )
    return here / COPILOT if (here / COPILOT).is_dir() else here


def _manifests(root: Path, folder: Path, without: tuple[str, ...] = ()) -> tuple[Manifest, ...]:
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name not in without)
    except OSError:
        return ()
    files = [folder / name / MANIFEST for name in names]
    return tuple(_manifest(root, file) for file in files if os.path.lexists(file))


def _manifest(root: Path, file: Path) -> Manifest:
    name, folder = _shown(root, file), file.parent.name.encode(errors="replace").decode()
    try:
        value, second = parse(_text(file))
        return Manifest(name, folder, value, second)
    except Unreadable as error:
        return Manifest(name, folder, Value(1, "nothing"), problem=error)


def _text(file: Path) -> str:
    """The text of a file. Raises `Unreadable`; a pipe is not waited for."""
    try:
        if not file.is_file():
            raise Unreadable(1, "it is no file" if file.exists() else "it is a link that leads nowhere")
        if file.stat().st_size > LARGEST:
            raise Unreadable(1, f"it is larger than {LARGEST // 1_000_000} MB")
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Unreadable(1, f"it cannot be read: {error.strerror}", "make it a file that this user may read") from error
    except UnicodeDecodeError as error:
        raise Unreadable(1, "it is not UTF-8", "save it as UTF-8, then import again") from error


def _files(folder: Path) -> Iterator[Path]:
    number = 0
    for above, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            number += 1
            if number > MOST_OTHERS:
                return
            yield Path(above) / name


def _shown(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix().encode(errors="replace").decode()
