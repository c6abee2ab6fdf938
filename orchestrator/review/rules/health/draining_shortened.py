"""Less time to finish before a target is removed or a container is killed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts import containers
from orchestrator.review.rules.kit.attributes import number
from orchestrator.review.rules.kit.comparisons import to_zero
from orchestrator.review.rules.kit.rows import CHANGED, Reads, Watch
from orchestrator.review.rules.kit.rule import Rule

_TASK = "aws_ecs_task_definition"
_DEFAULT_STOP_SECONDS = 30


def _killed_sooner(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Containers that get half the time, or less, to finish before they are killed."""
    for place, before, after in containers.both(resource) if resource.action in CHANGED else ():
        old = number(before.get("stopTimeout", _DEFAULT_STOP_SECONDS))
        new = number(after.get("stopTimeout", _DEFAULT_STOP_SECONDS))
        if old and new is not None and new <= old / 2:
            yield Finding(
                "draining-shortened",
                Severity.MEDIUM,
                resource.address,
                f"The container {after['name']} is killed {new:g} seconds after it is asked to stop, instead of "
                f"{old:g}: whatever it has not finished by then is lost.",
                "Keep stopTimeout longer than the longest request.",
                (containers.NAME, place, "stopTimeout"),
                before.get("stopTimeout"),
                after.get("stopTimeout"),
            )


def _task(seconds: int) -> dict[str, str]:
    return {"family": "app", "container_definitions": json.dumps([{"name": "app", "stopTimeout": seconds}])}


RULE = Rule(
    "draining-shortened",
    Severity.MEDIUM,
    "Requests in progress are cut off",
    "A target needs time to finish what it has started.",
    looks=_killed_sooner,
    watches=(
        Watch(
            "aws_lb_target_group",
            "deregistration_delay",
            to_zero,
            "Requests in progress are cut off when a target is removed: each deployment drops some.",
            "Keep deregistration_delay longer than the longest request.",
            risk="Requests in progress are cut off.",
        ),
        Reads(_TASK, "container_definitions"),
    ),
    examples=(
        Fires("aws_lb_target_group", {"deregistration_delay": 30}, {"deregistration_delay": 0}),
        Fires(_TASK, _task(60), _task(10), replaced="container_definitions"),
        Silent("aws_lb_target_group", {"deregistration_delay": 300}, {"deregistration_delay": 30}),
    ),
)
