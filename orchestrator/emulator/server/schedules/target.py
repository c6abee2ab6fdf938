"""What a schedule asks ECS for: the arguments of RunTask, from the schedule's target."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# The target that names any action of any service; this one is the action that tasks are started with.
RUN_TASK = "arn:aws:scheduler:::aws-sdk:ecs:runTask"
LONGEST_WAIT_SECONDS = 300.0
# https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
MOST_RETRIES, OLDEST_SECONDS = 185, 86400


@dataclass(frozen=True)
class Invocation:
    """One time at which a schedule was due."""

    schedule: Mapping[str, Any]
    due: datetime
    execution: str
    attempt: int = 1

    @property
    def target(self) -> Mapping[str, Any]:
        """The schedule's target."""
        target: Mapping[str, Any] = self.schedule["Target"]
        return target


def starts_tasks(target: Mapping[str, Any]) -> bool:
    """True for a target that is RunTask of ECS."""
    return target["Arn"] == RUN_TASK or "EcsParameters" in target


def is_state_machine(target: Mapping[str, Any]) -> bool:
    """True for a target that is an execution of Step Functions."""
    return str(target["Arn"]).split(":")[2] == "states"


def arguments(invocation: Invocation) -> dict[str, Any]:
    """The arguments of RunTask. Raises `ValueError` if the target's input is no JSON object."""
    target = invocation.target
    given = json.loads(filled(target.get("Input") or "{}", invocation))
    if not isinstance(given, dict):
        raise ValueError("the target's Input is no JSON object")
    started_by = f"chronos-schedule/{invocation.schedule['Name']}"[:128]
    if target["Arn"] == RUN_TASK:
        return {"startedBy": started_by, **_lowered(given)}
    parameters = _lowered(target["EcsParameters"])
    made = {
        "cluster": target["Arn"],
        "taskDefinition": parameters.pop("taskDefinitionArn"),
        "count": parameters.pop("taskCount", 1),
        "startedBy": started_by,
        **parameters,
    }
    # The input of such a target is the task's overrides.
    return made | ({"overrides": given} if given else {})


def filled(text: str, invocation: Invocation) -> str:
    """The input with the scheduler's own words in it replaced."""
    words = {
        "schedule-arn": invocation.schedule["Arn"],
        "scheduled-time": invocation.due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": invocation.execution,
        "attempt-number": str(invocation.attempt),
    }
    for word, value in words.items():
        text = text.replace(f"<aws.scheduler.{word}>", value)
    return text


def _lowered(value: Any) -> Any:
    """Names as ECS has them: the scheduler's own begin with a capital letter."""
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _lowered(each) for name, each in value.items()}
    return [_lowered(each) for each in value] if isinstance(value, list) else value


def wait_seconds(attempt: int) -> float:
    """How long after an attempt has failed the next one is made."""
    return float(min(2 ** min(attempt, 30), LONGEST_WAIT_SECONDS))


def may_try_again(invocation: Invocation, now: datetime) -> bool:
    """Whether the schedule's retry policy allows another attempt, after this one."""
    policy = invocation.target.get("RetryPolicy") or {}
    oldest = policy.get("MaximumEventAgeInSeconds", OLDEST_SECONDS)
    age = (now - invocation.due).total_seconds() + wait_seconds(invocation.attempt)
    return bool(invocation.attempt <= policy.get("MaximumRetryAttempts", MOST_RETRIES) and age <= oldest)
