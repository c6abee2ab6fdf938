"""Compares an environment with the checkout: asks ECS, the registry and git at once; plans and builds nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.aws import ecr
from orchestrator.errors import Failure
from orchestrator.images import checkout
from orchestrator.images.delivery import Wanted as WantedImage
from orchestrator.prepare import autoscaled, counts, unbuilt
from orchestrator.project import commit
from orchestrator.project.commit import Commit
from orchestrator.project.manifest import Service
from orchestrator.releases import releases
from orchestrator.releases.releases import Release
from orchestrator.running import differences, services, wanted
from orchestrator.running.differences import Difference, Image
from orchestrator.running.wanted import Wanted
from orchestrator.target import Target


@dataclass(frozen=True)
class Comparison:
    """What runs, by its last release, and what the checkout is, by its commit; and every service's difference."""

    release: Release | None
    head: Commit
    services: Sequence[Difference]

    @property
    def differs(self) -> bool:
        """True if `up` would change a service."""
        return any(item.status != "same" for item in self.services)


def compare(target: Target, asked: Sequence[Service]) -> Comparison:
    """Compare the environment with the services of the checkout. Raises `Failure` if nothing is deployed."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        now = pool.submit(services.running, target)
        head = pool.submit(checkout.head)
        release = releases.latest(target.aws)
        images = _images(target, asked, release)
        running = now.result()
        if not running:
            raise nothing_deployed(target)
        found = differences.all_of(
            running,
            _scaled(target, asked, wanted.wanted(target.environment, asked)),
            images,
            _released(release, target.environment.name),
            release.images if release else {},
        )
        return Comparison(release, head.result(), found)


def _scaled(target: Target, asked: Sequence[Service], found: Mapping[str, Wanted]) -> dict[str, Wanted]:
    """What the checkout asks for, with the numbers of tasks that `scale` or autoscaling has set: `up` keeps those."""
    configured = counts.configured(target.environment, asked)
    held = counts.holding(counts.load(target.aws), configured) | dict(autoscaled.read(target, asked).counts)
    return {name: replace(item, count=held.get(name, item.count)) for name, item in found.items()}


def nothing_deployed(target: Target) -> Failure:
    """The failure where there is nothing to look at."""
    name = target.environment.name
    return Failure(
        f"nothing is deployed to {name}",
        reason=f"There is no cluster {target.environment.prefix} with services.",
        next_step=f"python3 orchestrate.py up {name}",
    )


def _images(target: Target, asked: Sequence[Service], release: Release | None) -> Mapping[str, Image]:
    found, _ = unbuilt.wanted(target, asked, release.tags if release else {})

    def one(image: WantedImage) -> Image:
        name = image.service.name
        same = release is not None and release.tags.get(name) == image.tag
        commits = commit.between(release.commit, image.content.sources) if release and not same else ()
        return Image(image.tag, ecr.uri(target.aws, name, image.digest) if image.digest else None, image.why, commits)

    with ThreadPoolExecutor(max_workers=4) as pool:
        return dict(zip([image.service.name for image in found], pool.map(one, found), strict=True))


def _released(release: Release | None, environment: str) -> dict[str, Service]:
    """The manifests of the last release; none if this checkout does not understand them any more."""
    if release is None:
        return {}
    with tempfile.TemporaryDirectory() as folder, suppress(Failure):
        return {
            item.name: item for item in releases.restore_manifests(release, Path(folder) / "manifests", environment)
        }
    return {}
