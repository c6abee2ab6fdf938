"""From a checkout to a place where a plan can be made: emulator or account, state, repositories, images.

What does not depend on each other runs at the same time: on a bare machine the base image takes longest, the emulator,
Terraform's initialisation and the repositories fit beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator import places
from orchestrator.aws import service_role, state
from orchestrator.bundle.on_disk import Bundle
from orchestrator.console import Console
from orchestrator.images import build, checkout, content_hash, delivery
from orchestrator.images.delivery import Base, Wanted
from orchestrator.images.image import Image, uris
from orchestrator.machine import providers
from orchestrator.prepare import autoscaled, counts, repositories
from orchestrator.prepare.autoscaled import Autoscaled
from orchestrator.prepare.counts import Override
from orchestrator.prepare.preflight import Checked
from orchestrator.prepare.selected import Selected
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.proof import rollout
from orchestrator.releases import audit, releases
from orchestrator.releases.releases import Release
from orchestrator.secrets import checking
from orchestrator.target import Target
from orchestrator.terraform import roots, runner, tfvars


@dataclass(frozen=True)
class Prepared:
    """Everything that a plan needs. `root` is the environment's root module, initialised.

    `services` are the checkout's, or an earlier release's, with the keys that encrypt their secrets. `sources` are the
    files and folders that each service's image is made of, where the images are the checkout's. `paused` are services
    that are to have no task: their version failed before any was proven. `waiting` are services that get their tasks by
    a second apply: their `before_deploy` needs what the first one makes. `overrides` are the numbers of tasks that
    `scale` has set, `autoscaled` those that autoscaling has, `moving` the services that this one plan moves to another
    capacity. `commit` is the checkout's, None where that is not what is deployed.
    """

    target: Target
    services: Sequence[Service]
    images: Sequence[Image]
    root: runner.Root
    last: Release | None
    runs: list[str] = field(default_factory=list)
    sources: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    paused: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    overrides: Mapping[str, Override] = field(default_factory=dict)
    moving: frozenset[str] = frozenset()
    autoscaled: Autoscaled = field(default_factory=Autoscaled)
    commit: str | None = None

    @property
    def former_ports(self) -> dict[str, list[int]]:
        """Per service that leaves ports those on which the last release still listens: it serves meanwhile."""
        return ports_left(releases.ports(self.last), self.services) if self.last else {}

    @property
    def deployed(self) -> dict[str, str]:
        """Per service the address of the image that the last release runs."""
        return dict(self.last.images) if self.last else {}

    @property
    def configured(self) -> dict[str, int]:
        """Per service the number of tasks that its manifest or the environment's file asks for."""
        return counts.configured(self.target.environment, self.services)

    @property
    def variables(self) -> dict[str, Any]:
        """What the root module is given beside the environment's own file."""
        values: dict[str, Any] = {
            **manifest.for_terraform(self.services, releases.rules(self.last)),
            "images": self.uris,
            "cpu_architecture": self.target.environment.cpu_architecture,
        }
        if self.former_ports:
            values["former_ports"] = self.former_ports
        if self.moving:
            values["moving"] = sorted(self.moving)
        if self.paused or self.waiting:
            values["paused"] = sorted(self.paused | self.waiting)
        held = counts.holding(self.overrides, self.configured) if self.overrides else {}
        if scaled := {**held, **self.autoscaled.counts}:
            values["scaled"] = scaled
        return {**values, **self.autoscaled.variables}

    def var_files(self) -> list[Path]:
        """The var files of the root module, written."""
        return tfvars.write(self.target, self.root, self.variables)

    @property
    def uris(self) -> dict[str, str]:
        """Per service the image's address by digest."""
        return uris(self.images)


