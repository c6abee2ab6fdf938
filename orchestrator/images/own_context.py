"""A Dockerfile with a context of its own: `build:` in the manifest, as `docker build --file DOCKERFILE CONTEXT` has it.

The context's root is the folder that is named. What goes along is what the ignore file lets, and nothing is dropped
beside that but the service's own manifest and this copy's work folder: a change of either makes no new image.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.errors import Failure
from orchestrator.images import build_context, dockerfile, dockerignore
from orchestrator.images.build_context import Tree
from orchestrator.project.manifest import FILE_NAME, Service
from orchestrator.system import paths

# Where the files of the context stand among a content's inputs.
PREFIX = "context"


@dataclass(frozen=True)
class Recipe:
    """How the image is built of its context.

    `file` is the Dockerfile's path in what is sent to the engine, `text` what it says. `added` are the small files that
    are sent although the folder does not hold them. `declared` are the build arguments that the Dockerfile takes.
    """

    file: str
    text: bytes = field(repr=False)
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    network: bool = False
    added: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    declared: frozenset[str] = frozenset()

    @property
    def uses_base(self) -> bool:
        """True if it builds on this project's base image, which it gets as BASE_IMAGE."""
        return "BASE_IMAGE" in self.declared and "BASE_IMAGE" not in self.arguments

    def inputs(self) -> dict[str, str]:
        """What decides about the image beside the context's files."""
        found = {"Dockerfile": hashlib.sha256(self.text).hexdigest()}
        if self.target:
            found["build target"] = self.target
        if self.network:
            found["build network"] = "true"
        return found | {f"build argument {name}": value for name, value in self.arguments.items()}


@dataclass(frozen=True)
class Found:
    """The files of a context, not read yet, and how they are built."""

    folder: Path
    dockerfile: Path
    tree: Tree
    recipe: Recipe


def find(service: Service) -> Found:
    """What the `build:` of a service's manifest names. Raises `Failure`."""
    build = service.build
    assert build is not None
    folder = _within(service, build.context, "context")
    if not folder.is_dir():
        raise _missing(service, "context", build.context, "is no folder")
    file = _within(service, build.dockerfile, "dockerfile")
    if not file.is_file():
        raise _missing(service, "dockerfile", build.dockerfile, "is no file")
    particular = file.with_name(f"{file.name}{dockerignore.NAME}")
    ignore_file = particular if os.path.lexists(particular) else folder / dockerignore.NAME
    tree = build_context.read(folder, PREFIX, ignore_file, defaults=_defaults(service, folder), links_may_leave=True)
    with build_context.entry("Dockerfile", file).opened() as stream:
        text = stream.read(stream.size() + 1)
    return Found(folder, file, tree, _recipe(service, folder, file, tree, text))


def _recipe(service: Service, folder: Path, file: Path, tree: Tree, text: bytes) -> Recipe:
    build = service.build
    assert build is not None
    sent = {item.path.removeprefix(f"{PREFIX}/"): item for item in tree.entries}
    name = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else ""
    added: dict[str, bytes] = {}
    if name not in sent or sent[name].link is not None:
        # As Docker's client does it: under a name that the ignore file in the context keeps out of the image.
        name = f".dockerfile.{hashlib.sha256(build.dockerfile.encode()).hexdigest()[:20]}"
        ignored = dockerignore.NAME.encode()
        if dockerignore.NAME in sent:
            ignored = (folder / dockerignore.NAME).read_bytes()
        added = {name: text, dockerignore.NAME: ignored + f"\n{name}\n".encode()}
    return Recipe(
        name, text, build.target or "", dict(build.arguments), build.network, added,
        dockerfile.arguments(text.decode(errors="replace")),
    )  # fmt: skip


def _within(service: Service, path: str, key: str) -> Path:
    """A path of the manifest, which may lead out of the service's folder, but not out of the checkout."""
    found = Path(os.path.normpath(service.folder / path))
    root = service.folder.parent.parent
    if Path(path).is_absolute() or not found.resolve().is_relative_to(root.resolve()):
        raise Failure(
            f"{_manifest(service)}: build.{key} leads out of the checkout",
            reason=f"{path} is {found}. Another machine does not have what is there.",
            next_step=f"name a place below {root}, relative to the service's folder",
        )
    return found


def _missing(service: Service, key: str, path: str, what: str) -> Failure:
    return Failure(
        f"{_manifest(service)}: build.{key} {what}",
        reason=f"{path} is {build_context.shown(Path(os.path.normpath(service.folder / path)))}.",
        next_step=f"correct build.{key}; it is relative to the service's folder",
    )


def _manifest(service: Service) -> str:
    return build_context.shown(service.folder / FILE_NAME)


def _defaults(service: Service, folder: Path) -> dockerignore.Ignore:
    """What is left out unless a line of the ignore file takes it back."""
    left_out = (service.folder / FILE_NAME, paths.WORK)
    names = (item.relative_to(folder).as_posix() for item in left_out if item.is_relative_to(folder))
    return dockerignore.parse("\n".join(names))
