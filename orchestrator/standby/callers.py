"""Callers of a service that is new: a task knows the names of Service Connect that existed when its deployment began.

Terraform makes the services of one plan side by side. Those that call one of them are deployed once more after it, or
they would not find it (Amazon ECS developer guide, "Service Connect": clients resolve what was there before them).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from orchestrator.console import Stage
from orchestrator.errors import Failure
from orchestrator.project.manifest import Service
from orchestrator.proof import rollout
from orchestrator.review.model import Action, Plan
from orchestrator.system import interrupt
from orchestrator.target import Target

_SERVICE = "aws_ecs_service"
_MAKES = (Action.CREATE, Action.REPLACE)
# Draining and the kill (terraform/environment/timing.tf), and the start of the new tasks.
REPLACED_SECONDS = 300.0
POLL_SECONDS, LOCAL_POLL_SECONDS = 2.0, 0.3


def of_new(plan: Plan, services: Sequence[Service]) -> list[str]:
    """The services that call one which the plan makes. Decides only."""
    made = {
        str((item.after or {}).get("name", "")) for item in plan.resources
        if item.type == _SERVICE and item.action in _MAKES
    }  # fmt: skip
    return sorted(service.name for service in services if service.runs and made & set(service.calls))


def renew(target: Target, names: Sequence[str], stage: Stage) -> None:
    """Start a deployment of these services and wait until the tasks from before it are gone. Raises `Failure`."""
    observer, ecs = rollout.Observer(target), target.aws.client("ecs")
    before: dict[str, set[str]] = {}
    for name in names:
        seen = observer.observe(name)
        if seen.service.get("status") != "ACTIVE" or not seen.service.get("desiredCount"):
            continue
        before[name] = {str(task["taskArn"]) for task in seen.tasks}
        ecs.update_service(cluster=target.environment.prefix, service=name, forceNewDeployment=True)
    until = time.monotonic() + REPLACED_SECONDS
    poll = LOCAL_POLL_SECONDS if target.containers is not None else POLL_SECONDS
    while left := [name for name, tasks in before.items() if tasks & _tasks(observer, name)]:
        if time.monotonic() > until:
            raise Failure(
                f"the tasks of {', '.join(left)} were not replaced within {REPLACED_SECONDS / 60:.0f} minutes",
                reason="They do not know the services that they call by name, which are new.",
                next_step=f"python3 orchestrate.py logs {left[0]} {target.environment.name}",
            )
        stage.note(f"replacing the tasks of {', '.join(left)}")
        interrupt.sleep(poll, "the callers' start")
    stage.result = f"{', '.join(before)} deployed again, and know the names" if before else "nothing runs that calls"


def _tasks(observer: rollout.Observer, name: str) -> set[str]:
    return {str(task["taskArn"]) for task in observer.observe(name).tasks}