def prepare(
    environment: Environment,
    services: Sequence[Service],
    console: Console,
    *,
    checked: Checked,
    proposed: bool = False,
    selected: Selected | None = None,
) -> Prepared:
    """Start, initialise, build and push whatever is missing; `proposed` as in `delivery`. Raises `Failure`.

    Where some of the services are `selected`, the others' images are taken as they are deployed.
    """
    platform = build.platform(environment.cpu_architecture)
    runs: list[str] = []
    with ThreadPoolExecutor(max_workers=4) as pool:
        building = selected.chosen if selected else services
        base = pool.submit(base_for, building, console)
        commit = pool.submit(checkout.head)
        with console.stage(environment.place.title) as stage:
            target = places.start(environment, stage, checked.target)
            if environment.place.needs_role_of_ecs:
                service_role.ensure(target.aws, stage)
        with console.meanwhile("images", "which of them the registry has"):
            strict = [service.name for service in building]
            services = checking.checked(target.aws, services, console, strict=strict)
            state.ensure_bucket(target.aws)
            audit.reached(target.aws)
            made = pool.submit(initialised_with_repositories, target, services, console, runs)
            last, overrides = releases.latest(target.aws), scaled(target, services, console)
            tags = last.tags if last else {}
            wanted = delivery.wanted(
                target.aws, building, base.result(), platform, tags, proposed=proposed, resolve_tags=True
            )
        if any(image.digest is None for image in wanted):
            pool.submit(lambda: made.result().get_ready())  # there will be a plan
        for image in wanted:
            if image.news:
                console.say(f"{image.service.name}: {image.news}")
        delivered = delivery.deliver(
            target.aws, wanted, base.result(), platform, console,
            docker_host=checked.docker_host, wait_for_repositories=made.result, proposed=proposed,
        )  # fmt: skip
        root = made.result()
    images = sorted([*delivered, *(selected.kept if selected else ())], key=lambda image: image.service)
    return Prepared(
        target, services, images, root, last, runs, sources=sources_of(wanted), overrides=overrides,
        waiting=waiting(target, services, last), autoscaled=autoscaled.read(target, services),
        commit=commit.result().whole,
    )  # fmt: skip


def prepare_bundle(target: Target, services: Sequence[Service], bundle: Bundle, console: Console) -> Prepared:
    """What the apply of a bundle needs: its images are in the registry. Raises `Failure`."""
    runs: list[str] = []
    services = checking.checked(target.aws, services, console)
    root = roots.initialised(target, console, runs)
    sources = {service.name: content_hash.sources(service) for service in services}
    last, overrides = releases.latest(target.aws), scaled(target, services, console)
    return Prepared(
        target, services, list(bundle.images.values()), root, last, runs, sources=sources, overrides=overrides,
        waiting=waiting(target, services, last), autoscaled=autoscaled.read(target, services),
    )  # fmt: skip


def waiting(target: Target, services: Sequence[Service], last: Release | None) -> frozenset[str]:
    """The services that wait for their `before_deploy`."""
    new = among_new(services, last, {})
    found = rollout.services(target, new) if new else {}
    return among_new(services, last, {name: int(item.get("desiredCount", 0)) for name, item in found.items()})


def ports_left(before: Mapping[str, Collection[int]], services: Sequence[Service]) -> dict[str, list[int]]:
    """Per service the ports on which it listened `before` and does no longer. Decides only."""
    left = {
        service.name: [port for port in before.get(service.name, ()) if port not in service.listens_at]
        for service in services
    }
    return {name: ports for name, ports in left.items() if ports}


def among_new(services: Sequence[Service], last: Release | None, running: Mapping[str, int]) -> frozenset[str]:
    """The services that are new and have a `before_deploy`: what its task needs is not there before an apply.

    One that has tasks, for all that no release has it, is not stopped for that. Decides only.
    """
    known = last.manifests if last else {}
    new = {item.name for item in services if item.before_deploy is not None and item.name not in known}
    return frozenset(name for name in new if not running.get(name))


def scaled(target: Target, services: Sequence[Service], console: Console) -> dict[str, Override]:
    """The numbers of tasks that `scale` has set; says which of them hold."""
    found = counts.load(target.aws)
    if not found:
        return {}
    configured = counts.configured(target.environment, services)
    autoscaled_now = {service.name for service in services if service.scaling is not None}
    for line in counts.lines(found, configured, target.environment.name, autoscaled_now):
        console.say(line)
    return found


def sources_of(wanted: Sequence[Wanted]) -> dict[str, tuple[Path, ...]]:
    """Per service the files and folders that its image is made of."""
    return {image.service.name: image.content.sources for image in wanted}


def base_for(services: Sequence[Service], console: Console) -> Base:
    """The base image that this machine can have, if one of these services' images is built on it."""
    if not any(content_hash.needs_base(service) for service in services):
        return delivery.NO_BASE
    from orchestrator.machine import base_image

    with console.stage("base image") as stage:
        chosen = base_image.choose(console, stage)
        stage.result = f"{chosen.reference} ({chosen.origin})"
    return Base(chosen.reference, chosen.content_id)


def initialised_with_repositories(
    target: Target, services: Sequence[Service], console: Console, runs: list[str]
) -> runner.Root:
    """The environment's root module, initialised, once every service has its image repository."""
    providers.terraform_env(console.say)  # says so if the provider comes from a mirror
    repositories.ensure(target, {service.name for service in services}, console, runs)
    return roots.initialised(target, console, runs)
