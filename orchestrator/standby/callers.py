"""Callers of a service that is new: a task knows the names of Service Connect that existed when its deployment began.

Terraform makes the services of one plan side by side. Those that call one of them are deployed once more after it, or
they would not find it (Amazon ECS developer guide, "Service Connect": clients resolve what was there before them).
Whether that is still to be done is read from ECS: a run that was killed before it is made up for by the next one.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from orchestrator.console import Console, Stage
from orchestrator.errors import Failure
from orchestrator.project.manifest import Service
from orchestrator.proof import rollout
from orchestrator.system import interrupt
from orchestrator.target import Target

# ECS does not say how soon a name is known after the call that makes it.
SETTLING = timedelta(seconds=10)
# Draining and the kill (terraform/environment/timing.tf), and the start of the new tasks.
REPLACED_SECONDS = 300.0
POLL_SECONDS, LOCAL_POLL_SECONDS = 2.0, 0.3


@dataclass(frozen=True)
class Times:
    """When a service was made, and when the deployment began that ECS is steering it to."""

    made: datetime
    deployed: datetime


def late(services: Sequence[Service], times: Mapping[str, Times], named: Collection[str]) -> dict[str, datetime]:
    """The services that were deployed too early to know a name that they call, each with the time of the latest name.

    `named` are the services that had their names already before this run: those are as old as the services. A service
    that was something else than a backend got its name by its last deployment. Decides only.
    """
    names = {name: each.made if name in named else each.deployed for name, each in times.items()}
    found = {}
    for service in services:
        called = [names[name] for name in service.calls if name in names]
        if service.runs and service.name in times and called:
            latest = max(called)
            if times[service.name].deployed <= latest + SETTLING:
                found[service.name] = latest
    return found


def look(target: Target, services: Sequence[Service], named: Collection[str]) -> dict[str, datetime]:
    """As `late`, of what ECS says now."""
    calling = [service for service in services if service.runs and service.calls]
    names = {name for service in calling for name in (service.name, *service.calls)}
    times = {}
    for name, service in rollout.services(target, names).items():
        deployed = rollout.Observation(service).primary.get("createdAt")
        if deployed is not None:
            times[name] = Times(service["createdAt"], deployed)
    return late(calling, times, named)


def renew(target: Target, services: Sequence[Service], named: Collection[str], console: Console) -> list[str]:
    """Deploy those once more that are late, and wait until their tasks from before are gone; their names.

    Raises `Failure`.
    """
    found = look(target, services, named)
    if found:
        with console.stage("callers") as stage:
            _wait(target, found, stage)
            _renew(target, sorted(found), stage)
    return sorted(found)


def _wait(target: Target, found: Mapping[str, datetime], stage: Stage) -> None:
    """Until a deployment that begins now is not late, by AWS's clock."""
    answer = target.aws.client("ecs").describe_services(cluster=target.environment.prefix, services=[min(found)])
    now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    # Both are whole seconds at worst.
    left = (max(found.values()) + SETTLING + timedelta(seconds=1) - now).total_seconds()
    if left > 0:
        stage.note("waiting for the new names to be known")
        interrupt.sleep(left, "the callers' start")


def _renew(target: Target, names: Sequence[str], stage: Stage) -> None:
    observer, ecs = rollout.Observer(target), target.aws.client("ecs")
    before: dict[str, set[str]] = {}
    for name, tasks in _tasks(observer, names).items():
        before[name] = tasks
        ecs.update_service(cluster=target.environment.prefix, service=name, forceNewDeployment=True)
    until = time.monotonic() + REPLACED_SECONDS
    poll = LOCAL_POLL_SECONDS if target.containers is not None else POLL_SECONDS
    while left := [name for name, tasks in _tasks(observer, names).items() if tasks & before[name]]:
        if time.monotonic() > until:
            raise Failure(
                f"the tasks of {', '.join(left)} were not replaced within {REPLACED_SECONDS / 60:.0f} minutes",
                reason="They do not know the services that they call by name, which are new.",
                next_step=f"python3 orchestrate.py logs {left[0]} {target.environment.name}",
            )
        stage.note(f"replacing the tasks of {', '.join(left)}")
        interrupt.sleep(poll, "the callers' start")
    stage.result = f"{', '.join(names)} deployed again, to know the new names"


def _tasks(observer: rollout.Observer, names: Sequence[str]) -> dict[str, set[str]]:
    return {name: {str(task["taskArn"]) for task in seen.tasks} for name, seen in observer.observe_all(names).items()}
