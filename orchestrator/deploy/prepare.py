"""From a checkout to a place where a plan can be made: emulator or account, state, repositories, images.

What does not depend on each other runs at the same time: on a bare machine the base image takes longest, the emulator,
Terraform's initialisation and the repositories fit beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator import target as targets
from orchestrator.aws import ecr, state, state_lock
from orchestrator.bundle.on_disk import Bundle
from orchestrator.console import Console
from orchestrator.deploy import releases
from orchestrator.deploy.releases import Release
from orchestrator.images import build, delivery
from orchestrator.images.delivery import Base, Delivered, Wanted
from orchestrator.machine import providers
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.system import paths
from orchestrator.target import Target
from orchestrator.terraform import runner
from orchestrator.terraform.narrator import Narrator

REGISTRY_APPLIED = "registry/applied.json"


@dataclass(frozen=True)
class Prepared:
    """Everything that a plan needs. `root` is the environment's root module, initialised.

    `services_dir` is set where the manifests are not the checkout's: an earlier release's. `sources` are the files and
    folders that each service's image is made of, where the images are the checkout's. `paused` are services that are to
    have no task: their version failed before any was proven.
    """

    target: Target
    services: Sequence[Service]
    images: Sequence[Delivered]
    root: runner.Root
    last: Release | None
    runs: list[str] = field(default_factory=list)
    services_dir: Path | None = None
    sources: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    paused: frozenset[str] = frozenset()

    @property
    def former_ports(self) -> dict[str, list[int]]:
        """Per service that changes its port the one on which the last release listens: it serves meanwhile."""
        before = releases.ports(self.last) if self.last else {}
        return {
            service.name: [before[service.name]]
            for service in self.services
            if before.get(service.name, service.port) != service.port
        }

    @property
    def deployed(self) -> dict[str, str]:
        """Per service the address of the image that the last release runs."""
        return dict(self.last.images) if self.last else {}

    @property
    def uris(self) -> dict[str, str]:
        """Per service the image's address by digest."""
        return delivery.uris(self.images)


def prepare(
    environment: Environment,
    services: Sequence[Service],
    console: Console,
    *,
    docker_host: str | None,
    proposed: bool = False,
) -> Prepared:
    """Start, initialise, build and push whatever is missing; `proposed` as in `delivery`. Raises `Failure`."""
    platform = build.platform(environment.cpu_architecture)
    runs: list[str] = []
    with ThreadPoolExecutor(max_workers=4) as pool:
        base = pool.submit(choose_base, console)
        with console.stage("emulated AWS" if environment.is_local else "AWS account") as stage:
            target = targets.start(environment, console, stage)
            state.ensure_bucket(target.aws)
        roots = pool.submit(_roots, target, services, console, runs)
        last = releases.latest(target.aws)
        wanted = delivery.wanted(
            target.aws, services, base.result(), platform, last.tags if last else {}, proposed=proposed
        )
        delivered = delivery.deliver(
            target.aws, wanted, base.result(), platform, console,
            docker_host=docker_host, wait_for_repositories=roots.result, proposed=proposed,
        )  # fmt: skip
        root = roots.result()
    return Prepared(target, services, delivered, root, last, runs, sources=sources_of(wanted))


def prepare_bundle(target: Target, services: Sequence[Service], bundle: Bundle, console: Console) -> Prepared:
    """What the apply of a bundle needs: its images are in the registry. Raises `Failure`."""
    runs: list[str] = []
    images = [
        Delivered(item.service, item.tag, item.digest, item.uri, False, False, item.why)
        for item in bundle.images.values()
    ]
    root = initialised(target, console, runs)
    return Prepared(target, services, images, root, releases.latest(target.aws), runs)


def sources_of(wanted: Sequence[Wanted]) -> dict[str, tuple[Path, ...]]:
    """Per service the files and folders that its image is made of."""
    return {image.service.name: image.content.sources for image in wanted}


def initialised(target: Target, console: Console, runs: list[str]) -> runner.Root:
    """The environment's root module, initialised; the repositories are taken as they are."""
    providers.terraform_env(console.say)
    root = environment_root(target, runs)
    initialise(root, target, console)
    return root


