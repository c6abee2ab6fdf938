"""Why a task ended: ECS's reason, the container's exit code and its last log lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.target import Target

LOG_LINES = 12


@dataclass(frozen=True)
class Evidence:
    """What is known of a failure: a reason in words (may be several lines) and the log's last lines."""

    reason: str
    log: tuple[str, ...] = ()


def collect(target: Target, service: str, image: str) -> Evidence:
    """What is known about the newest task of `service` that ran `image`, stopped ones first. Never raises for AWS."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        task = _newest_task(target, service, image)
        if task is None:
            return Evidence("ECS knows of no task that ran this image.")
        return Evidence(describe(task), tuple(log_lines(target, service, [task])[-LOG_LINES:]))
    except (BotoCoreError, ClientError) as error:
        return Evidence(f"Why is not known: asking ECS failed too ({error}).")


def _newest_task(target: Target, service: str, image: str) -> Mapping[str, Any] | None:
    ecs, cluster = target.aws.client("ecs"), target.environment.prefix
    for status in ("STOPPED", "RUNNING"):
        arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus=status)["taskArns"]
        if not arns:
            arns = ecs.list_tasks(
                cluster=cluster, family=f"{target.environment.prefix}-{service}", desiredStatus=status
            )["taskArns"]
        tasks = ecs.describe_tasks(cluster=cluster, tasks=arns[:100])["tasks"] if arns else []
        ran: list[Mapping[str, Any]] = [
            task for task in tasks if any(c.get("image") == image for c in task.get("containers", []))
        ]
        if ran:
            return max(ran, key=lambda task: str(task.get("createdAt", "")))
    return None


def describe(task: Mapping[str, Any]) -> str:
    """In words: how the task ended."""
    name = str(task.get("taskArn", "")).rpartition("/")[2][:8]
    if task.get("lastStatus") != "STOPPED":
        return f"Task {name} runs, but is not well."
    lines = [f"Task {name} stopped: {task.get('stoppedReason') or 'ECS gives no reason'}"]
    for container in task.get("containers", []):
        if container.get("exitCode") is not None:
            lines.append(f"Its container exited with {container['exitCode']}{_signal(container['exitCode'])}.")
        if container.get("reason"):
            lines.append(str(container["reason"]))
    return "\n".join(lines)


def _signal(code: int) -> str:
    return {137: " (killed: out of memory, or it did not stop in time)", 143: " (SIGTERM)", 139: " (crashed)"}.get(
        code, ""
    )


def log_lines(target: Target, service: str, tasks: Iterable[Mapping[str, Any]]) -> list[str]:
    """The last lines that these tasks of a service wrote, oldest first."""
    client = target.aws.client("logs")
    group = f"/ecs/{target.environment.prefix}/{service}"
    lines: list[tuple[int, str]] = []
    for task in tasks:
        task_id = str(task.get("taskArn", "")).rpartition("/")[2]
        stream = f"{service}/{service}/{task_id}"
        try:
            events = client.get_log_events(
                logGroupName=group, logStreamName=stream, limit=LOG_LINES, startFromHead=False
            )["events"]
        except client.exceptions.ResourceNotFoundException:
            continue
        lines += [(event["timestamp"], event["message"].rstrip()) for event in events]
    return [text for _, text in sorted(lines)]
