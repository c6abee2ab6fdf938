"""The verdict on a deploy: asks ECS, each task and the load balancer until every service runs exactly its image."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from orchestrator import aws as aws_errors
from orchestrator import evidence, interrupt
from orchestrator.console import Stage
from orchestrator.errors import Failure
from orchestrator.manifest import Service
from orchestrator.target import Target

POLL_SECONDS = 2.0
# ECS's own circuit breaker gives up well before this; it bounds what nobody else bounds.
DEADLINE_SECONDS = 900.0
# A task that runs must answer its health path within this: the health check grace period, twice.
PROBE_SECONDS = 60.0

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
    """What ECS says of a service at one moment. `images` maps task definition ARN to image URI."""

    service: Mapping[str, Any]
    tasks: Sequence[Mapping[str, Any]] = ()
    images: Mapping[str, str] = field(default_factory=dict)

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
    wanted = service.get("desiredCount", 0)
    of_primary = [task for task in seen.tasks if task.get("taskDefinitionArn") == seen.definition]
    running = sum(task.get("lastStatus") == "RUNNING" for task in of_primary)
    old = len(seen.tasks) - len(of_primary)
    if running < wanted:
        return Verdict("waiting", f"{running} of {wanted} new tasks run")
    if old:
        return Verdict("waiting", f"{wanted} new tasks run, {old} old to go")
    if primary.get("rolloutState", "COMPLETED") != "COMPLETED":
        return Verdict("waiting", f"{running} of {wanted} tasks run, ECS is settling")
    return Verdict("live", f"{running} of {wanted} tasks run")


def definitions(target: Target, names: Iterable[str]) -> dict[str, str]:
    """The task definition's ARN that each of the services runs now; those that there are not yet are left out."""
    from botocore.exceptions import ClientError

    wanted, found = sorted(names), {}
    client, cluster = target.aws.client("ecs"), target.environment.prefix
    try:
        # ECS describes ten services in one call.
        for start in range(0, len(wanted), 10):
            answer = client.describe_services(cluster=cluster, services=wanted[start : start + 10])
            for service in answer["services"]:
                if service.get("status") == "ACTIVE":
                    found[service["serviceName"]] = Observation(service).definition
    except ClientError as error:
        if not aws_errors.is_code(error, "ClusterNotFoundException"):
            raise
    return found


def observe(target: Target, name: str, images: dict[str, str]) -> Observation:
    """Ask ECS about one service. `images` caches the image of each task definition between calls."""
    ecs, cluster = target.aws.client("ecs"), target.environment.prefix
    found = ecs.describe_services(cluster=cluster, services=[name])["services"]
    service = found[0] if found else {}
    arns: list[str] = []
    for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=name):
        arns += page["taskArns"]
    tasks: list[dict[str, Any]] = []
    for start in range(0, len(arns), 100):
        described = ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + 100])["tasks"]
        # A task that has ended may still be listed as one that should run.
        tasks += [task for task in described if task.get("lastStatus") != "STOPPED"]
    for deployment in service.get("deployments", []):
        arn = deployment["taskDefinition"]
        if arn not in images:
            definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            images[arn] = definition["containerDefinitions"][0]["image"]
    return Observation(service, tasks, images)


def wait(target: Target, services: Sequence[Service], expected: Mapping[str, Expected], stage: Stage) -> dict[str, int]:
    """Return when every service runs what is expected on every task and answers: per service the number of tasks.

    Raises `Failure` with evidence. Its exit code is the caller's business: this does not know whether another version
    still serves. Raises `Overtaken` if somebody else deploys at the same time.
    """
    images: dict[str, str] = {}
    waiting = {service.name: service for service in services}
    settled_at: dict[str, float] = {}
    tasks: dict[str, int] = {}
    told = _EventTeller(stage)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while waiting:
        texts = []
        for name, service in list(waiting.items()):
            seen = observe(target, name, images)
            told.tell(name, seen.service.get("events", []))
            verdict = judge(seen, expected[name])
            if verdict.outcome == "live":
                verdict = _prove(target, service, seen, verdict, settled_at.setdefault(name, time.monotonic()))
            else:
                settled_at.pop(name, None)
            if verdict.outcome == "live":
                stage.event(f"{name} is live, {verdict.text}")
                tasks[name] = int(seen.service.get("desiredCount", 0))
                del waiting[name]
            elif verdict.outcome == "overtaken":
                raise Overtaken(target, name, verdict.text)
            elif verdict.outcome == "failed":
                raise failure(target, name, expected[name].image, verdict.text)
            else:
                texts.append(f"{name}: {verdict.text}")
        stage.note("; ".join(texts))
        if waiting:
            if time.monotonic() > deadline:
                name = next(iter(waiting))
                raise failure(target, name, expected[name].image, f"not live after {DEADLINE_SECONDS / 60:.0f} minutes")
            interrupt.sleep(POLL_SECONDS, "the rollout")
    return tasks


