"""The verdict on a deploy: asks ECS, each task and the load balancer until every service runs exactly its image.

Stopped tasks count from the first second, whatever ECS calls the deployment: an emulator calls a first one completed as
soon as it is made, and a version that lives for a while resets ECS's own count of failures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from orchestrator.aws import session as aws_errors
from orchestrator.proof import stops
from orchestrator.target import Target

Outcome = Literal["waiting", "live", "failed", "overtaken"]


@dataclass(frozen=True)
class Verdict:
    """How far a service's rollout is, with the reason in words."""

    outcome: Outcome
    text: str


@dataclass(frozen=True)
class Expected:
    """What a service should run: its image, and its task definition's ARN if this run has made or kept one.

    `before` is the ARN it ran before this run changed anything, None for a new service.
    """

    image: str
    definition: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Observation:
    """What ECS says of a service at one moment. `images` maps task definition ARN to image URI.

    `tasks` run or are about to, `stopped` have ended, as far as ECS still knows of them.
    """

    service: Mapping[str, Any]
    tasks: Sequence[Mapping[str, Any]] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    stopped: Sequence[Mapping[str, Any]] = ()

    @property
    def primary(self) -> Mapping[str, Any]:
        """The deployment that ECS is steering to."""
        deployments = self.service.get("deployments", [])
        return next((item for item in deployments if item.get("status") == "PRIMARY"), {})

    @property
    def definition(self) -> str:
        """The task definition's ARN that ECS is steering to."""
        return str(self.primary.get("taskDefinition", ""))

    @property
    def image(self) -> str | None:
        """The image that ECS is steering to."""
        return self.images.get(self.definition)

    def failures(self, expected: Expected) -> list[Mapping[str, Any]]:
        """The stopped tasks that speak against what is expected, latest first."""
        wanted = expected.definition or self.definition
        against = [
            task for task in self.stopped if task.get("taskDefinitionArn") == wanted and stops.speaks_against(task)
        ]
        return sorted(against, key=lambda task: str(task.get("stoppedAt") or task.get("createdAt") or ""), reverse=True)


def judge(seen: Observation, expected: Expected) -> Verdict:
    """The verdict on one service from what ECS says. Decides only; asks nothing."""
    service, primary = seen.service, seen.primary
    if service.get("status") != "ACTIVE":
        return Verdict("failed", f"the service is {service.get('status', 'missing')}")
    right = seen.definition == expected.definition if expected.definition else seen.image == expected.image
    if not right:
        if expected.before is None or seen.definition == expected.before:
            return Verdict("failed", "ECS rolled back to the version before")
        return Verdict("overtaken", f"another deploy has put {seen.definition.rpartition('/')[2]} there meanwhile")
    if primary.get("rolloutState") == "FAILED":
        return Verdict("failed", str(primary.get("rolloutStateReason") or "ECS gave the rollout up"))
    failures = len(seen.failures(expected))
    if failures >= stops.ENOUGH:
        return Verdict("failed", f"{failures} of its tasks have stopped")
    wanted = service.get("desiredCount", 0)
    of_primary = [task for task in seen.tasks if task.get("taskDefinitionArn") == seen.definition]
    running = sum(task.get("lastStatus") == "RUNNING" for task in of_primary)
    old = len(seen.tasks) - len(of_primary)
    stopped = f", {failures} stopped" if failures else ""
    if running < wanted:
        return Verdict("waiting", f"{running} of {wanted} new tasks run{stopped}")
    if old:
        return Verdict("waiting", f"{wanted} new tasks run, {old} old to go{stopped}")
    if primary.get("rolloutState", "COMPLETED") != "COMPLETED":
        return Verdict("waiting", f"{running} of {wanted} tasks run, ECS is settling{stopped}")
    return Verdict("live", f"{running} of {wanted} tasks run")


def definitions(target: Target, names: Iterable[str]) -> dict[str, str]:
    """The task definition's ARN that each of the services runs now; those that there are not yet are left out."""
    return {name: Observation(service).definition for name, service in services(target, names).items()}


def services(target: Target, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """What ECS says of each of the services that are active."""
    from botocore.exceptions import ClientError

    wanted, found = sorted(names), {}
    client, cluster = target.aws.client("ecs"), target.environment.prefix
    try:
        # ECS describes ten services in one call.
        for start in range(0, len(wanted), 10):
            answer = client.describe_services(cluster=cluster, services=wanted[start : start + 10])
            for service in answer["services"]:
                if service.get("status") == "ACTIVE":
                    found[service["serviceName"]] = service
    except ClientError as error:
        if not aws_errors.is_code(error, "ClusterNotFoundException"):
            raise
    return found


def container(definition: Mapping[str, Any], service: str) -> Mapping[str, Any]:
    """The container of a task definition that is the service itself; the others are its sidecars."""
    found: Sequence[Mapping[str, Any]] = definition["containerDefinitions"]
    # No service's name has an underscore: what follows one is this program's own (a standby).
    return next((item for item in found if item.get("name") == service.partition("_")[0]), found[0])


def container_of(task: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The container of a task that carries the service's name, or its only one."""
    found: Sequence[Mapping[str, Any]] = task.get("containers", [])
    return next((item for item in found if item.get("name") == name), found[0] if found else {})


class Observer:
    """Asks ECS about services again and again; keeps what does not change between two questions."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._images: dict[str, str] = {}
        self._stopped: dict[str, Mapping[str, Any]] = {}

    def observe(self, name: str) -> Observation:
        """What ECS says of a service now."""
        ecs, cluster = self._target.aws.client("ecs"), self._target.environment.prefix
        found = ecs.describe_services(cluster=cluster, services=[name])["services"]
        service = found[0] if found else {}
        described = self._describe(self._list(name, "RUNNING"))
        # A task that has ended may still be listed as one that should run.
        tasks = [task for task in described if task.get("lastStatus") != "STOPPED"]
        ended = [str(task["taskArn"]) for task in described if task.get("lastStatus") == "STOPPED"]
        listed = [*ended, *self._list(name, "STOPPED")]
        for task in self._describe([arn for arn in listed if arn not in self._stopped]):
            if task.get("lastStatus") == "STOPPED":
                self._stopped[str(task["taskArn"])] = task
        stopped = [self._stopped[arn] for arn in dict.fromkeys(listed) if arn in self._stopped]
        for deployment in service.get("deployments", []):
            arn = deployment["taskDefinition"]
            if arn not in self._images:
                definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
                self._images[arn] = container(definition, name)["image"]
        return Observation(service, tasks, self._images, stopped)

    def _list(self, name: str, status: str) -> list[str]:
        ecs, arns = self._target.aws.client("ecs"), []
        pages = ecs.get_paginator("list_tasks").paginate(
            cluster=self._target.environment.prefix, serviceName=name, desiredStatus=status
        )
        for page in pages:
            arns += page["taskArns"]
        return arns

    def _describe(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        ecs, cluster, tasks = self._target.aws.client("ecs"), self._target.environment.prefix, []
        for start in range(0, len(arns), 100):
            tasks += ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + 100])["tasks"]
        return tasks
