"""Fires the schedules: a thread that sleeps until the next one is due, or one has changed."""

from __future__ import annotations

import heapq
import itertools
import json
import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.emulator.server.schedules import expression, target
from orchestrator.emulator.server.schedules.expression import ExpressionError
from orchestrator.emulator.server.schedules.target import Invocation

# A machine that was asleep has missed the end of a longer wait.
LONGEST_WAIT_SECONDS = 60.0

Key = tuple[str, str, str]
"""Account, region, and the schedule's name in its group."""

logger = logging.getLogger("schedules")


@dataclass(frozen=True)
class Planned:
    """When a schedule, as it was changed last, is due next."""

    changed: float
    due: datetime | None


class Runner:
    """Everything that is due from its start on; what was due while the emulator was stopped is not made up for."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._woken = threading.Event()
        self._planned: dict[Key, Planned] = {}
        self._retries: list[tuple[datetime, int, Key, Invocation]] = []
        self._numbers = itertools.count()
        self._looked = datetime.now(UTC)

    def start(self, _original: Callable[[], None]) -> Callable[[], None]:
        """In the place of what starts the emulator's own."""

        def started() -> None:
            threading.Thread(target=self._run, daemon=True, name="schedules").start()

        return started

    def checked(self, change: Callable[..., Any]) -> Callable[..., Any]:
        """CreateSchedule or UpdateSchedule, which refuses what is no expression, and wakes the runner."""
        from ministack.services import scheduler

        def answered(name: str, body: Mapping[str, Any]) -> Any:
            try:
                expression.parse(body.get("ScheduleExpression") or "", body.get("ScheduleExpressionTimezone") or "UTC")
            except ExpressionError as error:
                return scheduler._error(400, "ValidationException", str(error))
            answer = change(name, body)
            self._woken.set()
            return answer

        return answered

    def _run(self) -> None:
        while True:
            try:
                self.fire(datetime.now(UTC))
            except Exception:
                logger.exception("the schedules")
            self._woken.wait(self._seconds())
            self._woken.clear()

    def _seconds(self) -> float:
        times = [planned.due for planned in self._planned.values() if planned.due is not None]
        times += [retry[0] for retry in self._retries[:1]]
        until = min(times, default=None)
        if until is None:
            return LONGEST_WAIT_SECONDS
        return max(0.0, min((until - datetime.now(UTC)).total_seconds(), LONGEST_WAIT_SECONDS))

    def fire(self, now: datetime) -> None:
        """Invoke what has become due since the last time."""
        from ministack.services import scheduler

        found = dict(scheduler._schedules._data)
        self._planned = {key: planned for key, planned in self._planned.items() if key in found}
        for key, schedule in found.items():
            self._plan(key, schedule)
            due = self._planned[key].due
            if due is not None and due <= now:
                self._planned[key] = replace(self._planned[key], due=_next(schedule, now))
                self._invoke(key, Invocation(schedule, due, str(uuid.uuid4())), now)
            self._complete(key, schedule, now)
        while self._retries and self._retries[0][0] <= now:
            _, _, key, invocation = heapq.heappop(self._retries)
            self._invoke(key, invocation, now)
        self._looked = now

    def _plan(self, key: Key, schedule: Mapping[str, Any]) -> None:
        known = self._planned.get(key)
        if known is None or known.changed != schedule["LastModificationDate"]:
            due = _next(schedule, self._looked) if schedule["State"] == "ENABLED" else None
            self._planned[key] = Planned(schedule["LastModificationDate"], due)

    def _complete(self, key: Key, schedule: Mapping[str, Any], now: datetime) -> None:
        """A schedule that is never due again may have itself deleted."""
        from ministack.services import scheduler

        is_over = self._planned[key].due is None and schedule["State"] == "ENABLED"
        if is_over and schedule["ActionAfterCompletion"] == "DELETE":
            scheduler._schedules._data.pop(key, None)
            self._changed()

    def _invoke(self, key: Key, invocation: Invocation, now: datetime) -> None:
        from ministack.core.responses import request_scope

        account, region, _ = key
        with request_scope(account, region):
            try:
                invoke(invocation)
            except Exception as error:
                why = str(error)
                logger.warning("schedule %s: attempt %d failed: %s", key[2], invocation.attempt, why)
                if target.may_try_again(invocation, now):
                    then = now + timedelta(seconds=target.wait_seconds(invocation.attempt))
                    again = replace(invocation, attempt=invocation.attempt + 1)
                    heapq.heappush(self._retries, (then, next(self._numbers), key, again))
                else:
                    _give_up(invocation, why)
        self._changed()


def _next(schedule: Mapping[str, Any], after: datetime) -> datetime | None:
    parsed = expression.parse(schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"])
    began = datetime.fromtimestamp(schedule["CreationDate"], UTC)
    return expression.next_due(parsed, after, began, _date(schedule["StartDate"]), _date(schedule["EndDate"]))


def _date(value: Any) -> datetime | None:
    from ministack.services import scheduler

    seconds = scheduler._to_epoch(value)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def invoke(invocation: Invocation) -> None:
    """Call the target. Raises if it refuses."""
    from ministack.services import ecs, eventbridge, stepfunctions

    if target.is_state_machine(invocation.target):
        given = target.filled(invocation.target.get("Input") or "{}", invocation)
        status, _, body = stepfunctions._start_execution({"stateMachineArn": invocation.target["Arn"], "input": given})
        if status != 200:
            raise RuntimeError(json.loads(body)["message"])
        return
    if not target.starts_tasks(invocation.target):
        event = {"Source": "aws.scheduler", "DetailType": "Scheduled Event", "Detail": "{}",
                 "Time": invocation.due.timestamp(), "Resources": [invocation.schedule["Arn"]]}  # fmt: skip
        wanted = {**invocation.target, "Input": target.filled(invocation.target.get("Input") or "{}", invocation)}
        eventbridge._invoke_target(wanted, event, invocation.schedule)
        return
    arguments = target.arguments(invocation)
    # RunTask makes a cluster that is not there.
    if ecs._resolve_cluster_name(arguments.get("cluster", "default")) not in ecs._clusters:
        raise LookupError(f"ClusterNotFoundException: {arguments.get('cluster', 'default')}")
    status, _, body = ecs._run_task(arguments)
    answer = json.loads(body)
    if status != 200 or answer.get("failures"):
        raise RuntimeError(answer.get("message") or json.dumps(answer.get("failures")))


def _give_up(invocation: Invocation, why: str) -> None:
    from ministack.services import sqs

    arn = (invocation.target.get("DeadLetterConfig") or {}).get("Arn")
    queue = sqs._queue_by_arn(arn) if arn else None
    if queue is None:
        return
    words = {"ERROR_CODE": "InvocationFailed", "ERROR_MESSAGE": why, "SCHEDULE_ARN": invocation.schedule["Arn"],
             "SCHEDULED_TIME": invocation.due.isoformat(), "EXECUTION_ID": invocation.execution}  # fmt: skip
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in words.items()}
    body = target.filled(invocation.target.get("Input") or "{}", invocation)
    sqs._act_send_message(
        {"QueueUrl": queue["url"], "MessageBody": body, "MessageAttributes": attributes}, queue["url"]
    )
