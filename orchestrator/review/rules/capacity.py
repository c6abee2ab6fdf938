"""Nothing runs any more: counts that go to zero, what is disabled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import minimum, records, scaling, schedules, sizes, zones
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden, number
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, not_judgeable, switched_off

_CHANGES = (Action.UPDATE, Action.REPLACE)


@dataclass(frozen=True, slots=True)
class Count:
    """An attribute that counts what runs, and what it means when it is 0."""

    path: str
    stops: str


_COUNTS: Mapping[str, tuple[Count, ...]] = {
    "aws_ecs_service": (Count("desired_count", "no task of the service runs"),),
    "aws_autoscaling_group": (
        Count("max_size", "no server can run in the group"),
        Count("desired_capacity", "no server runs in the group"),
    ),
    "aws_appautoscaling_target": (Count("max_capacity", "it is scaled to nothing"),),
    "aws_lambda_function": (Count("reserved_concurrent_executions", "every call of the function is refused"),),
    "aws_eks_node_group": (
        Count("scaling_config.desired_size", "no node runs in the group, and pods find no place"),
        Count("scaling_config.max_size", "no node can run in the group, and pods find no place"),
    ),
    "aws_ec2_fleet": (Count("target_capacity_specification.total_target_capacity", "no server runs in the fleet"),),
    "aws_spot_fleet_request": (Count("target_capacity", "no server runs in the fleet"),),
    "aws_rds_cluster": (Count("serverlessv2_scaling_configuration.max_capacity", "the database cannot run"),),
    "google_compute_instance_group_manager": (Count("target_size", "no server runs in the group"),),
    "google_container_node_pool": (Count("node_count", "no node runs in the pool"),),
    "azurerm_kubernetes_cluster_node_pool": (Count("node_count", "no node runs in the pool"),),
    "kubernetes_deployment": (Count("spec.replicas", "no pod of the deployment runs"),),
    "kubernetes_deployment_v1": (Count("spec.replicas", "no pod of the deployment runs"),),
    "kubernetes_stateful_set": (Count("spec.replicas", "no pod of the set runs"),),
    "kubernetes_stateful_set_v1": (Count("spec.replicas", "no pod of the set runs"),),
    "aws_opensearch_domain": (Count("cluster_config.instance_count", "no node of the domain runs"),),
}


def _zero(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action not in _CHANGES:
        return
    for one in _COUNTS[resource.type]:
        before, after = at(resource.before, one.path), at(resource.after, one.path)
        old = number(before)
        if old == 0 or before == after:
            continue
        path = attribute_path(resource, one.path)
        if hidden(after):
            if old is not None and resource.action is Action.UPDATE:
                yield from not_judgeable(resource, path, before, after, f"At 0, {one.stops}.")
            continue
        if number(after) == 0 and (old is not None or resource.type == "aws_lambda_function"):
            yield Finding(
                "capacity-zero",
                Severity.HIGH,
                resource.address,
                f"{one.path} goes from {before} to 0: {one.stops}.",
                "Set it to what is needed; to switch something off for good, remove it.",
                path,
                before,
                after,
            )
            return


_PROCESSING: Mapping[str, tuple[Switch, ...]] = {
    "aws_lambda_event_source_mapping": (
        Switch("enabled", "Events are no longer processed: they wait, and then expire.", "Leave it enabled."),
    ),
    "aws_cloudwatch_event_rule": (
        Switch(
            "state",
            "The rule is disabled: its targets are not called.",
            "Leave it enabled.",
            protects=lambda value: isinstance(value, str) and value.startswith("ENABLED"),
        ),
    ),
    "aws_scheduler_schedule": (
        Switch(
            "state",
            "The schedule is disabled: its target is not called.",
            "Leave it enabled.",
            protects=lambda value: value == "ENABLED",
        ),
    ),
    "aws_cloudfront_distribution": (
        Switch("enabled", "The distribution answers nothing any more.", "Leave it enabled."),
    ),
}


def _processing_off(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is Action.UPDATE:
        yield from switched_off("capacity-zero", resource, _PROCESSING[resource.type])


def _nothing_runs(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in _COUNTS:
        yield from _zero(resource, plan)
    if resource.type in _PROCESSING:
        yield from _processing_off(resource, plan)
    if resource.type in schedules.TYPES:
        yield from schedules.stops(resource, plan)
    if resource.type == "aws_route53_record":
        yield from records.without_weight(resource)


RULES: tuple[Rule, ...] = (
    Rule(
        "capacity-zero",
        Severity.HIGH,
        "Nothing runs any more",
        "With nothing to run on, everything that is asked of it fails or waits.",
        _nothing_runs,
        frozenset({*_COUNTS, *_PROCESSING, *schedules.TYPES, "aws_route53_record"}),
    ),
    *minimum.RULES,
    *sizes.RULES,
    *zones.RULES,
    *scaling.RULES,
)
