"""Has a service's tasks replaced by such whose files can be exchanged, and finds the containers of those that run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from orchestrator.console import Console
from orchestrator.errors import Failure
from orchestrator.project.manifest import Service
from orchestrator.proof import copied, rollout
from orchestrator.proof.rollout import Expected, Observation, Observer
from orchestrator.proof.watch import Watch
from orchestrator.system import interrupt
from orchestrator.target import Target

DEADLINE_SECONDS = 90.0
POLL_SECONDS = 0.3


def begin(target: Target, services: Sequence[Service], console: Console) -> None:
    """Replace the tasks of those services. Raises `Failure` if that does not come to its end."""
    assert target.reloadable is not None
    target.reloadable.put({service.name: [] for service in services})
    if not services:
        return
    ecs, found = target.aws.client("ecs"), rollout.services(target, [service.name for service in services])
    expected = {}
    with console.stage("watch") as stage:
        for name, described in found.items():
            seen = Observation(described)
            expected[name] = Expected("", seen.definition, seen.definition, str(seen.primary.get("id", "")))
            ecs.update_service(cluster=target.environment.prefix, service=name, forceNewDeployment=True)
        there = [service for service in services if service.name in expected]
        stage.note("replacing the tasks")
        Watch(target, there, expected).until_live(stage)
        stage.note("waiting for the old ones to go")
        _wait(target, [service.name for service in there])
        stage.result = f"what is saved in app/ of {', '.join(service.name for service in there)} is served at once"


def containers(target: Target, service: str) -> list[str]:
    """Ids of the containers of the service's tasks that run, without those that are to end."""
    tasks = [task for task in Observer(target).observe(service).tasks if task.get("lastStatus") == "RUNNING"]
    found = [str(rollout.container_of(task, service).get("runtimeId") or "") for task in tasks]
    return [container for container in found if container]


def note(target: Target, files: Mapping[str, Sequence[str]]) -> None:
    """Write down per service the files that differ from its release."""
    assert target.reloadable is not None
    target.reloadable.put({name: files.get(name, ()) for name in target.reloadable.services()})


def _wait(target: Target, names: Sequence[str]) -> None:
    """Until all tasks that run are of the new kind."""
    until = time.monotonic() + DEADLINE_SECONDS
    while left := [name for name in names if not set(containers(target, name)) <= copied.containers()]:
        if time.monotonic() > until:
            raise Failure(
                f"the tasks of {', '.join(left)} were not replaced",
                reason=f"{DEADLINE_SECONDS:.0f} seconds after they should have been, tasks of the release still run.",
                next_step="python3 orchestrate.py up",
            )
        interrupt.sleep(POLL_SECONDS, "the watch's begin")
