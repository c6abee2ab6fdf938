"""Content-addressed images: the tag is a hash over everything that goes in.

The same files give the same tag on every machine, so asking the registry for the tag tells whether there is anything
to build. What went in is kept beside the state, so that the next run can say which input changed.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator import paths
from orchestrator.errors import Failure
from orchestrator.manifest import FILE_NAME, Service

# Folders beside the services that go into every build context: what they share, and what the build itself runs.
SHARED = ("servicekit", "image")
TAG_DIGITS = 16
# Bumped when what the build does with the same inputs changes.
CONTEXT_VERSION = "2"
_LEFT_OUT_NAMES = frozenset({"__pycache__", "tests", "node_modules", FILE_NAME, "README.md"})


@dataclass(frozen=True)
class Entry:
    """One file of a build context: its path there, where it is here, its mode and its symbolic link's target."""

    path: str
    source: Path
    executable: bool
    link: str | None

    def digest(self) -> str:
        """A hash of the content and of whatever else of the file ends in the image."""
        content = (self.link or "").encode() if self.link is not None else self.source.read_bytes()
        kind = "link" if self.link is not None else "exec" if self.executable else "file"
        return hashlib.sha256(kind.encode() + b"\0" + content).hexdigest()


@dataclass(frozen=True)
class Content:
    """What goes into a service's image. `inputs` maps each input's name to its hash; `tag` is the hash of all.

    `sources` are the folders and files that the entries come from.
    """

    service: str
    entries: tuple[Entry, ...] = field(repr=False)
    inputs: Mapping[str, str] = field(repr=False)
    sources: tuple[Path, ...] = field(repr=False)

    @property
    def tag(self) -> str:
        """The image's tag, 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for name, value in sorted(self.inputs.items()):
            digest.update(f"{name}\0{value}\0".encode())
        return digest.hexdigest()[:TAG_DIGITS]


def content(service: Service, *, base: str, platform: str, tools: Path, services: Path = paths.SERVICES) -> Content:
    """What goes into the image of `service`, on the base image `base`, for `platform` (`linux/amd64`).

    `tools` is the lock file of what the build itself uses (pip). Raises `Failure` if the service has no requirements.
    """
    requirements = service.folder / "requirements.txt"
    own = service.folder / "Dockerfile"
    dockerfile = own if own.exists() else services / "Dockerfile"
    for needed in (requirements, dockerfile):
        if not needed.exists():
            raise Failure(
                f"{service.name} has no {needed.name}",
                reason=f"{needed} does not exist.",
                next_step="see services/README.md for what a service's folder holds",
            )
    entries = (
        _entry("Dockerfile", dockerfile),
        *_files(service.folder, "service"),
        *(entry for name in SHARED for entry in _files(services / name, name)),
    )
    inputs = {entry.path: entry.digest() for entry in entries}
    # The wheels are what the lock file says, for one platform: hashing the lock file covers them.
    inputs |= {
        "build tools": hashlib.sha256(tools.read_bytes()).hexdigest(),
        "base image": base,
        "platform": platform,
        "context": CONTEXT_VERSION,
    }
    sources = (dockerfile, service.folder, *(services / name for name in SHARED))
    return Content(service.name, tuple(sorted(entries, key=lambda entry: entry.path)), inputs, sources)


def _files(folder: Path, prefix: str) -> Iterable[Entry]:
    for directory, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _left_out(name))
        # A link to a folder is walked as a folder by nobody: it goes in as the link that it is.
        links = [name for name in folders if (Path(directory) / name).is_symlink()]
        folders[:] = [name for name in folders if name not in links]
        for name in sorted([*names, *links]):
            if not _left_out(name):
                path = Path(directory) / name
                yield _entry(f"{prefix}/{path.relative_to(folder).as_posix()}", path)


def _left_out(name: str) -> bool:
    return name in _LEFT_OUT_NAMES or name.startswith(".") or name.endswith((".pyc", ".pyo", "~"))


def _entry(path: str, source: Path) -> Entry:
    if source.is_symlink():
        return Entry(path, source, False, str(source.readlink()))
    return Entry(path, source, bool(source.stat().st_mode & stat.S_IXUSR), None)


def context(content: Content, wheels: Iterable[Path]) -> bytes:
    """The build context as a tar archive: the same bytes for the same inputs."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in content.entries:
            member = tarfile.TarInfo(entry.path)
            member.mode = 0o755 if entry.executable else 0o644
            if entry.link is not None:
                member.type, member.linkname = tarfile.SYMTYPE, entry.link
                tar.addfile(member)
                continue
            data = entry.source.read_bytes()
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for wheel in sorted(wheels):
            member = tarfile.TarInfo(f"wheels/{wheel.name}")
            member.mode, member.size = 0o644, wheel.stat().st_size
            with wheel.open("rb") as stream:
                tar.addfile(member, stream)
    return archive.getvalue()


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The names of the inputs that differ, each with how."""
    told = [f"{name} changed" for name in sorted(before.keys() & after.keys()) if before[name] != after[name]]
    told += [f"{name} added" for name in sorted(after.keys() - before.keys())]
    told += [f"{name} removed" for name in sorted(before.keys() - after.keys())]
    return told


def why(before: Mapping[str, str] | None, after: Mapping[str, str], limit: int = 3) -> str:
    """In words: why the image that runs is not the one these inputs make. Empty if it is."""
    if before is None:
        return "first build"
    told = changed(before, after)
    more = f" and {len(told) - limit} more" if len(told) > limit else ""
    return ", ".join(told[:limit]) + more
