"""Releases: a small JSON object beside the state for every deploy that was proven live."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
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
# The images of as many releases are kept in the registry; the releases themselves are kept for ever.
KEPT = 50
_READERS = 16


@dataclass(frozen=True)
class Origin:
    """Where a deploy comes from: the commit that it was planned from, None for the checkout's, the hash of the reviewed
    bundle, the release that it goes back to, the release of another environment whose images it takes."""

    commit: str | None = None
    bundle: str = ""
    rollback_of: str = ""
    promoted_from: dict[str, str] = field(default_factory=dict)


THE_CHECKOUT = Origin()


@dataclass(frozen=True)
class Release:
    """What was live: image URI, tag and manifest (its text) per service, commit, time (UTC) and person.

    `bundle` is the hash of the reviewed bundle that made it live, empty where `up` did it in one go; `plan` that of the
    saved plan that was applied, empty where there was nothing to change. `rollback_of` names the release that it goes
    back to, `promoted_from` (`environment`, `account_id`, `release`) the one whose images it took. `audit` is the id
    of the record of the command that made it.
    """

    number: int
    created_at: str
    created_by: str
    commit: str
    images: dict[str, str]
    tags: dict[str, str]
    manifests: dict[str, str]
    bundle: str = ""
    plan: str = ""
    rollback_of: str = ""
    promoted_from: dict[str, str] = field(default_factory=dict)
    audit: str = ""

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


def history(aws: Aws, last: int | None = None, environment: str = "") -> list[Release]:
    """The environment's releases, the oldest first; only the `last` ones if that is given. Raises `Broken`.

    With `environment` those of another one that keeps its state in the same bucket.
    """
    names = state.keys(aws, f"{environment}/releases/" if environment else _prefix(aws))
    if last is not None:
        names = names[-last:]
    with ThreadPoolExecutor(max_workers=_READERS) as pool:
        found = list(pool.map(lambda name: state.read_as(aws, name, Release), names))
    return [release for release in found if release is not None]


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
    origin: Origin = THE_CHECKOUT,
    plan: str = "",
) -> Release:
    """Write down what is live now, under the first number after `after` that no other machine has taken.

    `plan` is the hash of the plan that was applied. Nothing is written if `after` says the same. Raises `Failure`.
    """
    if after is not None and is_same(after, services, images):
        return after
    command = audit.current()
    release = Release(
        number=after.number + 1 if after else 1,
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        created_by=audit.person(),
        commit=checkout.head().short if origin.commit is None else origin.commit,
        images=uris(images),
        tags={item.service: item.tag for item in images},
        manifests=_manifests(services),
        bundle=origin.bundle,
        plan=plan,
        rollback_of=origin.rollback_of,
        promoted_from=origin.promoted_from,
        audit=command.id if command else "",
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


def ports(release: Release) -> dict[str, tuple[int, ...]]:
    """Per service the ports that its manifest named; empty if this checkout understands its manifests no more."""
    with tempfile.TemporaryDirectory() as folder, suppress(Failure):
        return {service.name: service.listens_at for service in restore_manifests(release, Path(folder) / "manifests")}
    return {}


def backends(release: Release | None) -> frozenset[str]:
    """The services that were backends then; empty without a release, and if its manifests are not understood."""
    with tempfile.TemporaryDirectory() as folder, suppress(Failure):
        found = restore_manifests(release, Path(folder) / "manifests") if release else []
        return frozenset(service.name for service in found if service.kind == "backend")
    return frozenset()


def restore_manifests(release: Release, folder: Path, environment: str | None = None) -> list[Service]:
    """Write the release's manifests below `folder`, which then holds no other, and read them for that environment."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in release.manifests.items():
        atomic.write(folder / name / FILE_NAME, text)
    return manifest.load(folder, environment=environment)


def describe(release: Release | None) -> dict[str, Any] | None:
    """The release as `--json` shows it."""
    if release is None:
        return None
    keep = ("number", "created_at", "created_by", "commit", "bundle", "plan", "rollback_of", "promoted_from")
    return {"name": release.name} | {key: value for key, value in asdict(release).items() if key in keep}