class Overtaken(Failure):
    """Another deploy changed the service while this one waited. Going back would undo that one."""

    def __init__(self, target: Target, name: str, text: str) -> None:
        super().__init__(
            f"the new version of {name} did not get to its end: {text}",
            reason="Somebody deploys to the same environment from another checkout. Nothing was rolled back.",
            next_step=f"python3 orchestrate.py status {target.environment.name}",
        )


def _prove(target: Target, service: Service, seen: Observation, verdict: Verdict, settled_at: float) -> Verdict:
    """ECS is content: now the load balancer and, where they can be reached, the tasks must say that they are well."""
    complaint = _unhealthy_target(target, seen) or _unwell_task(target, service, seen)
    if not complaint:
        return verdict
    outcome: Outcome = "failed" if time.monotonic() - settled_at > PROBE_SECONDS else "waiting"
    return Verdict(outcome, complaint)


def failure(target: Target, name: str, image: str, reason: str) -> Failure:
    """The failure of one service's rollout with its stopped task's reason, exit code and last log lines."""
    found = evidence.collect(target, name, image)
    return Failure(
        f"the new version of {name} did not go live: {reason}",
        reason=found.reason,
        details=found.log,
        next_step=f"python3 orchestrate.py logs {name} {target.environment.name}",
    )


def _unhealthy_target(target: Target, seen: Observation) -> str:
    client = target.aws.client("elbv2")
    for balancer in seen.service.get("loadBalancers", []):
        states = client.describe_target_health(TargetGroupArn=balancer["targetGroupArn"])["TargetHealthDescriptions"]
        current = [item["TargetHealth"] for item in states if item["TargetHealth"]["State"] != "draining"]
        bad = [item for item in current if item["State"] != "healthy"]
        if bad:
            return f"a target is {bad[0]['State']}: {bad[0].get('Description', 'no reason given')}"
        if len(current) < seen.service.get("desiredCount", 0):
            return f"{len(current)} of {seen.service['desiredCount']} tasks are registered as targets"
    return ""


def _unwell_task(target: Target, service: Service, seen: Observation) -> str:
    """Ask each task directly: the emulated load balancer calls every target healthy."""
    if not target.tasks_reachable:
        return ""
    for task in seen.tasks:
        address = task_address(task)
        if address is None:
            return f"task {short_id(task)} has no address yet"
        complaint = _get(f"http://{address}:{service.port}{service.health}")
        if complaint:
            return f"task {short_id(task)} {complaint}"
    return ""


def _get(url: str) -> str:
    path = "/" + url.split("/", 3)[3]
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=5) as answer:
            return "" if answer.status == 200 else f"answers {path} with {answer.status}"
    except urllib.error.HTTPError as error:
        return f"answers {path} with {error.code}"
    except (OSError, http.client.HTTPException) as error:
        return f"does not answer {path}: {getattr(error, 'reason', error) or type(error).__name__}"


def task_address(task: Mapping[str, Any]) -> str | None:
    """The private IP address of an awsvpc task."""
    for attachment in task.get("attachments", []):
        for detail in attachment.get("details", []):
            if detail.get("name") == "privateIPv4Address":
                return str(detail["value"])
    for container in task.get("containers", []):
        for interface in container.get("networkInterfaces", []):
            if interface.get("privateIpv4Address"):
                return str(interface["privateIpv4Address"])
    return None


def short_id(task: Mapping[str, Any]) -> str:
    """The first digits of a task's id."""
    return str(task.get("taskArn", "")).rpartition("/")[2][:8]


class _EventTeller:
    """Passes on each ECS event once, and none from before this run."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._seen: dict[str, set[str]] = {}

    def tell(self, name: str, events: Sequence[Mapping[str, Any]]) -> None:
        known = self._seen.get(name)
        fresh = [event for event in events if known is not None and event.get("id") not in known]
        self._seen[name] = {str(event.get("id")) for event in events}
        for event in reversed(fresh):
            self._stage.event(str(event.get("message", "")))
