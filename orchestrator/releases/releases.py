"""Releases: a small JSON object beside the state for every deploy that was proven live."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.images.image import Image, uris
from orchestrator.project import routing
from orchestrator.releases import audit
from orchestrator.system import atomic

if TYPE_CHECKING:
    from orchestrator.project.manifest import Service

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
    of the record of the command that made it. `rules` are the priorities of its listener rules, by path.
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
    rules: dict[str, int] = field(default_factory=dict)

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


def _key(aws: Aws, number: int) -> str:
    return f"{_prefix(aws)}{number:06d}.json"


def latest(aws: Aws) -> Release | None:
    """The last release of the environment, or None before the first."""
    found = state.keys(aws, _prefix(aws))
    return state.read_as(aws, found[-1], Release) if found else None


def numbered(aws: Aws, number: int) -> Release | None:
    """The release of that number, or None. Raises `Broken`."""
    return state.read_as(aws, _key(aws, number), Release)


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
    from orchestrator.project.manifest import FILE_NAME

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
    from orchestrator.images import checkout

    if after is not None and is_same(after, services, images):
        return after
    command = audit.current()
    release = Release(
        number=after.number + 1 if after else 1,
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        created_by=audit.person(),
        commit=checkout.head().whole if origin.commit is None else origin.commit,
        images=uris(images),
        tags={item.service: item.tag for item in images},
        manifests=_manifests(services),
        bundle=origin.bundle,
        plan=plan,
        rollback_of=origin.rollback_of,
        promoted_from=origin.promoted_from,
        audit=command.id if command else "",
        rules=routing.priorities(_paths(services), rules(after)),
    )
    for _ in range(NUMBERS_TO_TRY):
        if state.create(aws, _key(aws, release.number), asdict(release)):
            return release
        release = replace(release, number=release.number + 1)
    raise Failure(
        f"the release of {aws.environment.name} could not be written down",
        reason=f"Other machines took the {NUMBERS_TO_TRY} numbers up to r{release.number - 1} first.",
        next_step="run the same command again: it changes nothing more and records what is live",
    )


def ports(release: Release) -> dict[str, tuple[int, ...]]:
    """Per service the ports that its manifest named; empty if this checkout understands its manifests no more."""
    with suppress(Failure):
        return {service.name: service.listens_at for service in _services(tuple(sorted(release.manifests.items())))}
    return {}


def rules(release: Release | None) -> dict[str, int]:
    """Path => priority of the listener rules that it has; empty without a release."""
    if release is None or release.rules:
        return dict(release.rules) if release else {}
    # One from before they were written down: then no two paths had the same place.
    with suppress(Failure):
        return routing.priorities(_paths(_services(tuple(sorted(release.manifests.items())))), {})
    return {}


def _paths(services: Sequence[Service]) -> Iterator[str]:
    return (path for service in services for route in service.routes for path in route.paths)


def backends(release: Release | None) -> frozenset[str]:
    """The services that were backends then; empty without a release, and if its manifests are not understood."""
    with suppress(Failure):
        found = _services(tuple(sorted(release.manifests.items()))) if release else ()
        return frozenset(service.name for service in found if service.kind == "backend")
    return frozenset()


# Asked for several times in one command, which takes as long as the services are many.
@lru_cache(maxsize=4)
def _services(manifests: tuple[tuple[str, str], ...]) -> tuple[Service, ...]:
    """The services of these manifests (name and text), as they are in no environment."""
    with tempfile.TemporaryDirectory() as folder:
        return tuple(_restored(dict(manifests), Path(folder) / "manifests", None))


def restore_manifests(release: Release, folder: Path, environment: str | None = None) -> list[Service]:
    """Write the release's manifests below `folder`, which then holds no other, and read them for that environment."""
    return _restored(release.manifests, folder, environment)


def _restored(manifests: Mapping[str, str], folder: Path, environment: str | None) -> list[Service]:
    from orchestrator.project import manifest
    from orchestrator.project.manifest import FILE_NAME

    shutil.rmtree(folder, ignore_errors=True)
    for name, text in manifests.items():
        atomic.write(folder / name / FILE_NAME, text)
    return manifest.load(folder, environment=environment)


def describe(release: Release | None) -> dict[str, Any] | None:
    """The release as `--json` shows it."""
    if release is None:
        return None
    return {
        "name": release.name,
        "number": release.number,
        "created_at": release.created_at,
        "created_by": release.created_by,
        "commit": release.commit or None,
        "bundle": release.bundle or None,
        "plan": release.plan or None,
        "rollback_of": release.rollback_of or None,
        "promoted_from": promoted_json(release.promoted_from),
    }


def promoted_json(promoted_from: Mapping[str, str]) -> dict[str, str] | None:
    """Where a release's images were promoted from, as `--json` shows it."""
    if not promoted_from:
        return None
    return {
        "environment": promoted_from["environment"],
        "account_id": promoted_from["account_id"],
        "release_name": promoted_from["release"],
    }
