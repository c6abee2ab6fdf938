"""Content-addressed images: the tag is a hash over everything that goes in.

The same files give the same tag on every machine, so asking the registry for the tag tells whether there is anything
to build. What went in is kept beside the state, so that the next run can say which input changed.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, cast

from orchestrator.errors import Failure
from orchestrator.images import build_context, dockerfile, dockerignore, own_context
from orchestrator.images.build_context import Entry, LeftOut, Tree
from orchestrator.images.own_context import Recipe
from orchestrator.project.manifest import FILE_NAME, Service
from orchestrator.system import paths

# Folders beside the services that go into every build context: what they share, and what the build itself runs.
SHARED = ("servicekit", "image")
TAG_DIGITS = 16
# Bumped when what the build does with the same inputs changes.
CONTEXT_VERSION = "3"
_LOCK = "service/requirements.txt"


@dataclass(frozen=True)
class Content:
    """What goes into a service's image. `inputs` maps each input's name to its hash; `tag` is the hash of all.

    `sources` are the folders and files that the entries come from, `left_out` is what of them does not go along.
    `requirements` is the lock file of its wheels; only a service with a Dockerfile of its own may have none. `recipe`
    is set where the Dockerfile has a context of its own, `ending` is what is put behind the shared Dockerfile.
    """

    service: str
    entries: tuple[Entry, ...] = field(repr=False)
    inputs: Mapping[str, str] = field(repr=False)
    sources: tuple[Path, ...] = field(repr=False)
    requirements: Path | None = None
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)
    recipe: Recipe | None = None
    ending: str = field(default="", repr=False)

    @property
    def tag(self) -> str:
        """The image's tag, 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for name, value in sorted(self.inputs.items()):
            digest.update(f"{name}\0{value}\0".encode())
        return digest.hexdigest()[:TAG_DIGITS]


@dataclass(frozen=True)
class _Found:
    """The files that an image is made of, not read yet."""

    requirements: Path | None
    dockerfile: Path
    entries: tuple[Entry, ...]
    trees: tuple[Tree, ...]


class Beside:
    """What of the folder `services` goes into every image, read once for services that are looked at together."""

    def __init__(self, services: Path = paths.SERVICES) -> None:
        self.services = services

    @cached_property
    def trees(self) -> tuple[Tree, ...]:
        """The folders of `SHARED`."""
        folders = ((name, self.services / name) for name in SHARED)
        return tuple(build_context.read(folder, name, folder / dockerignore.NAME) for name, folder in folders)

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Each file's hash, by its path in the context."""
        return {entry.path: entry.digest() for tree in self.trees for entry in tree.entries}


def content(service: Service, *, base: str, platform: str, tools: Path, beside: Beside | None = None) -> Content:
    """What goes into the image of `service`, on the base image `base`, for `platform` (`linux/amd64`).

    `tools` is the lock file of what the build itself uses (pip). Raises `Failure` for what cannot go in.
    """
    if service.build is not None:
        return _of_own_context(service, base, platform)
    beside = beside or Beside()
    found = _find(service, beside)
    inputs = {entry.path: beside.inputs.get(entry.path) or entry.digest() for entry in found.entries}
    # The wheels are what the lock file says, for one platform: hashing the lock file covers them.
    if found.requirements is not None and all(entry.path != _LOCK or entry.link for entry in found.entries):
        inputs["wheels"] = build_context.entry(_LOCK, found.requirements).digest()
    inputs |= {
        "build tools": hashlib.sha256(tools.read_bytes()).hexdigest(),
        "base image": base,
        "platform": platform,
        "context": CONTEXT_VERSION,
    }
    ending = ""
    if shares_dockerfile(service):
        written = [volume.path for _, volume in sorted(service.volumes.items()) if volume.file_system is None]
        ending = dockerfile.folders(written, service.user)
    if ending:
        inputs["volumes"] = hashlib.sha256(ending.encode()).hexdigest()
    return Content(
        service.name,
        tuple(sorted(found.entries, key=lambda entry: entry.path)),
        inputs,
        sources=_sources(found.dockerfile, service, beside.services),
        requirements=found.requirements,
        left_out=tuple(item for tree in found.trees for item in tree.left_out),
        ending=ending,
    )


def _of_own_context(service: Service, base: str, platform: str) -> Content:
    found = own_context.find(service)
    inputs = {entry.path: entry.digest() for entry in found.tree.entries} | found.recipe.inputs()
    inputs |= {"platform": platform, "context version": CONTEXT_VERSION}
    if found.recipe.uses_base:
        inputs["base image"] = base
    return Content(
        service.name,
        tuple(sorted(found.tree.entries, key=lambda entry: entry.path)),
        inputs,
        sources=(found.dockerfile, found.folder),
        left_out=found.tree.left_out,
        recipe=found.recipe,
    )


def shares_dockerfile(service: Service) -> bool:
    """True if the image of `service` is built by the Dockerfile of the services that have none of their own."""
    return not (service.image or service.build or os.path.lexists(service.folder / "Dockerfile"))


def needs_base(service: Service) -> bool:
    """True if the image of `service` is built on this project's base image. Raises `Failure` as `content` does."""
    if service.image:
        return False
    return service.build is None or own_context.find(service).recipe.uses_base


