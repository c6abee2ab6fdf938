"""The verdict on a deploy: asks ECS, each task and the load balancer until every service runs exactly its image.

Stopped tasks count from the first second, whatever ECS calls the deployment: an emulator calls a first one completed as
soon as it is made, and a version that lives for a while resets ECS's own count of failures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from orchestrator.aws import session as aws_errors
from orchestrator.proof import stops
from orchestrator.target import Target

# ECS describes so many services and tasks in one call.
SERVICES_AT_ONCE = 10
TASKS_AT_ONCE = 100
# As many questions are asked at the same time.
ASKERS = 8

Outcome = Literal["waiting", "live", "failed", "overtaken"]


@dataclass(frozen=True)
class Verdict:
    """How far a service's rollout is, with the reason in words."""

    outcome: Outcome
    text: str


@dataclass(frozen=True)
class Expected:
    """What a service should run: its image, and its task definition's ARN if this run has made or kept one.

    `before` is the ARN it ran before this run changed anything, None for a new service. `given_up` is the id of the
    deployment in the place of which this run has started another one.
    """

    image: str
    definition: str | None = None
    before: str | None = None
    given_up: str = ""


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
        if expected.given_up and primary.get("id") == expected.given_up:
            return Verdict("waiting", "ECS has not begun the deployment that was started again")
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

    try:
        found = _described(target, names)
    except ClientError as error:
        if not aws_errors.is_code(error, "ClusterNotFoundException"):
            raise
        return {}
    return {name: service for name, service in found.items() if service.get("status") == "ACTIVE"}


def _described(target: Target, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """What ECS says of each of the services that it knows."""
    client, cluster, wanted = target.aws.client("ecs"), target.environment.prefix, sorted(names)

    def ask(start: int) -> Sequence[Mapping[str, Any]]:
        answer = client.describe_services(cluster=cluster, services=wanted[start : start + SERVICES_AT_ONCE])
        found: Sequence[Mapping[str, Any]] = answer["services"]
        return found

    with ThreadPoolExecutor(max_workers=ASKERS) as pool:
        answers = pool.map(ask, range(0, len(wanted), SERVICES_AT_ONCE))
        return {str(service["serviceName"]): service for answer in answers for service in answer}


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
        return self._observed([name], serviceName=name)[name]

    def observe_all(self, names: Collection[str]) -> dict[str, Observation]:
        """The same of several, asked for together: ECS limits how often it is asked, for all of an account."""
        return self._observed(names) if names else {}

    def _observed(self, names: Collection[str], **only: str) -> dict[str, Observation]:
        described = self._describe(self._list("RUNNING", only))
        # A task that has ended may still be listed as one that should run.
        ended = [str(task["taskArn"]) for task in described if task.get("lastStatus") == "STOPPED"]
        # Only now: what ends in between is in both lists.
        listed = list(dict.fromkeys([*ended, *self._list("STOPPED", only)]))
        for task in self._describe([arn for arn in listed if arn not in self._stopped]):
            if task.get("lastStatus") == "STOPPED":
                self._stopped[str(task["taskArn"])] = task
        running = _by_service(task for task in described if task.get("lastStatus") != "STOPPED")
        # Last: where ECS gives a deployment up for the tasks that have stopped, it is heard with them.
        services = _described(self._target, names)
        self._know_images(services, running)
        stopped = _by_service(self._stopped[arn] for arn in listed if arn in self._stopped)
        return {
            name: Observation(services.get(name, {}), running.get(name, []), self._images, stopped.get(name, []))
            for name in names
        }

    def _know_images(
        self, services: Mapping[str, Mapping[str, Any]], running: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> None:
        """What each task definition's image is: as a task of it says, else as ECS does when it is asked for it."""
        ecs = self._target.aws.client("ecs")
        for name in services:
            for task in running.get(name, ()):
                own = (item for item in task.get("containers", ()) if item.get("name") == name.partition("_")[0])
                self._images |= {
                    str(task["taskDefinitionArn"]): str(item["image"]) for item in own if item.get("image")
                }
        named: dict[str, str] = {}
        for name, service in services.items():
            named |= {deployment["taskDefinition"]: name for deployment in service.get("deployments", [])}
        unknown = [arn for arn in named if arn not in self._images]

        def ask(arn: str) -> str:
            definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            return str(container(definition, named[arn])["image"])

        with ThreadPoolExecutor(max_workers=ASKERS) as pool:
            self._images |= dict(zip(unknown, pool.map(ask, unknown), strict=True))

    def _list(self, status: str, only: Mapping[str, str]) -> list[str]:
        pages = self._target.aws.client("ecs").get_paginator("list_tasks").paginate(
            cluster=self._target.environment.prefix, desiredStatus=status, **only
        )  # fmt: skip
        return [arn for page in pages for arn in page["taskArns"]]

    def _describe(self, arns: Sequence[str]) -> list[Mapping[str, Any]]:
        ecs, cluster = self._target.aws.client("ecs"), self._target.environment.prefix

        def ask(start: int) -> Sequence[Mapping[str, Any]]:
            answer = ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + TASKS_AT_ONCE])
            found: Sequence[Mapping[str, Any]] = answer["tasks"]
            return found

        with ThreadPoolExecutor(max_workers=ASKERS) as pool:
            return [task for tasks in pool.map(ask, range(0, len(arns), TASKS_AT_ONCE)) for task in tasks]


def _by_service(tasks: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The tasks of each service; those that no service has started are of a group of another kind."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for task in tasks:
        kind, _, name = str(task.get("group", "")).partition(":")
        if kind == "service":
            found.setdefault(name, []).append(task)
    return found
