"""The services of an environment as ECS runs them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from orchestrator.aws import session
from orchestrator.proof import rollout
from orchestrator.running import jobs
from orchestrator.standby.standby import is_standby
from orchestrator.target import Target


@dataclass(frozen=True)
class Running:
    """What ECS is steering a service to: image, variables, CPU units, MiB of memory, number of tasks and port.

    `capacity` is what its tasks run on, None where that is not said.
    """

    image: str
    cpu: int
    memory: int
    count: int
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    capacity: str | None = None


def names(target: Target) -> list[str]:
    """The names of the services, standbys left out; none without a cluster."""
    from botocore.exceptions import ClientError

    found: list[str] = []
    try:
        pages = target.aws.client("ecs").get_paginator("list_services").paginate(cluster=target.environment.prefix)
        for page in pages:
            found += [arn.rpartition("/")[2] for arn in page["serviceArns"]]
    except ClientError as error:
        if session.is_code(error, "ClusterNotFoundException"):
            return []
        raise
    return sorted(name for name in found if not is_standby(name))


def running(target: Target) -> dict[str, Running]:
    """Every service, job and sidecar with its task definition, by name; of jobs and sidecars the number is 0."""
    from orchestrator.running import capacity  # which takes manifests to read; names need none

    ecs = target.aws.client("ecs")
    found = rollout.services(target, names(target))
    counts = {name: int(service.get("desiredCount", 0)) for name, service in found.items()}
    of_jobs = jobs.all_of(target)
    arns = {
        name: rollout.Observation(service).definition or str(service.get("taskDefinition", ""))
        for name, service in found.items()
    } | {name: job.definition for name, job in of_jobs.items()}
    placed = {**found, **{name: job.placement for name, job in of_jobs.items()}}
    on = {name: capacity.found(item, target.environment.prefix) for name, item in placed.items()}

    def described(arn: str) -> Mapping[str, Any]:
        definition: Mapping[str, Any] = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        return definition

    with ThreadPoolExecutor(max_workers=8) as pool:
        definitions = dict(zip(arns, pool.map(described, arns.values()), strict=True))
    of_sidecars = {
        item["name"]: read(definition, 0, item["name"])
        for definition in definitions.values()
        for item in definition["containerDefinitions"]
    }
    return of_sidecars | {
        name: read(definition, counts.get(name, 0), name, on[name]) for name, definition in definitions.items()
    }


def read(definition: Mapping[str, Any], count: int, name: str, capacity: str | None = None) -> Running:
    """What a task definition says of the service of that name, for that many tasks on that capacity."""
    container = rollout.container(definition, name)
    ports = container.get("portMappings") or [{}]
    return Running(
        image=str(container["image"]),
        cpu=int(definition.get("cpu") or 0),
        memory=int(definition.get("memory") or 0),
        count=count,
        port=int(ports[0].get("containerPort") or 0),
        environment={item["name"]: item.get("value", "") for item in container.get("environment", [])},
        capacity=capacity,
    )