def choose_base(console: Console) -> Base:
    """The base image that this machine can have."""
    from orchestrator.machine import base_image

    with console.stage("base image") as stage:
        chosen = base_image.choose(console, stage)
        stage.result = f"{chosen.reference} ({chosen.origin})"
    return Base(chosen.reference, chosen.content_id)


def environment_root(target: Target, runs: list[str]) -> runner.Root:
    """The environment's root module with its data folder in this copy's work folder."""
    return _root(target, "environment", target.environment.work, runs)


def backend_key(environment: Environment, name: str) -> str:
    """The first part of the state's key: the registry is shared by all environments of an account."""
    return "registry" if name == "registry" else environment.name


def _root(target: Target, name: str, work: Path, runs: list[str]) -> runner.Root:
    variables = target.aws.child_environment(**providers.terraform_env())
    lock = state_lock.Lock(target.aws, state.backend(target.aws, backend_key(target.environment, name))["key"])
    return runner.Root(paths.TERRAFORM / name, work / f"terraform-{name}", variables, runs, lock)


def _roots(target: Target, services: Sequence[Service], console: Console, runs: list[str]) -> runner.Root:
    environment = target.environment
    providers.terraform_env(console.say)  # says so if the provider comes from a mirror
    root = environment_root(target, runs)
    names = {service.name for service in services}
    existing = ecr.existing_repositories(target.aws)
    applied = state.read_made_again(target.aws, REGISTRY_APPLIED)
    keep = kept(applied, existing, names)
    if applied.get("fingerprint") != _registry_fingerprint(environment, names | keep) or not names <= existing:
        _apply_registry(target, names, keep, console, runs)
    initialise(root, target, console)
    return root


def kept(applied: Mapping[str, Any], existing: set[str], names: set[str]) -> set[str]:
    """The repositories to keep for services that are gone, from what the last apply recorded.

    Their images are what going back to an earlier release, or another environment of the account, needs. Before the
    first record every existing one counts.
    """
    return set(applied.get("repositories", existing)) - names


def release_repositories(prepared: Prepared, console: Console) -> None:
    """Delete the repositories of services that are gone, on one machine. To be called once the environment is proven.

    On AWS they stay: other environments of the account may use them. Raises `Failure`.
    """
    target, names = prepared.target, {service.name for service in prepared.services}
    if target.environment.is_local and kept(state.read_made_again(target.aws, REGISTRY_APPLIED), set(), names):
        _apply_registry(target, names, set(), console, prepared.runs)


def _apply_registry(target: Target, names: set[str], keep: set[str], console: Console, runs: list[str]) -> None:
    environment = target.environment
    shared = _root(target, "registry", environment.work, runs)
    initialise(shared, target, console)
    with console.stage("image repositories") as stage:
        variables = runner.write_variables(
            environment.work / "registry.tfvars.json", _registry_variables(environment, keep)
        )
        events = Narrator(stage)
        shared.apply_directly([variables], on_event=events)
        wanted = names | keep
        fingerprint = _registry_fingerprint(environment, wanted)
        state.write(target.aws, REGISTRY_APPLIED, {"fingerprint": fingerprint, "repositories": sorted(wanted)})
        stage.result = events.summary or "no change"


def initialise(root: runner.Root, target: Target, console: Console) -> None:
    """`terraform init` if its files, providers or backend are not those of the last time."""
    backend = state.backend(target.aws, backend_key(target.environment, root.name))
    if root.initialised(backend):
        return
    with console.stage(f"terraform init {root.name}") as stage:
        root.init(backend)
        stage.result = f"s3://{backend['bucket']}/{backend['key']}"


def _registry_variables(environment: Environment, keep: set[str]) -> dict[str, Any]:
    return {
        "region": environment.region,
        "account_id": environment.account_id,
        "force_delete": environment.is_local,
        "keep_repositories": sorted(keep),
    }


def _registry_fingerprint(environment: Environment, repositories: set[str]) -> str:
    digest = hashlib.sha256(repr((environment.is_local, environment.region, sorted(repositories))).encode())
    for folder in (paths.TERRAFORM / "registry", paths.TERRAFORM / "modules" / "ecr"):
        for file in sorted(folder.rglob("*.tf")):
            digest.update(file.read_bytes())
    return digest.hexdigest()
