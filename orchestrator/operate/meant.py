"""What runs of a service: the service itself, its tasks, and which of them is meant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from orchestrator.errors import ExitCode, Failure
from orchestrator.proof import probe, rollout, stops
from orchestrator.running import jobs, services
from orchestrator.standby.standby import is_standby
from orchestrator.target import Target

Described = Mapping[str, Any]


def service(target: Target, name: str) -> Described:
    """What ECS says of the service. Raises `Failure` where it does not exist, with the services that do."""
    found = rollout.services(target, [name]).get(name)
    if found is not None and not is_standby(name):
        return found
    if jobs.find(target, name) is not None:
        raise only_a_job(target.environment.name, name)
    raise unknown(target.environment.name, name, sorted([*services.names(target), *jobs.all_of(target)]))


def only_a_job(environment: str, name: str) -> Failure:
    """The failure for a job where a service is meant."""
    return Failure(
        f"{name} is a job: no task of it runs all the time",
        reason="This is for services of kind web, backend and worker.",
        next_step=f"python3 orchestrate.py run {name} {environment}   runs the job\n"
        f"python3 orchestrate.py run {name} {environment} -- COMMAND   runs a command in a task of its own",
        exit_code=ExitCode.USAGE,
    )


def unknown(environment: str, name: str, known: Sequence[str]) -> Failure:
    """The failure for a service that the environment does not have."""
    if not known:
        return Failure(
            f"nothing is deployed to {environment}",
            reason=f"It has no services, so no {name!r} either.",
            next_step=f"python3 orchestrate.py up {environment}",
        )
    near = difflib.get_close_matches(name, known, n=1)
    return Failure(
        f"{environment} has no service {name!r}",
        reason=f"Its services: {', '.join(known)}." + (f" Did you mean {near[0]}?" if near else ""),
        next_step=f"python3 orchestrate.py status {environment}",
        exit_code=ExitCode.USAGE,
    )


def tasks(target: Target, name: str) -> list[Described]:
    """The service's tasks that run, oldest first; none whose container is gone."""
    seen = rollout.Observer(target).observe(name)
    here = target.containers() if target.containers is not None else None
    found = [
        task
        for task in seen.tasks
        if task.get("lastStatus") == "RUNNING" and (here is None or not probe.is_gone(task, here))
    ]
    return sorted(found, key=lambda task: (str(task.get("startedAt", "")), stops.task_id(task)))


def choose(found: Sequence[Described], name: str, wanted: str | None, environment: str) -> Described:
    """The task that is meant: the one whose id begins with `wanted`, else the one that runs longest. Decides only."""
    if not found:
        raise Failure(
            f"no task of {name} runs in {environment}",
            reason="There is nothing to open a session in.",
            next_step=f"python3 orchestrate.py status {environment}\n"
            f"or run the command in a task of its own: python3 orchestrate.py run {name} {environment} -- COMMAND",
        )
    if wanted is None:
        return found[0]
    # A whole ARN is as good as an id.
    matching = [task for task in found if stops.task_id(task).startswith(wanted.rpartition("/")[2])]
    if len(matching) == 1 and wanted.rpartition("/")[2]:
        return matching[0]
    listed = ", ".join(stops.short_id(task) for task in found)
    raise Failure(
        f"{len(matching)} tasks of {name} have an id that begins with {wanted!r}" if matching and wanted
        else f"no task of {name} has the id {wanted!r}",
        reason=f"The tasks of {name} that run in {environment}: {listed}.",
        next_step=f"name one of them: --task {stops.short_id(found[0])}",
        exit_code=ExitCode.USAGE,
    )  # fmt: skip


def ended(target: Target, task: Described) -> str:
    """How the task ended, in words; "" while it runs, or where AWS does not say."""
    from botocore.exceptions import BotoCoreError, ClientError

    with suppress(BotoCoreError, ClientError):
        cluster, arn = target.environment.prefix, task["taskArn"]
        found = target.aws.client("ecs").describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        if not found:
            return f"Task {stops.short_id(task)} is gone."
        if found[0].get("desiredStatus") == "STOPPED" or found[0].get("lastStatus") == "STOPPED":
            return stops.describe({**found[0], "lastStatus": "STOPPED"})
    return ""


def task_ended(service: str, environment: str, how: str) -> Failure:
    """The failure for a session whose task is no more."""
    return Failure(
        f"the task of {service} ended, and the session with it",
        reason=how,
        next_step=f"python3 orchestrate.py logs {service} {environment}\nthe same command again opens another task",
    )
