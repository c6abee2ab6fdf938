"""Which stopped tasks speak against the version that they ran, and how a task ended in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# As many as ECS's own circuit breaker wants at least.
ENOUGH = 3

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html (stopCode)
_OWN_FAULT = frozenset({"EssentialContainerExited", "TaskFailedToStart"})
_SIGNALS = {137: " (killed: out of memory, or it did not stop in time)", 143: " (SIGTERM)", 139: " (crashed)"}


def speaks_against(task: Mapping[str, Any]) -> bool:
    """True if the task ended by its own doing, or was replaced because it was not well.

    Not what somebody stopped, what the scheduler scaled in or moved, and not what Spot took back.
    """
    if task.get("lastStatus") != "STOPPED":
        return False
    code = task.get("stopCode")
    if code == "ServiceSchedulerInitiated":
        return "health check" in str(task.get("stoppedReason", "")).lower()
    if code:
        return code in _OWN_FAULT
    return any(container.get("exitCode") is not None for container in task.get("containers", []))


def describe(task: Mapping[str, Any]) -> str:
    """In words, several lines: how the task ended, with its stop code and its containers' exit codes."""
    name = short_id(task)
    if task.get("lastStatus") != "STOPPED":
        return f"Task {name} runs, but is not well."
    code = f" ({task['stopCode']})" if task.get("stopCode") else ""
    lines = [f"Task {name} stopped: {task.get('stoppedReason') or 'ECS gives no reason'}{code}"]
    for container in task.get("containers", []):
        if container.get("exitCode") is not None:
            lines.append(f"Its container exited with {container['exitCode']}{_SIGNALS.get(container['exitCode'], '')}.")
        if container.get("reason"):
            lines.append(str(container["reason"]))
    return "\n".join(lines)


def short_id(task: Mapping[str, Any]) -> str:
    """The first digits of a task's id."""
    return short(task_id(task))


def short(name: str) -> str:
    """A task's id as people read it."""
    return name[:8]


def task_id(task: Mapping[str, Any]) -> str:
    """A task's id, the last part of its ARN."""
    return str(task.get("taskArn", "")).rpartition("/")[2]