def sources(service: Service, services: Path = paths.SERVICES) -> tuple[Path, ...]:
    """The files and folders that the image of `service` is made of. Raises `Failure` if one of them is not there."""
    if service.image:
        return (service.folder / FILE_NAME,)
    if service.build is not None:
        own = own_context.find(service)
        return (own.dockerfile, own.folder)
    return _sources(_dockerfile(service, services), service, services)


def _sources(dockerfile: Path, service: Service, services: Path) -> tuple[Path, ...]:
    return (dockerfile, service.folder, *(services / name for name in SHARED))


def left_out(service: Service, folder: Path = paths.SERVICES) -> list[Path]:
    """What of the folders of a service's image decides nothing about it. Raises `Failure` as `content` does."""
    return uncounted(item for tree in _trees(service, Beside(folder)) for item in tree.left_out)


def uncounted(left_out: Iterable[LeftOut]) -> list[Path]:
    """Of what does not go along, what does not matter for it either: ignore files and manifests say what is made."""
    decisive = (dockerignore.NAME, FILE_NAME)
    return [item.source for item in left_out if not item.source.name.endswith(decisive)]


def check(services: Sequence[Service], folder: Path = paths.SERVICES) -> list[str]:
    """Look through everything that goes into the images without reading it. Returns what is to be warned of.

    Raises `Failure` for the first thing that cannot go in.
    """
    beside = Beside(folder)
    trees = [tree for service in services for tree in _trees(service, beside)]
    return list(dict.fromkeys(warning for tree in trees for warning in tree.warnings))


def _trees(service: Service, beside: Beside) -> tuple[Tree, ...]:
    if service.image:
        return ()
    return (own_context.find(service).tree,) if service.build is not None else _find(service, beside).trees


def _dockerfile(service: Service, services: Path) -> Path:
    """The service's own, or the one that services share. Raises `Failure` if something is not there."""
    own = service.folder / "Dockerfile"
    has_own = os.path.lexists(own)
    file = own if has_own else services / "Dockerfile"
    requirements = service.folder / "requirements.txt"
    for needed in (requirements, file):
        if not os.path.lexists(needed) and not (needed == requirements and has_own):
            raise Failure(
                f"{service.name} has no {needed.name}",
                reason=f"{needed} does not exist.",
                next_step="see services/README.md for what a service's folder holds",
            )
    return file


def _find(service: Service, beside: Beside) -> _Found:
    file = _dockerfile(service, beside.services)
    requirements = service.folder / "requirements.txt"
    # As BuildKit has it: the ignore file of this very Dockerfile counts instead of the folder's.
    particular = service.folder / f"Dockerfile{dockerignore.NAME}"
    counts = file.parent == service.folder and os.path.lexists(particular)
    ignore_file = particular if counts else service.folder / dockerignore.NAME
    trees = (build_context.read(service.folder, "service", ignore_file), *beside.trees)
    entries = (build_context.entry("Dockerfile", file), *(entry for tree in trees for entry in tree.entries))
    if not os.path.lexists(requirements):
        return _Found(None, file, entries, trees)
    build_context.entry(_LOCK, requirements)
    return _Found(requirements, file, entries, trees)


def write_context(content: Content, wheels: Iterable[Path], into: IO[bytes]) -> None:
    """Write the build context as a tar archive: the same bytes for the same inputs.

    Raises `Failure` if a file is no longer the one that the tag was made of.
    """
    added = content.recipe.added if content.recipe else {}
    below = f"{own_context.PREFIX}/" if content.recipe else ""
    with tarfile.open(fileobj=into, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in content.entries:
            if (name := entry.path.removeprefix(below)) not in added:
                add(tar, name, entry, content.inputs[entry.path], content.ending if name == "Dockerfile" else "")
        for name, data in sorted(added.items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for wheel in sorted(wheels):
            member = tarfile.TarInfo(f"wheels/{wheel.name}")
            member.mode, member.size = 0o644, wheel.stat().st_size
            with wheel.open("rb") as stream:
                tar.addfile(member, stream)


def add(tar: tarfile.TarFile, name: str, entry: Entry, expected: str, ending: str = "") -> None:
    """Put an entry into the archive, `ending` behind its content. Raises `Failure` if its hash is not `expected`."""
    member = tarfile.TarInfo(name)
    member.mode = 0o755 if entry.executable else 0o644
    if entry.link is not None:
        member.type, member.linkname = tarfile.SYMTYPE, entry.link
        tar.addfile(member)
        return
    with entry.opened() as stream:
        size = stream.size()
        whole = io.BytesIO(stream.read(size) + ending.encode()) if ending else stream
        member.size = size + len(ending.encode())
        try:
            tar.addfile(member, cast(IO[bytes], whole))
        except OSError as error:
            if error.errno is not None:
                raise
            # tarfile's own: the file has become shorter.
        if stream.read(1) or stream.digest() != expected:
            raise Failure(
                f"{build_context.shown(entry.source)} was changed while the image was being built",
                reason="Its content is not what the image's tag was made of any more.",
                next_step="run the same command again",
            )


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
