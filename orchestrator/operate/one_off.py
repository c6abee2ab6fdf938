"""`run`: a command in a task of its own, with a service's image, network, roles, secrets and size."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.aws import session
from orchestrator.console import Stage
from orchestrator.errors import Failure, Interrupted
from orchestrator.operate import chosen_image, definition, meant, refusals
from orchestrator.project.environment import PROJECT, Environment
from orchestrator.proof import stops
from orchestrator.proof.rollout import Observation
from orchestrator.system import interrupt
from orchestrator.target import Target

# Beyond this a task that does not start is not waited for: Fargate takes one or two minutes with a large image.
START_SECONDS = 600.0
# Twice the stop timeout of a container (terraform/environment/timing.tf), and what ECS adds.
STOP_SECONDS = 150.0
POLL_SECONDS, LOCAL_POLL_SECONDS = 2.0, 0.5
# Lines arrive a moment after they were written, and after the task's end.
LATE_SECONDS, LOCAL_LATE_SECONDS = 6.0, 1.0
# Letters, digits, hyphens, slashes and underscores are what ECS takes (RunTask, startedBy).
STARTED_BY = "orchestrate/run"
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
    """What to run: the command; `image` a tag or a digest if not the one that is live; how long it may take."""

    service: str
    command: Sequence[str]
    image: str | None = None
    limit_seconds: float | None = None


def run(target: Target, wanted: Wanted, stage: Stage, on_line: Callable[[str], None]) -> Ended:
    """Run it to its end, `on_line` is given each line that it writes. Raises `Failure` if it does not start or end.

    However it ends, also by Ctrl-C, the task is stopped and its definition deregistered; but a task that AWS does not
    let be watched any more goes on.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    environment = target.environment
    ecs = target.aws.client("ecs")
    again = "run the same command again"
    with refusals.explained(f"no task was started for {wanted.service}", next_step=again):
        service = meant.service(target, wanted.service)
        image = chosen_image.find(target.aws, wanted.service, wanted.image) if wanted.image else None
        described = ecs.describe_task_definition(taskDefinition=Observation(service).definition)["taskDefinition"]
        made = definition.of(described, wanted.service, wanted.command, image)
        made["tags"] = tags(environment, wanted.service)
        definition.check_command(wanted.command, made)
        interrupt.check("the start of the task")
        arn = str(ecs.register_task_definition(**made)["taskDefinition"]["taskDefinitionArn"])
    task, watched, interrupted = None, True, None
    try:
        with refusals.explained(f"ECS started no task for {wanted.service}", next_step=again):
            task = start(ecs, environment, service, arn, wanted.service)
        try:
            return Followed(target, wanted, task, made, stage, on_line).to_its_end()
        except (BotoCoreError, ClientError) as error:
            watched = False
            raise unwatched(error, environment.name, wanted.service, task) from error
        except Interrupted as failure:
            interrupted = failure
            raise
    finally:
        left = _tidy(ecs, environment.prefix, task if watched else None, arn, stage)
        if interrupted is not None:
            say_what_is_left(interrupted, left, environment.name, wanted.service)


def say_what_is_left(failure: Interrupted, left: str, environment: str, service: str) -> None:
    """Complete the failure of an interrupted run: whether its task could be stopped."""
    if left:
        failure.reason = f"The task could not be stopped, or not be seen to stop: {left}"
        failure.next_step = f"python3 orchestrate.py logs {service} {environment}   shows what it goes on to write"
    else:
        failure.reason, failure.next_step = "The task is stopped; nothing of it is left.", ""


def unwatched(error: Exception, environment: str, service: str, task: Mapping[str, Any]) -> Failure:
    """The failure where AWS does not let the task be watched any more. It is not stopped for that."""
    name = stops.short_id(task)
    return refusals.failure(
        error,
        f"task {name} of {service} could not be watched to its end",
        left=f"Task {name} goes on by itself; its exit code is not known.",
        next_step=f"python3 orchestrate.py logs {service} {environment}   shows what it writes",
    )


def tags(environment: Environment, name: str) -> list[dict[str, str]]:
    """As Terraform tags: what a role may do is decided by them."""
    values = {
        "Name": f"{environment.prefix}-{name}-run", "Project": PROJECT, "Environment": environment.name,
        "ManagedBy": "orchestrate.py",
    }  # fmt: skip
    return [{"key": key, "value": value} for key, value in values.items()]


