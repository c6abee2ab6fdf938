"""How long what has ended is remembered. MiniStack keeps all of it, and writes it down with every change.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html (stopped tasks: for at least an hour)
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (executions: for 90 days)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

TASK_FOR = timedelta(hours=1)
# A job that runs every minute makes 130,000 within AWS's 90 days.
EXECUTIONS_OF_EACH = 1000

Record = Mapping[str, Any]


def forget() -> None:
    """Remove what nobody is told of any more. Called whenever a task has stopped, and each job's execution runs one."""
    from ministack.services import ecs, stepfunctions

    for key in outdated_tasks(ecs._tasks.all_items(), datetime.now(UTC)):
        ecs._tasks.pop_scoped(*key, None)
        ecs._tags.pop_scoped(*key, None)
    for key in surplus_executions(stepfunctions._executions.all_items()):
        stepfunctions._executions.pop_scoped(*key, None)


def outdated_tasks(tasks: Iterable[tuple[Any, Record]], now: datetime) -> list[Any]:
    """The keys of those that stopped longer ago than ECS is asked for them."""
    return [key for key, task in tasks if task["lastStatus"] == "STOPPED" and _moment(task) < now - TASK_FOR]


def surplus_executions(executions: Iterable[tuple[Any, Record]]) -> Iterator[Any]:
    """The keys of those that have ended, but for the latest of each state machine."""
    ended = [(key, one) for key, one in executions if one.get("stopDate")]
    seen: Counter[Hashable] = Counter()
    for key, one in sorted(ended, key=lambda item: str(item[1]["stopDate"]), reverse=True):
        seen[one["stateMachineArn"]] += 1
        if seen[one["stateMachineArn"]] > EXECUTIONS_OF_EACH:
            yield key


def _moment(task: Record) -> datetime:
    return datetime.fromisoformat(task.get("stoppedAt") or task["createdAt"])
