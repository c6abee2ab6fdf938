"""A task of its own, for a command or a job's run: started, followed to its end, stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.aws import refusals, session
from orchestrator.console import Stage
from orchestrator.errors import Failure, Interrupted
from orchestrator.project.environment import Environment, project
from orchestrator.proof import rollout, stops
from orchestrator.system import interrupt
from orchestrator.target import Target
from orchestrator.tasks import definition
from orchestrator.tasks.followed import LOCAL_POLL_SECONDS, Ended, Followed, Wanted

# Twice the stop timeout of a container (terraform/environment/timing.tf), and what ECS adds.
STOP_SECONDS = 150.0
# Letters, digits, hyphens, slashes and underscores are what ECS takes (RunTask, startedBy).
STARTED_BY = "orchestrate/run"
AGAIN = "run the same command again"


@dataclass(frozen=True)
class Made:
    """A task definition to run: its ARN, its image, and whether it was registered for this one task."""

    arn: str
    image: str
    for_this: bool = False


def register(target: Target, described: Mapping[str, Any], wanted: Wanted, image: str | None = None) -> Made:
    """Register what `described` says with the command that is wanted, and perhaps another image. Raises `Failure`."""
    made = definition.of(described, wanted.service, wanted.command, image)
    made["tags"] = tags(target.environment, wanted.service)
    definition.check_command(wanted.command, made)
    interrupt.check("the start of the task")
    arn = str(target.aws.client("ecs").register_task_definition(**made)["taskDefinition"]["taskDefinitionArn"])
    return Made(arn, str(rollout.container(made, wanted.service)["image"]), for_this=True)


def carry_out(
    target: Target, wanted: Wanted, place: Mapping[str, Any], made: Made, stage: Stage,
    on_line: Callable[[str], None],
) -> Ended:  # fmt: skip
    """Start a task of the definition `made` and follow it to its end, `on_line` is given each line that it writes.

    However that ends, also by Ctrl-C, the task is stopped and the definition deregistered that was made for it; but a
    task that AWS does not let be watched any more goes on. Raises `Failure`.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    ecs, environment = target.aws.client("ecs"), target.environment
    task, watched, interrupted = None, True, None
    try:
        with refusals.explained(f"ECS started no task for {wanted.service}", next_step=AGAIN):
            task = start(ecs, environment, place, made.arn, wanted.service)
        try:
            return Followed(target, wanted, task, made.image, stage, on_line).to_its_end()
        except (BotoCoreError, ClientError) as error:
            watched = False
            raise unwatched(error, environment.name, wanted.service, task) from error
        except Interrupted as failure:
            interrupted = failure
            raise
    finally:
        only_for_this = made.arn if made.for_this else None
        left = tidy(ecs, environment.prefix, task if watched else None, only_for_this, stage)
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
        "Name": f"{environment.prefix}-{name}-run", "Project": project(), "Environment": environment.name,
        "ManagedBy": "orchestrate.py",
    }  # fmt: skip
    return [{"key": key, "value": value} for key, value in values.items()]


def request(environment: Environment, place: Mapping[str, Any], arn: str, name: str) -> dict[str, Any]:
    """What RunTask is asked for: where and how the service's own tasks run (`place`), but as nobody's."""
    asked: dict[str, Any] = {
        "cluster": environment.prefix, "taskDefinition": arn, "count": 1, "startedBy": STARTED_BY,
        "group": f"run:{name}", "enableECSManagedTags": True, "tags": tags(environment, name),
    }  # fmt: skip
    for key in ("capacityProviderStrategy", "networkConfiguration"):
        if place.get(key):
            asked[key] = place[key]
    if "capacityProviderStrategy" not in asked and place.get("launchType"):
        asked["launchType"] = place["launchType"]
    return asked


def start(ecs: Any, environment: Environment, place: Mapping[str, Any], arn: str, name: str) -> Mapping[str, Any]:
    """The task that ECS has accepted. Raises `Failure` with its reason where there is no room for it."""
    answer = ecs.run_task(**request(environment, place, arn, name))
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


def tidy(ecs: Any, cluster: str, task: Mapping[str, Any] | None, arn: str | None, stage: Stage) -> str:
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
        if arn is not None:
            ecs.deregister_task_definition(taskDefinition=arn)
    except (BotoCoreError, ClientError) as error:
        goes_on = [f"task {stops.short_id(task)} may go on"] if task is not None else []
        goes_on += [f"{arn.rpartition('/')[2]} stays registered"] if arn is not None else []
        left = f"{', and '.join(goes_on)}: {session.explain(error)}"
        stage.event(f"warning: {left}")
    return left


def _status(ecs: Any, cluster: str, task: Mapping[str, Any]) -> str:
    found = ecs.describe_tasks(cluster=cluster, tasks=[task["taskArn"]])["tasks"]
    return str(found[0].get("lastStatus", "")) if found else "STOPPED"
