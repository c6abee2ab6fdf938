"""A one-off task on its way to its end: its state, its log lines, how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.console import Stage
from orchestrator.errors import Failure
from orchestrator.proof import rollout, stops
from orchestrator.system import interrupt
from orchestrator.target import Target

# Beyond this a task that does not start is not waited for: Fargate takes one or two minutes with a large image.
START_SECONDS = 600.0
POLL_SECONDS, LOCAL_POLL_SECONDS = 2.0, 0.5
# Lines arrive a moment after they were written, and after the task's end.
LATE_SECONDS, LOCAL_LATE_SECONDS = 6.0, 1.0
# Of a task that writes faster than it is read: between so many pages its state, the time and Ctrl-C are looked at.
PAGES_AT_ONCE = 10


@dataclass(frozen=True)
class Ended:
    """How the task ended: its id, its command's exit code, ECS's reason, its image, its seconds from start to end."""

    task: str
    exit_code: int
    reason: str
    image: str
    seconds: float


@dataclass(frozen=True)
class Wanted:
    """What to run: the command, none for a job's own; `image` a tag or a digest if not the one that is live.

    `limit_seconds` is how long it may take, and `limit` where that comes from.
    """

    service: str
    command: Sequence[str]
    image: str | None = None
    limit_seconds: float | None = None
    limit: str = "the --timeout that it was given"


class TooLong(Failure):
    """The task, by its id, took longer than it may."""

    task: str = ""


class NotStarted(Failure):
    """The task, by its id, did not get to run its command."""

    task: str = ""


class Followed:
    """A task on its way to its end."""

    def __init__(
        self, target: Target, wanted: Wanted, task: Mapping[str, Any], image: str, stage: Stage,
        on_line: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._target, self._wanted, self._task, self._image = target, wanted, task, image
        self._stage, self._on_line = stage, on_line
        self._ecs, self._logs = target.aws.client("ecs"), target.aws.client("logs")
        self._token: dict[str, str] = {}
        here = target.containers is not None
        self._poll, self._late = (LOCAL_POLL_SECONDS, LOCAL_LATE_SECONDS) if here else (POLL_SECONDS, LATE_SECONDS)

    def to_its_end(self) -> Ended:
        began, name, started = time.monotonic(), stops.short_id(self._task), False
        self._stage.event(f"task {name} of {self._wanted.service}")
        while True:
            seen = self._look()
            status = str(seen.get("lastStatus", ""))
            self._stage.note(f"task {name} is {status.lower()}")
            started = started or status in ("RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED")
            self.pass_on()
            if status == "STOPPED":
                break
            passed = time.monotonic() - began
            if not started and passed > START_SECONDS:
                raise self._not_started(f"It was {status.lower()} for {START_SECONDS / 60:.0f} minutes.")
            if self._wanted.limit_seconds is not None and passed > self._wanted.limit_seconds:
                raise self._too_long()
            interrupt.sleep(self._poll, f"task {name}")
        self._pass_on_late()
        return self._ended(seen, time.monotonic() - began)

    def _look(self) -> Mapping[str, Any]:
        cluster, arn = self._target.environment.prefix, self._task["taskArn"]
        found = self._ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        return found[0] if found else {**self._task, "lastStatus": "STOPPED"}

    def _ended(self, seen: Mapping[str, Any], seconds: float) -> Ended:
        code = rollout.container_of(seen, self._wanted.service).get("exitCode")
        if code is None or seen.get("stopCode") == "TaskFailedToStart":
            raise self._not_started(stops.describe(seen))
        return Ended(
            stops.task_id(seen), int(code), str(seen.get("stoppedReason") or ""), self._image, round(seconds, 2)
        )

    def _not_started(self, why: str) -> Failure:
        more = self._target.why_not_started(why) if self._target.why_not_started is not None else ""
        program = f"; {self._wanted.command[0]} must be a program in the image" if self._wanted.command else ""
        failure = NotStarted(
            f"the task for {self._wanted.service} did not start",
            # The engine's words, where there are any: the other ones are about the emulator's second attempt.
            reason=more or why,
            next_step=f"correct the cause and run it again{program}",
        )
        failure.task = stops.task_id(self._task)
        return failure

    def _too_long(self) -> Failure:
        failure = TooLong(
            f"task {stops.short_id(self._task)} did not end within {minutes(self._wanted.limit_seconds or 0)}, and was "
            "stopped",
            reason=f"That is {self._wanted.limit}.",
            next_step="give it more time, or see in the lines above what it waits for",
        )
        failure.task = stops.task_id(self._task)
        return failure

    def pass_on(self) -> bool:
        """Pass on the lines that are new; False if there were none."""
        name, environment = self._wanted.service, self._target.environment
        any_line = False
        for _ in range(PAGES_AT_ONCE):
            try:
                found = self._logs.get_log_events(
                    logGroupName=f"/ecs/{environment.prefix}/{name}",
                    logStreamName=f"{name}/{name}/{stops.task_id(self._task)}",
                    startFromHead=True,
                    **self._token,
                )
            except self._logs.exceptions.ResourceNotFoundException:
                return any_line
            self._token = {"nextToken": found["nextForwardToken"]}
            if not found["events"]:
                return any_line
            any_line = True
            for event in found["events"]:
                self._on_line(str(event["message"]).rstrip("\n"))
        return any_line

    def _pass_on_late(self) -> None:
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < self._late:
            time.sleep(min(self._poll, 0.5))
            if self.pass_on():
                quiet_since = time.monotonic()


def minutes(seconds: float) -> str:
    """So many seconds in words."""
    if seconds < 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} minute{'' if seconds == 60 else 's'}"
