"""ECS services on Fargate: so many tasks of such a size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from orchestrator.review.cost.parts import NotKnown, Part, Side, number, seen
from orchestrator.review.model import Resource
from orchestrator.review.values import UNKNOWN

FARGATE, SPOT = "FARGATE", "FARGATE_SPOT"
DEFINITION = "aws_ecs_task_definition"
INCLUDED_GB = 20
"""Gigabytes of storage that a task has without paying for them."""
_FAMILY = re.compile(r"(?:arn:.*:task-definition/)?(?P<family>[^:/]+)(?::\d+)?")


def service(side: Side) -> Iterator[Part]:
    """The tasks of a service. Those on instances cost nothing by themselves: the instances do."""
    if not _on_fargate(side):
        return
    tasks = side.number("desired_count", 1)
    if not tasks:
        return
    yield from _task(_definition(side), tasks)


def _on_fargate(side: Side) -> bool:
    strategy = side.get("capacity_provider_strategy") or []
    providers = {str(seen(entry.get("capacity_provider"), "capacity_provider")) for entry in strategy}
    if not providers:
        launch_type = side.get("launch_type")
        if launch_type is None:
            raise NotKnown("the cluster decides where its tasks run")
        providers = {str(launch_type)}
    if SPOT in providers:
        raise NotKnown("it runs on FARGATE_SPOT, whose price moves (up to 70% below FARGATE's)")
    if "EXTERNAL" in providers:
        raise NotKnown("each machine outside of AWS is paid for by the hour")
    if FARGATE in providers and len(providers) > 1:
        raise NotKnown("its tasks are spread over Fargate and others")
    return FARGATE in providers


def _definition(side: Side) -> Mapping[str, Any]:
    """The values of the service's task definition on the same side."""
    reference = side.values.get("task_definition")
    found: list[Resource] = []
    if isinstance(reference, str):
        match = _FAMILY.fullmatch(reference)
        family = match["family"] if match else ""
        found = [item for item in side.neighbours.of_type(DEFINITION) if family in _families(item)]
    elif reference is UNKNOWN:
        found = side.neighbours.referred(side.resource, DEFINITION)
    if len(found) != 1:
        raise NotKnown("its task definition is not in this plan")
    return side.of(found[0])


def _families(item: Resource) -> list[Any]:
    return [values.get("family") for values in (item.before, item.after) if values]


def _task(values: Mapping[str, Any], tasks: Decimal) -> Iterator[Part]:
    platform = (seen(values.get("runtime_platform"), "runtime_platform") or [{}])[0]
    if str(platform.get("operating_system_family") or "LINUX") != "LINUX":
        raise NotKnown("there is no price here for Windows on Fargate")
    is_arm = seen(platform.get("cpu_architecture"), "cpu_architecture") == "ARM64"
    chip = "arm" if is_arm else "x86"
    cpu = number(seen(values.get("cpu"), "cpu"), "cpu") / 1024
    memory = number(seen(values.get("memory"), "memory"), "memory") / 1024
    what = f"{tasks} Fargate {'task' if tasks == 1 else 'tasks'} of {cpu:f} vCPU and {memory:f} GB"
    what += " on ARM" if is_arm else ""
    yield Part(f"fargate-vcpu-{chip}", cpu * tasks, what)
    yield Part(f"fargate-gb-{chip}", memory * tasks, what)
    storage = (seen(values.get("ephemeral_storage"), "ephemeral_storage") or [{}])[0].get("size_in_gib")
    more = number(seen(storage, "size_in_gib") or INCLUDED_GB, "size_in_gib") - INCLUDED_GB
    if more > 0:
        yield Part("fargate-storage-gb", more * tasks, what)
