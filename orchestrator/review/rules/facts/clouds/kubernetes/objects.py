"""Objects of Kubernetes: their names, the pods in them, and whether one goes for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.facts.tables.other_names import first_name
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.per_plan import per_plan

Values = Mapping[str, Any]
Name = tuple[str, str]

PODS: Mapping[str, str] = {
    "kubernetes_pod": "spec",
    "kubernetes_deployment": "spec.template.spec",
    "kubernetes_stateful_set": "spec.template.spec",
    "kubernetes_daemonset": "spec.template.spec",
    "kubernetes_replication_controller": "spec.template.spec",
    "kubernetes_job": "spec.template.spec",
    "kubernetes_cron_job": "spec.job_template.spec.template.spec",
}
"""Where workloads describe their pods."""

WORKLOADS = " ".join(PODS)


def pod_path(resource: Resource) -> str:
    """Where a workload describes its pods."""
    return PODS[first_name(resource.type)]


def on_every_node(resource: Resource) -> bool:
    """True for a daemon set: it serves the node itself, and often needs access to it."""
    return first_name(resource.type) == "kubernetes_daemonset"


def name_of(values: Any) -> Name:
    """Namespace and name of an object; empty where they are not known. Without a namespace it is `default`."""
    name, namespace = at(values, "metadata.name"), at(values, "metadata.namespace")
    return (
        namespace if isinstance(namespace, str) and namespace else "default" if namespace is None else "",
        name if isinstance(name, str) else "",
    )


def stays_or_goes_along(change: Change) -> bool:
    """True if a destroyed object is created again by the plan, or goes with all of its namespace."""
    resource, plan = change.resource, change.plan
    namespace, name = name_of(resource.before)
    if namespace and namespace in _namespaces_destroyed(plan):
        return True
    return bool(name) and (first_name(resource.type), namespace, name) in _created(plan)


@per_plan
def _namespaces_destroyed(plan: Plan) -> frozenset[str]:
    return frozenset(
        name_of(item.before)[1]
        for item in plan.resources
        if first_name(item.type) == "kubernetes_namespace" and item.action is Action.DELETE and not item.deposed
    )


@per_plan
def _created(plan: Plan) -> frozenset[tuple[str, str, str]]:
    """What the plan makes under whatever type and address: `kubernetes_role` may become `kubernetes_role_v1`."""
    return frozenset(
        (first_name(item.type), *name_of(item.after))
        for item in plan.resources
        if item.type.startswith("kubernetes_") and item.action is Action.CREATE
    )
