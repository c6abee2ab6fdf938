"""The images that one environment has proven go into another: no build, the same digests, proven there once more.

A release is images with their manifests, which say how an image is run: both go along. The account, the network, the
numbers and all else in ENVIRONMENT.tfvars and terraform/ are the other environment's own.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace

from orchestrator import places
from orchestrator.aws import ecr, registry_copy, state
from orchestrator.console import Console
from orchestrator.deploy import deployment, planning, rollback
from orchestrator.deploy.deployment import Live
from orchestrator.deploy.planning import Planned
from orchestrator.deploy.rollback import Decide
from orchestrator.errors import ExitCode, Failure
from orchestrator.images import delivery
from orchestrator.prepare import counts, preflight, prepare, repositories
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, freeze, releases
from orchestrator.releases.releases import Origin, Release
from orchestrator.target import Target
from orchestrator.terraform import roots


@dataclass(frozen=True)
class Promoted:
    """What came of it: `taken` of the other environment is live as `live.release`.

    `copied` are services whose image had to be brought into the registry.
    """

    taken: Release
    copied: tuple[str, ...]
    prepared: Prepared
    planned: Planned
    live: Live
    was_live: bool
    seconds: float


def promote(
    source: Environment,
    environment: Environment,
    console: Console,
    decide: Decide,
    *,
    profile: str | None = None,
    despite_freeze: str | None = None,
) -> Promoted:
    """Deploy what is live in `source` to `environment`; `profile` is the AWS profile with which `source` is read.

    `decide` raises to refuse the plan; `despite_freeze` is why it is done although `environment` is frozen. Raises
    `Failure`, before anything is begun, if nothing is proven in `source` or its images cannot run in `environment`.
    """
    began = time.monotonic()
    refuse_itself(source, environment)
    refuse_without_credentials(source, environment)
    refuse_other_architecture(source, environment)
    checked = preflight.check(environment, console) if environment.place.runs_tasks_here else (
        preflight.check_without_engine(environment)
    )  # fmt: skip
    there = places.reach(source, profile)
    taken = proven(releases.latest(there.aws), source)
    rollback.refuse_missing(taken, rollback.missing_images(taken, there))
    arguments = {"from": source.name, "release": taken.name}
    with (
        lock.held(environment, f"promote {source.name} {environment.name}", console),
        audit.recorded(environment, console, verb="promote", arguments=arguments),
    ):
        with console.stage(environment.place.title) as stage:
            target = places.start(environment, stage, checked.target)
            state.ensure_bucket(target.aws)
        audit.reached(target.aws)
        freeze.refuse(target.aws, despite_freeze)
        rollback.check_secrets(target, taken, "promoted", console)
        runs: list[str] = []
        repositories.ensure(target, set(taken.images), console, runs)
        copied = bring(there, target, taken, console)
        root = roots.initialised(target, console, runs)
        now = Prepared(target, [], [], root, releases.latest(target.aws), runs, overrides=counts.load(target.aws))
        prepared = rollback.at(now, taken, "promoted")
        prepared = replace(prepared, waiting=prepare.waiting(target, prepared.services, prepared.last))
        planned = planning.plan(prepared, console, f"{environment.name}: {taken.name} of {source.name}")
        if prepared.last is not None and rollback.is_live(prepared, planned):
            live = Live(target.url() or "", prepared.last)
            return Promoted(taken, copied, prepared, planned, live, True, time.monotonic() - began)
        decide(planned)
        origin = Origin(
            commit=taken.commit,
            promoted_from={"environment": source.name, "account_id": source.account_id, "release": taken.name},
        )
        live = deployment.carry_out(prepared, planned, console, origin=origin, despite_freeze=despite_freeze)
    return Promoted(taken, copied, prepared, planned, live, False, time.monotonic() - began)


def refuse_itself(source: Environment, environment: Environment) -> None:
    """Raise `Failure` if both are the same environment."""
    if source.name == environment.name:
        raise Failure(
            f"{source.name} cannot be promoted to itself",
            reason="FROM is the environment where the images are proven, TO the one that gets them.",
            next_step=f"python3 orchestrate.py rollback {source.name}   makes an earlier release live again",
            exit_code=ExitCode.USAGE,
        )


def refuse_without_credentials(source: Environment, environment: Environment) -> None:
    """Raise `Failure` if the images are on AWS and the environment is where AWS credentials are ignored."""
    if environment.place.ignores_aws_settings and not source.place.ignores_aws_settings:
        raise Failure(
            f"{source.name} cannot be promoted to {environment.name}",
            reason=f"{environment.name} is on this machine, where the AWS credentials that {source.name} needs are not "
            "used.",
            next_step=f"check out the commit of that release and run: python3 orchestrate.py up {environment.name}",
            exit_code=ExitCode.USAGE,
        )


def refuse_other_architecture(source: Environment, environment: Environment) -> None:
    """Raise `Failure` if the images of one would not run in the other."""
    if source.cpu_architecture != environment.cpu_architecture:
        raise Failure(
            f"the images of {source.name} do not run in {environment.name}",
            reason=f"They are for {source.cpu_architecture}, and {environment.name} runs "
            f"{environment.cpu_architecture}.",
            next_step=f"set cpu_architecture in {environment.file.name} or {source.file.name}, "
            f"or build for {environment.name}: python3 orchestrate.py up {environment.name}",
            exit_code=ExitCode.USAGE,
        )


def proven(last: Release | None, source: Environment) -> Release:
    """The release that is live in `source`. Raises `Failure` if there is none."""
    if last is None:
        raise Failure(
            f"{source.name} has nothing proven to promote",
            reason="No release is live there.",
            next_step=f"python3 orchestrate.py up {source.name}",
        )
    return last


def bring(source: Target, target: Target, release: Release, console: Console) -> tuple[str, ...]:
    """Copy the images that the target's registry lacks; the services that had to be. Raises `Failure`."""
    copied = []
    for image in release.deployed:
        service, digest = image.service, image.digest
        if ecr.holds(target.aws, service, digest):
            continue
        # The content's own tag may be taken there, by another build of the same content.
        free = ecr.find(target.aws, service, image.tag) is None
        tag = image.tag if free and target.environment.place.trusts_tags else f"{image.tag}-{secrets.token_hex(4)}"
        with console.stage(f"copy {service}") as stage:
            registry_copy.copy(source.aws, target.aws, service, digest, tag, stage.note)
            if not target.environment.place.trusts_tags:
                # So that an `up` there does not build the same content once more.
                state.write(target.aws, delivery.built_key(service, image.tag), {"digest": digest, "pushed_as": tag})
            stage.result = f"{digest[:19]} from {source.aws.registry_host}"
        copied.append(service)
    return tuple(copied)
