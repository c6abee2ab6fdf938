"""Some services of the checkout beside the others as they are deployed: what `up --service` brings up."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.errors import ExitCode, Failure
from orchestrator.images.image import Image
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import FILE_NAME, Service
from orchestrator.releases import releases
from orchestrator.releases.releases import Release
from orchestrator.system import atomic, paths


@dataclass(frozen=True)
class Selected:
    """`services` are all: those of `names` as the checkout has them, the others as the last release has.

    `kept` are the others' images, `folder` holds the manifests of all, `before` are those of `names` in the release.
    """

    names: frozenset[str]
    services: tuple[Service, ...]
    kept: tuple[Image, ...]
    folder: Path
    before: tuple[Service, ...] = ()

    @property
    def chosen(self) -> list[Service]:
        """The services that are taken from the checkout."""
        return [service for service in self.services if service.name in self.names]


def select(environment: Environment, names: Sequence[str], last: Release | None) -> Selected:
    """The services for a deploy of these only. Raises `Failure` for a name that means none, and for the first deploy.

    Of the checkout's manifests only those of `names` are read: what is wrong with another service stops nobody.
    """
    known = {file.parent.name for file in manifest.manifests(paths.SERVICES)}
    check(environment.name, names, known, last)
    assert last is not None
    folder = environment.work / "selected"
    before = [item for item in releases.restore_manifests(last, folder, environment.name) if item.name in names]
    for name in names:
        text = (paths.SERVICES / name / FILE_NAME).read_text(encoding="utf-8")
        shutil.rmtree(folder / name, ignore_errors=True)
        atomic.write(folder / name / FILE_NAME, text)
    services = [
        replace(item, folder=paths.SERVICES / item.name) if item.name in names else item
        for item in _load(folder, environment.name)
    ]
    kept = [image for image in last.deployed if image.service not in names]
    return Selected(frozenset(names), tuple(services), tuple(kept), folder, tuple(before))


def check(environment: str, names: Sequence[str], known: Collection[str], last: Release | None) -> None:
    """Raise `Failure` if one of the names is no service that can be deployed beside the last release. Decides only."""
    for name in names:
        if name in known:
            continue
        if last is not None and name in last.manifests:
            raise Failure(
                f"{name} is no longer in the checkout, and is deployed as of {last.name}",
                reason=f"--service deploys what is in services/{name}, and that is gone.",
                next_step=f"python3 orchestrate.py up {environment}   removes it, and deploys the other services",
                exit_code=ExitCode.USAGE,
            )
        near = difflib.get_close_matches(name, known, n=1)
        raise Failure(
            f"there is no service {name!r}",
            reason=f"The services of the checkout: {', '.join(sorted(known)) or 'none'}."
            + (f" Did you mean {near[0]}?" if near else ""),
            next_step=f"python3 orchestrate.py up {environment} --service {near[0] if near else 'NAME'}",
            exit_code=ExitCode.USAGE,
        )
    if last is None:
        raise Failure(
            f"nothing has been deployed to {environment} yet",
            reason="--service keeps the other services as they are deployed, and none is.",
            next_step=f"python3 orchestrate.py up {environment}   deploys all of them",
        )


def _load(folder: Path, environment: str) -> list[Service]:
    """The manifests in the folder; what is wrong with one is said of the file in the checkout that it comes from."""
    try:
        return manifest.load(folder, environment=environment)
    except Failure as failure:
        for place in (str(folder.relative_to(paths.ROOT)) if folder.is_relative_to(paths.ROOT) else "", str(folder)):
            if place:
                failure.reason = failure.reason.replace(place, str(paths.SERVICES.relative_to(paths.ROOT)))
        raise