def request(environment: Environment, service: Mapping[str, Any], arn: str, name: str) -> dict[str, Any]:
    """What RunTask is asked for: where and how the service's own tasks run, but as nobody's."""
    asked: dict[str, Any] = {
        "cluster": environment.prefix, "taskDefinition": arn, "count": 1, "startedBy": STARTED_BY,
        "group": f"run:{name}", "enableECSManagedTags": True, "tags": tags(environment, name),
    }  # fmt: skip
    for key in ("capacityProviderStrategy", "networkConfiguration"):
        if service.get(key):
            asked[key] = service[key]
    if "capacityProviderStrategy" not in asked and service.get("launchType"):
        asked["launchType"] = service["launchType"]
    return asked


def start(ecs: Any, environment: Environment, service: Mapping[str, Any], arn: str, name: str) -> Mapping[str, Any]:
    """The task that ECS has accepted. Raises `Failure` with its reason where there is no room for it."""
    answer = ecs.run_task(**request(environment, service, arn, name))
    if answer.get("tasks"):
        task: Mapping[str, Any] = answer["tasks"][0]
        return task
    raise not_placed(name, answer.get("failures", []))


def not_placed(name: str, failures: Sequence[Mapping[str, Any]]) -> Failure:
    """The failure for a task that ECS did not accept."""
    told = [f"{item.get('reason', '')} {item.get('detail', '')}".strip() for item in failures]
    return Failure(
        f"ECS started no task for {name}",
        reason="\n".join(text for text in told if text) or "It gives no reason.",
        next_step="where it is capacity that is missing: try it again later, or raise the quota of Fargate's vCPUs",
    )


class Followed:
    """A task on its way to its end."""

    def __init__(
        self, target: Target, wanted: Wanted, task: Mapping[str, Any], made: Mapping[str, Any], stage: Stage,
        on_line: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._target, self._wanted, self._task, self._stage, self._on_line = target, wanted, task, stage, on_line
        self._ecs, self._logs = target.aws.client("ecs"), target.aws.client("logs")
        self._image = next(
            (str(item["image"]) for item in made["containerDefinitions"] if item["name"] == wanted.service), ""
        )
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
        code = meant.container(seen, self._wanted.service).get("exitCode")
        if code is None or seen.get("stopCode") == "TaskFailedToStart":
            raise self._not_started(stops.describe(seen))
        name = stops.short_id(seen)
        return Ended(name, int(code), str(seen.get("stoppedReason") or ""), self._image, round(seconds, 2))

    def _not_started(self, why: str) -> Failure:
        more = self._target.why_not_started(why) if self._target.why_not_started is not None else ""
        return Failure(
            f"the task for {self._wanted.service} did not start",
            # The engine's words, where there are any: the other ones are about the emulator's second attempt.
            reason=more or why,
            next_step=f"correct the cause and run it again; {self._wanted.command[0]} must be a program in the image",
        )

    def _too_long(self) -> Failure:
        limit = (self._wanted.limit_seconds or 0) / 60
        return Failure(
            f"task {stops.short_id(self._task)} did not end within {limit:g} minutes, and was stopped",
            reason="That is the --timeout that it was given.",
            next_step="give it more time, or see in the lines above what it waits for",
        )

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


def _tidy(ecs: Any, cluster: str, task: Mapping[str, Any] | None, arn: str, stage: Stage) -> str:
    """Stop the task if it still runs, wait for its end, deregister the definition; what is left, "" if nothing is.

    Failures are said, never raised.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    left = ""
    try:
        if task is not None and _status(ecs, cluster, task) != "STOPPED":
            stage.note(f"stopping task {stops.short_id(task)}")
            ecs.stop_task(cluster=cluster, task=task["taskArn"], reason=f"{STARTED_BY} was ended")
            until = time.monotonic() + STOP_SECONDS
            while _status(ecs, cluster, task) != "STOPPED" and time.monotonic() < until:
                time.sleep(LOCAL_POLL_SECONDS)
            if time.monotonic() >= until:
                left = f"task {stops.short_id(task)} has not stopped after {STOP_SECONDS:.0f} s."
                stage.event(f"warning: {left}")
            else:
                stage.event(f"task {stops.short_id(task)} was stopped")
        ecs.deregister_task_definition(taskDefinition=arn)
    except (BotoCoreError, ClientError) as error:
        goes_on = f"task {stops.short_id(task)} may go on, and " if task is not None else ""
        left = f"{goes_on}{arn.rpartition('/')[2]} stays registered: {session.explain(error)}"
        stage.event(f"warning: {left}")
    return left


def _status(ecs: Any, cluster: str, task: Mapping[str, Any]) -> str:
    found = ecs.describe_tasks(cluster=cluster, tasks=[task["taskArn"]])["tasks"]
    return str(found[0].get("lastStatus", "")) if found else "STOPPED"
