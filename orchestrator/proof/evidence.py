"""Why a version failed: ECS's reason for the task that ended, its exit code and its last log lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.aws import state
from orchestrator.proof import stops
from orchestrator.proof.rollout import Expected, Observation
from orchestrator.system import plain
from orchestrator.target import Target

LOG_LINES = 12
# A task's last lines reach the log a moment after they were written, and after its end.
LOG_DELAY_SECONDS = 1.0
LOG_SECONDS, LOG_AGAIN_SECONDS = 3.0, 0.3


@dataclass(frozen=True)
class Evidence:
    """What is known of a failure: a reason in words (may be several lines), the log's last lines, the task's id.

    `tasks` are the ids of all tasks that failed, or that run the version if none has ended.
    """

    reason: str
    log: tuple[str, ...] = ()
    task: str = ""
    tasks: tuple[str, ...] = ()


def suspects(seen: Observation, expected: Expected) -> list[Mapping[str, Any]]:
    """The tasks that tell most about the failure: the latest that ended by itself, else all that run that version.

    Never a task of another version, nor one that was only scaled in.
    """
    failures = seen.failures(expected)
    if failures:
        return failures[:1]
    wanted = expected.definition or seen.definition
    running = [task for task in seen.tasks if task.get("taskDefinitionArn") == wanted]
    return sorted(running, key=lambda task: str(task.get("createdAt", "")), reverse=True)


def collect(target: Target, service: str, seen: Observation, expected: Expected) -> Evidence:
    """What is known about the task that failed. Never raises for AWS."""
    from botocore.exceptions import BotoCoreError, ClientError

    tasks = suspects(seen, expected)
    if not tasks:
        return Evidence("ECS knows of no task that ran this version.")
    task = tasks[0]
    every = tuple(stops.task_id(item) for item in seen.failures(expected) or tasks)
    try:
        return Evidence(_described(target, task), _last_lines(target, service, tasks), stops.task_id(task), every)
    except (BotoCoreError, ClientError) as error:
        return Evidence(
            f"{stops.describe(task)}\nIts log is not known: asking for it failed ({error}).", (), stops.task_id(task),
            every,
        )  # fmt: skip


def _described(target: Target, task: Mapping[str, Any]) -> str:
    said = stops.describe(task)
    why = target.why_not_started(said) if target.why_not_started is not None else ""
    return f"{said}\n{why}" if why else said


def _last_lines(target: Target, service: str, tasks: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    def ask() -> list[str]:
        return in_order([event for task in tasks for event in _events(target, service, stops.task_id(task))])

    if tasks[0].get("lastStatus") == "STOPPED":
        return tuple(whole(ask)[-LOG_LINES:])
    time.sleep(LOG_DELAY_SECONDS)
    return tuple(ask()[-LOG_LINES:])


def whole(ask: Callable[[], list[str]]) -> list[str]:
    """The lines of a log that somebody may still be adding to: those that are answered twice in a row.

    After `LOG_SECONDS` those that there are.
    """
    until, lines = time.monotonic() + LOG_SECONDS, ask()
    while time.monotonic() < until:
        time.sleep(LOG_AGAIN_SECONDS)
        before, lines = lines, ask()
        if lines and lines == before:
            break
    return lines


def in_order(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of log events by time; those of one millisecond in the order in which they arrived. Without colours."""
    ordered = sorted(events, key=lambda event: event["timestamp"])
    return [line for event in ordered for line in plain.lines(str(event["message"]))]


def _events(target: Target, service: str, task_id: str) -> list[Mapping[str, Any]]:
    client = target.aws.client("logs")
    try:
        found = client.get_log_events(
            logGroupName=f"/ecs/{target.environment.prefix}/{service}",
            logStreamName=f"{service}/{service}/{task_id}",
            limit=LOG_LINES * 4,
            startFromHead=False,
        )
    except client.exceptions.ResourceNotFoundException:
        return []
    return list(found["events"])


def keep(target: Target, service: str, found: Evidence, verdict: str) -> None:
    """Write it down beside the state: going back may remove the service with its log. A failure to do so is none."""
    from botocore.exceptions import BotoCoreError, ClientError

    told = asdict(found) | {"verdict": verdict, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    try:
        state.write(target.aws, _key(target, service), told)
    except (BotoCoreError, ClientError):
        return


def kept(target: Target, service: str) -> dict[str, Any] | None:
    """What was written down of the service's last failure."""
    found = state.read(target.aws, _key(target, service))
    return found if isinstance(found, dict) else None


def _key(target: Target, service: str) -> str:
    return f"{target.environment.name}/failures/{service}.json"
