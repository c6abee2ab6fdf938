"""State machines that run a task and wait for it (`ecs:runTask.sync`): what MiniStack's do differently from AWS's.

There a task that exits with another code than 0 has failed, and one whose time is over or whose execution is stopped is
stopped as well. https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

RUN_TASK = "arn:aws:states:::ecs:runTask"
STARTED_BY = "AWS Step Functions"
LOOK_SECONDS = 0.5

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_execution: ContextVar[Mapping[str, Any] | None] = ContextVar("execution", default=None)


def has_failed(task: Mapping[str, Any]) -> bool:
    """True for a stopped task that did not do what it was started for."""
    codes = [container.get("ExitCode") for container in task.get("Containers", [])]
    return task.get("StopCode") == "TaskFailedToStart" or any(code != 0 for code in codes)


def limited(invoke: Callable[[str, Any, float], Any]) -> Callable[[str, Any, float], Any]:
    """What invokes a resource that has so many seconds: they are known to what is invoked."""

    def invoked(resource: str, given: Any, seconds: float) -> Any:
        token = _deadline.set(time.monotonic() + seconds)
        try:
            return invoke(resource, given, seconds)
        finally:
            _deadline.reset(token)

    return invoked


def executed(execute: Callable[..., Any]) -> Callable[..., Any]:
    """What executes a task state: its execution is known to what is invoked."""

    def known(state: Any, given: Any, execution: Mapping[str, Any], context: Any) -> Any:
        token = _execution.set(execution)
        try:
            return execute(state, given, execution, context)
        finally:
            _execution.reset(token)

    return known


def run_task(resource: str, given: Any) -> Any:
    """Run a task, and wait for its end where the resource says so. Raises MiniStack's error of an execution."""
    from ministack.services import ecs, stepfunctions

    wanted = {"startedBy": STARTED_BY, **stepfunctions._pascal_to_camel(given)}
    status, _, body = ecs._run_task(wanted)
    answer = json.loads(body)
    if status != 200:
        raise stepfunctions._ExecutionError(
            f"ECS.{answer.get('__type', 'AmazonECSException')}", answer.get("message", "")
        )
    if answer.get("failures"):
        raise stepfunctions._ExecutionError("ECS.AmazonECSException", json.dumps(answer["failures"]))
    if not resource.endswith(".sync"):
        return answer
    ended = [_ended(task["taskArn"], wanted.get("cluster", "default")) for task in answer["tasks"]]
    for task in ended:
        if has_failed(task):
            raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(task))
    return ended[0] if len(ended) == 1 else {"Tasks": ended}


def _ended(arn: str, cluster: str) -> Any:
    from ministack.services import ecs, stepfunctions

    deadline, execution = _deadline.get(), _execution.get()
    while ecs._tasks[arn]["lastStatus"] != "STOPPED":
        if deadline is not None and time.monotonic() > deadline - LOOK_SECONDS:
            ecs._stop_task({"task": arn, "cluster": cluster, "reason": "The state machine's time for it is over"})
            raise stepfunctions._ExecutionError("States.Timeout", "")
        if execution is not None and execution.get("status") != "RUNNING":
            ecs._stop_task({"task": arn, "cluster": cluster, "reason": "The execution was stopped"})
        time.sleep(LOOK_SECONDS)
    return capitalised(ecs._sanitize(ecs._tasks[arn]))


def capitalised(value: Any) -> Any:
    """Names as a state machine has them: they begin with a capital letter."""
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: capitalised(each) for name, each in value.items()}
    return [capitalised(each) for each in value] if isinstance(value, list) else value
