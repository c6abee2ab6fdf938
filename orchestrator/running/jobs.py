"""The jobs of an environment as Terraform made them: each has a state machine, which says what a run is and where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from orchestrator.aws import session
from orchestrator.target import Target

# terraform/modules/job/definition.tf
_RUN, _LOOK = "Run", "Look for a running task"


@dataclass(frozen=True)
class Job:
    """What a run of the job is: its task definition, where it runs (as RunTask is asked), and for how long at most.

    `skips` says that a run is left out while another goes on, which is told by the task definition's family.
    """

    name: str
    machine: str
    definition: str
    placement: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    skips: bool = False

    @property
    def family(self) -> str:
        """The family of its task definitions."""
        return self.definition.rpartition("/")[2].partition(":")[0]


@dataclass(frozen=True)
class Schedule:
    """When a job runs by itself; `enabled` is False while it does not."""

    expression: str
    time_zone: str
    enabled: bool


def read(name: str, machine: str, definition: str, cluster: str) -> Job | None:
    """The job that a state machine runs, None if it runs nothing in that cluster. Decides only."""
    try:
        states = json.loads(definition)["States"]
        run = states[_RUN]
        asked = run["Parameters"]
        if asked["Cluster"].rpartition("/")[2] != cluster:
            return None
        given = {key: _in_requests(value) for key, value in asked.items() if key in _PLACEMENT}
        placement = {_first_small(key): value for key, value in given.items()}
        return Job(name, machine, asked["TaskDefinition"], placement, float(run["TimeoutSeconds"]), _LOOK in states)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


_PLACEMENT = ("CapacityProviderStrategy", "NetworkConfiguration", "LaunchType")


def _in_requests(value: Any) -> Any:
    """Step Functions begins the names of members with a capital, ECS's API with a small letter."""
    if isinstance(value, dict):
        return {_first_small(key): _in_requests(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_requests(item) for item in value]
    return value


def _first_small(text: str) -> str:
    return text[:1].lower() + text[1:]


def all_of(target: Target) -> dict[str, Job]:
    """Every job of the environment, by name."""
    prefix, client = f"{target.environment.prefix}-", target.aws.client("stepfunctions")
    pages = client.get_paginator("list_state_machines").paginate()
    listed = {item["name"]: item["stateMachineArn"] for page in pages for item in page["stateMachines"]}
    wanted = {name.removeprefix(prefix): arn for name, arn in listed.items() if name.startswith(prefix)}

    def one(item: tuple[str, str]) -> Job | None:
        return _described(target, *item)

    with ThreadPoolExecutor(max_workers=4) as pool:
        found = [job for job in pool.map(one, sorted(wanted.items())) if job is not None]
    return {job.name: job for job in found}


def find(target: Target, name: str) -> Job | None:
    """The job of that name, None if there is none."""
    environment = target.environment
    machine = (
        f"arn:{target.aws.partition}:states:{environment.region}:{environment.account_id}"
        f":stateMachine:{environment.prefix}-{name}"
    )
    return _described(target, name, machine)


def _described(target: Target, name: str, machine: str) -> Job | None:
    from botocore.exceptions import ClientError

    try:
        found = target.aws.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    except ClientError as error:
        if session.is_code(error, "StateMachineDoesNotExist"):
            return None
        raise
    return read(name, machine, str(found["definition"]), target.environment.prefix)


def schedule(target: Target, job: Job) -> Schedule | None:
    """When the job runs by itself, None if it does not."""
    from botocore.exceptions import ClientError

    full = f"{target.environment.prefix}-{job.name}"
    try:
        found = target.aws.client("scheduler").get_schedule(Name=full, GroupName=full)
    except ClientError as error:
        if session.is_code(error, "ResourceNotFoundException"):
            return None
        raise
    zone = str(found.get("ScheduleExpressionTimezone") or "UTC")
    return Schedule(str(found["ScheduleExpression"]), zone, found.get("State") != "DISABLED")


def tasks(target: Target, job: Job, status: str = "RUNNING") -> list[Mapping[str, Any]]:
    """The job's tasks that run or are about to or, with STOPPED, have ended a short while ago; latest first."""
    ecs, cluster = target.aws.client("ecs"), target.environment.prefix
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, family=job.family, desiredStatus=status)
    arns = [arn for page in pages for arn in page["taskArns"]]
    found = [
        task
        for start in range(0, len(arns), 100)
        for task in ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + 100])["tasks"]
        if (task.get("lastStatus") == "STOPPED") == (status == "STOPPED")
    ]
    return sorted(found, key=lambda task: str(task.get("createdAt", "")), reverse=True)


def last_run(target: Target, job: Job) -> tuple[str, str]:
    """How the last run ended and when (UTC): by its schedule, or by hand if that was later. Empty if none is known."""
    return max(_runs(target, job), key=lambda run: run[1], default=("", ""))


def _runs(target: Target, job: Job) -> Iterator[tuple[str, str]]:
    client = target.aws.client("stepfunctions")
    executions = client.list_executions(stateMachineArn=job.machine, maxResults=1)["executions"]
    for item in executions:
        if item.get("stopDate"):
            yield str(item["status"]).lower().replace("_", " "), _utc(item["stopDate"])
    for task in tasks(target, job, "STOPPED")[:1]:
        codes = [item.get("exitCode") for item in task.get("containers", [])]
        if task.get("stoppedAt"):
            well = bool(codes) and all(code == 0 for code in codes)
            yield "succeeded" if well else "failed", _utc(task["stoppedAt"])


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
