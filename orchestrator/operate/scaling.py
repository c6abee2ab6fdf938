"""`scale`: the number of a service's tasks, at once, and until the configured number changes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.aws import refusals
from orchestrator.console import Console, Stage
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.operate import autoscaling, meant
from orchestrator.prepare import counts
from orchestrator.prepare.counts import Override, Overrides
from orchestrator.project.manifest import Service
from orchestrator.proof import rollout
from orchestrator.proof.rollout import Expected, Observation, Observer
from orchestrator.proof.watch import RolloutFailed, Watch
from orchestrator.releases import audit, releases
from orchestrator.standby.standby import Standby
from orchestrator.system import interrupt
from orchestrator.target import Target
from orchestrator.verify.quotas import fargate

# From a task's stop until it is gone: deregistration delay and stop timeout (terraform/environment/timing.tf), twice.
GONE_SECONDS = 240.0
POLL_SECONDS, LOCAL_POLL_SECONDS = 2.0, 0.5


@dataclass(frozen=True)
class Scaled:
    """What came of it: the number of tasks before and now, and the configured one."""

    service: str
    before: int
    count: int
    configured: int


def scale(target: Target, name: str, wanted: int | None, console: Console, *, assume_yes: bool = False) -> Scaled:
    """Set the number of tasks, None for the configured one, and wait until that many are well. Raises `Failure`.

    If the new tasks do not get well, the number from before is set again.
    """
    environment = target.environment
    with refusals.explained(f"{name} was not scaled", next_step="run the same command again"):
        seen = meant.service(target, name)
        service, configured = _deployed(target, name)
        _refuse_autoscaled(target, service, wanted, console)
        overrides = counts.load(target.aws)
        count = configured[name] if wanted is None else wanted
        before = int(seen.get("desiredCount", 0))
        _check(target, service, seen, count, console)
    if count == 0 and before and not assume_yes:
        _ask_for_none(environment.name, name, console, asks=environment.place.asks_before_apply)
    kept = with_override(overrides, name, count, configured[name])
    try:
        with refusals.explained(f"{name} was not scaled", next_step="run the same command again"):
            _set(target, name, count, kept, configured)
        status, left = f"python3 orchestrate.py status {environment.name}", f"It stays set to {count} tasks."
        with (
            refusals.explained(f"{name} could not be watched until it was scaled", left=left, next_step=status),
            console.stage("scale") as stage,
        ):
            _wait(target, service, seen, count, stage)
            stage.result = f"{name}: {before} -> {count} tasks"
    except RolloutFailed as failed:
        raise _back(target, name, before, overrides, configured, failed) from failed
    except Interrupted as failure:
        failure.reason = f"{name} stays set to {count} tasks; whether they are all well is not known."
        failure.next_step = f"python3 orchestrate.py status {environment.name}"
        raise
    return Scaled(name, before, count, configured[name])


def with_override(overrides: Overrides, name: str, count: int, configured: int) -> dict[str, Override]:
    """The overrides with this one; without it where it is what is configured anyway."""
    kept = {other: found for other, found in overrides.items() if other != name}
    if count != configured:
        kept[name] = Override(count, configured, audit.person(), counts.now())
    return kept


def _deployed(target: Target, name: str) -> tuple[Service, dict[str, int]]:
    """The service as it was last proven live, and the configured numbers of tasks of all. Raises `Failure`."""
    last, environment = releases.latest(target.aws), target.environment
    if last is None or name not in last.manifests:
        raise Failure(
            f"{name} has never been verified in {environment.name}",
            reason="Its first deploy did not get to its end, so there is no number of tasks to scale from.",
            next_step=f"python3 orchestrate.py up {environment.name}",
        )
    with tempfile.TemporaryDirectory() as folder:
        services = releases.restore_manifests(last, Path(folder) / "manifests")
    found = next(service for service in services if service.name == name)
    return found, counts.configured(environment, services)


def _refuse_autoscaled(target: Target, service: Service, wanted: int | None, console: Console) -> None:
    found = autoscaling.bounds(target, service.name)
    if isinstance(found, str):
        console.say(f"whether autoscaling decides on the number of tasks could not be asked: {found}")
        found = None
    refused = autoscaling.refused(service, found, wanted, target.environment.name, target.environment.region)
    if refused is not None:
        raise refused


def _check(target: Target, service: Service, seen: Mapping[str, Any], count: int, console: Console) -> None:
    environment = target.environment
    if Standby(target).serving() or len(seen.get("deployments", [])) > 1:
        raise Failure(
            f"a deploy to {environment.name} has not ended",
            reason=f"The number of tasks of {service.name} is that of two versions for now.",
            next_step=f"wait for it, or run python3 orchestrate.py up {environment.name} if it was interrupted",
        )
    now = int(seen.get("desiredCount", 0))
    if count > now and target.containers is None:  # this machine has no quota
        provider = next((str(item["capacityProvider"]) for item in seen.get("capacityProviderStrategy", [])), "FARGATE")
        room = fargate.ask(target.aws, provider)
        if isinstance(room, str):
            console.say(f"no quota was asked: {room}")
        elif refused := fargate.refusal(room, service.name, now, count, service.cpu, environment.region):
            raise refused


def _ask_for_none(environment: str, name: str, console: Console, *, asks: bool) -> None:
    console.say(f"with 0 tasks {name} answers nothing: the load balancer sends 503 for its paths")
    if asks and not console.confirm(f"Stop all tasks of {name} in {environment}? Type {name} to go on:", expected=name):
        raise Failure(
            f"{name} was not scaled",
            reason="The question was not answered with what it asked for.",
            next_step=f"run it again and type {name}, or pass --yes where nobody can answer",
        )


def _set(target: Target, name: str, count: int, overrides: Overrides, configured: Mapping[str, int]) -> None:
    """Write the number down, then set it: should this be cut short in between, the next `up` sets it."""
    counts.save(target.aws, overrides)
    ecs, cluster = target.aws.client("ecs"), target.environment.prefix
    ecs.update_service(cluster=cluster, service=name, desiredCount=count)
    counts.tell_plain_terraform(target.environment, counts.holding(overrides, configured))


def _wait(target: Target, service: Service, seen: Mapping[str, Any], count: int, stage: Stage) -> None:
    definition = Observation(seen).definition
    expected = {service.name: Expected("", definition=definition, before=definition)}
    Watch(target, [service], expected).until_live(stage)
    # Those that are more than wanted are drained and stopped.
    observer, until = Observer(target), time.monotonic() + GONE_SECONDS
    while (left := len(observer.observe(service.name).tasks)) > count and time.monotonic() < until:
        stage.note(f"{left - count} tasks to go")
        interrupt.sleep(POLL_SECONDS if target.containers is None else LOCAL_POLL_SECONDS, "the scaling")


def _back(
    target: Target, name: str, before: int, overrides: Overrides, configured: Mapping[str, int], failed: RolloutFailed
) -> Failure:
    """Set the number from before again; the failure to raise."""
    environment = target.environment.name
    with refusals.explained(
        f"{failed.message}; the number of tasks was not set back",
        next_step=f"python3 orchestrate.py status {environment}",
    ):
        _set(target, name, before, overrides, configured)
    well = rollout.services(target, [name]).get(name, {}).get("runningCount", 0)
    return Failure(
        f"the new tasks of {name} are not well; it is set to {before} again, and {min(well, before)} run",
        reason=failed.reason,
        details=failed.details,
        next_step=failed.next_step,
        exit_code=ExitCode.ROLLED_BACK if well else ExitCode.FAILURE,
    )
