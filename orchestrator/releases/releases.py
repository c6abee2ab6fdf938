"""Releases: a small JSON object beside the state for every deploy that was proven live."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.images import checkout
from orchestrator.images.image import Image, uris
from orchestrator.project import manifest
from orchestrator.project.manifest import FILE_NAME, Service
from orchestrator.releases import audit
from orchestrator.system import atomic

NUMBERS_TO_TRY = 20


@dataclass(frozen=True)
class Release:
    """What was live: image URI, tag and manifest (its text) per service, commit, time (UTC) and person.

    `bundle` is the hash of the reviewed bundle that made it live; empty where `up` did it in one go.
    """

    number: int
    created_at: str
    created_by: str
    commit: str
    images: dict[str, str]
    tags: dict[str, str]
    manifests: dict[str, str]
    bundle: str = ""

    @property
    def name(self) -> str:
        """How people speak of it: `r7`."""
        return f"r{self.number}"

    @property
    def deployed(self) -> list[Image]:
        """Its images."""
        return [Image(name, self.tags[name], uri, self.name) for name, uri in self.images.items()]


def _prefix(aws: Aws) -> str:
    return f"{aws.environment.name}/releases/"


def latest(aws: Aws) -> Release | None:
    """The last release of the environment, or None before the first."""
    found = state.keys(aws, _prefix(aws))
    return state.read_as(aws, found[-1], Release) if found else None


def is_same(release: Release, services: Sequence[Service], images: Sequence[Image]) -> bool:
    """True if these images and manifests are the release's."""
    return (release.images, release.manifests) == (uris(images), _manifests(services))


def _manifests(services: Sequence[Service]) -> dict[str, str]:
    return {service.name: (service.folder / FILE_NAME).read_text(encoding="utf-8") for service in services}


def record(
    aws: Aws,
    services: Sequence[Service],
    images: Sequence[Image],
    after: Release | None,
    *,
    planned_at: str = "",
    bundle: str = "",
) -> Release:
    """Write down what is live now, under the first number after `after` that no other machine has taken.

    `planned_at` is the commit that it was planned from, if not the checkout's. Nothing is written if `after` says the
    same. Raises `Failure`.
    """
    if after is not None and is_same(after, services, images):
        return after
    release = Release(
        number=after.number + 1 if after else 1,
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        created_by=audit.person(),
        commit=planned_at or checkout.head().short,
        images=uris(images),
        tags={item.service: item.tag for item in images},
        manifests=_manifests(services),
        bundle=bundle,
    )
    for _ in range(NUMBERS_TO_TRY):
        if state.create(aws, f"{_prefix(aws)}{release.number:06d}.json", asdict(release)):
            return release
        release = replace(release, number=release.number + 1)
    raise Failure(
        f"the release of {aws.environment.name} could not be written down",
        reason=f"Other machines took the {NUMBERS_TO_TRY} numbers up to r{release.number - 1} first.",
        next_step="run the same command again: it changes nothing more and records what is live",
    )


def ports(release: Release) -> dict[str, int]:
    """Per service the port that its manifest named; empty if this checkout understands its manifests no more."""
    with tempfile.TemporaryDirectory() as folder, suppress(Failure):
        return {service.name: service.port for service in restore_manifests(release, Path(folder) / "manifests")}
    return {}


def restore_manifests(release: Release, folder: Path) -> list[Service]:
    """Write the release's manifests below `folder`, which then holds no other, and read them."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in release.manifests.items():
        atomic.write(folder / name / FILE_NAME, text)
    return manifest.load(folder)


def describe(release: Release | None) -> dict[str, Any] | None:
    """The release as `--json` shows it."""
    if release is None:
        return None
    keep = ("number", "created_at", "created_by", "commit", "bundle")
    return {"name": release.name} | {key: value for key, value in asdict(release).items() if key in keep}
