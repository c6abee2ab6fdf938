"""To the place where a plan can be made without an engine: images are taken as they are, the others are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from orchestrator.aws import state
from orchestrator.console import Console
from orchestrator.images import build, delivery
from orchestrator.images.delivery import Base, Wanted
from orchestrator.prepare import autoscaled, prepare
from orchestrator.prepare.prepare import Prepared
from orchestrator.project.manifest import Service
from orchestrator.releases import releases
from orchestrator.secrets import checking
from orchestrator.target import Target
from orchestrator.terraform import roots


def prepared(target: Target, services: Sequence[Service], console: Console) -> Prepared:
    """Everything that a plan needs; nothing is built, pushed or made but the state bucket. Raises `Failure`.

    An image that the registry lacks is marked as missing, and the deployed one stands in for it.
    """
    runs: list[str] = []
    services = checking.checked(target.aws, services, console)
    state.ensure_bucket(target.aws)
    with ThreadPoolExecutor(max_workers=1) as pool:
        root = pool.submit(roots.initialised, target, console, runs)
        last, overrides = releases.latest(target.aws), prepare.scaled(target, services, console)
        with console.stage("images") as stage:
            found, base = wanted(target, services, last.tags if last else {})
            images = delivery.as_it_is(target.aws, found, last.images if last else {})
            missing = [image.service for image in images if image.missing]
            stage.result = f"to be built: {', '.join(missing)} (base image: {base})" if missing else "all there"
        return Prepared(
            target, services, images, root.result(), last, runs, sources=prepare.sources_of(found), overrides=overrides,
            waiting=prepare.waiting(target, services, last), autoscaled=autoscaled.read(target, services),
        )  # fmt: skip


def wanted(target: Target, services: Sequence[Service], deployed: Mapping[str, str]) -> tuple[list[Wanted], str]:
    """The images that the checkout asks for, and the base image in words.

    Only an engine can tell which base image this copy would choose for the first time. So: the one on which more of
    the images are built already, as it is on the machine that builds them.
    """
    from orchestrator.machine import base_image

    platform = build.platform(target.environment.cpu_architecture)
    tried = []
    for base in base_image.candidates():
        chosen = Base(base.reference, base.content_id)
        tried.append((delivery.wanted(target.aws, services, chosen, platform, deployed), base.description))
    return max(tried, key=lambda pair: _agreement(pair[0]))


def _agreement(wanted: Sequence[Wanted]) -> tuple[int, int]:
    return (
        sum(image.digest is not None for image in wanted),
        sum("base image changed" not in image.why for image in wanted),
    )
