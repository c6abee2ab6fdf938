"""Autoscaling: which target governs a service, and what it allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.kit.attributes import at, number
from orchestrator.review.rules.kit.per_plan import per_plan

TARGET = "aws_appautoscaling_target"


def target_of(service: Resource, plan: Plan) -> Resource | None:
    """The target that scales this ECS service, if the plan has it and will have it after the apply."""
    name = at(service.after, "name")
    if not isinstance(name, str):
        return None
    if _name(service.after):
        return _targets(plan).get(_name(service.after))
    # The cluster is not known yet: the name alone tells, if it does so without doubt.
    found = [item for key, item in _targets(plan).items() if key.endswith(f"/{name}")]
    return found[0] if len(found) == 1 else None


def service_of(target: Resource, plan: Plan) -> Resource | None:
    """The ECS service that this target scales, if the plan has it."""
    name = at(target.after, "resource_id")
    return _services(plan).get(name) if isinstance(name, str) else None


def bounds(target: Resource) -> tuple[float | None, float | None]:
    """The least and the most that the target allows, None where it is not known."""
    return number(at(target.after, "min_capacity")), number(at(target.after, "max_capacity"))


@per_plan
def _targets(plan: Plan) -> Mapping[str, Resource]:
    return {
        name: item
        for item in plan.resources
        if item.type == TARGET
        and item.action not in (Action.DELETE, Action.FORGET)
        and isinstance(name := at(item.after, "resource_id"), str)
    }


@per_plan
def _services(plan: Plan) -> Mapping[str, Resource]:
    return {
        name: item
        for item in plan.resources
        if item.type == "aws_ecs_service" and item.after is not None and (name := _name(item.after))
    }


@per_plan
def destroyed(plan: Plan) -> tuple[frozenset[str], frozenset[str]]:
    """The names that targets and ECS services which the plan destroys have in autoscaling."""
    targets, services = set(), set()
    for item in plan.resources:
        if item.action is Action.DELETE and item.type == TARGET:
            targets.add(str(at(item.before, "resource_id")))
        if item.action is Action.DELETE and item.type == "aws_ecs_service":
            services.add(_name(item.before))
    return frozenset(targets), frozenset(services)


def _name(values: Mapping[str, Any] | None) -> str:
    """`service/cluster/name`; empty if that is not known."""
    name, cluster = at(values, "name"), at(values, "cluster")
    return f"service/{cluster.rpartition('/')[2]}/{name}" if isinstance(name, str) and isinstance(cluster, str) else ""
