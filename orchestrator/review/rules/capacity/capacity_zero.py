"""Nothing runs any more: counts that go to zero, and what is disabled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Beside, Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.kit.attributes import at, hidden, number
from orchestrator.review.rules.kit.change import change_of, finding
from orchestrator.review.rules.kit.comparisons import (
    Comparison,
    begins_with,
    one_of,
    to_zero,
    to_zero_if_unset,
)
from orchestrator.review.rules.kit.rows import CHANGED, UPDATED, Reads, Row, Watch, protects
from orchestrator.review.rules.kit.rule import Rule


def _count(types: str, path: str, stops: str, worse: Comparison = to_zero) -> Row:
    return Watch(
        types,
        path,
        worse,
        f"{path} drops from {{before}} to 0: {stops}.",
        "Set it to what is needed; to turn something off for good, remove it.",
        Severity.HIGH,
        risk=f"At 0, {stops}.",
        unknown=Severity.MEDIUM,
    )


_KEEP = "Leave it enabled."
_ROWS: tuple[Row, ...] = (
    _count("aws_ecs_service", "desired_count", "no task of the service runs"),
    _count("aws_autoscaling_group", "max_size", "no instance can run in the group"),
    _count("aws_autoscaling_group", "desired_capacity", "no instance runs in the group"),
    _count("aws_appautoscaling_target", "max_capacity", "it is scaled to nothing"),
    _count(
        "aws_lambda_function",
        "reserved_concurrent_executions",
        "every invocation of the function is rejected",
        to_zero_if_unset,
    ),
    _count(
        "aws_eks_node_group", "scaling_config.desired_size", "no node runs in the group, and pods cannot be scheduled"
    ),
    _count(
        "aws_eks_node_group", "scaling_config.max_size", "no node can run in the group, and pods cannot be scheduled"
    ),
    _count("aws_ec2_fleet", "target_capacity_specification.total_target_capacity", "no instance runs in the fleet"),
    _count("aws_spot_fleet_request", "target_capacity", "no instance runs in the fleet"),
    _count("aws_rds_cluster", "serverlessv2_scaling_configuration.max_capacity", "the database cannot run"),
    _count("google_compute_instance_group_manager", "target_size", "no instance runs in the group"),
    _count("google_container_node_pool azurerm_kubernetes_cluster_node_pool", "node_count", "no node runs in the pool"),
    _count("kubernetes_deployment kubernetes_replication_controller", "spec.replicas", "no pod of the deployment runs"),
    _count("kubernetes_stateful_set", "spec.replicas", "no pod of the set runs"),
    _count("aws_opensearch_domain", "cluster_config.instance_count", "no node of the domain runs"),
    protects(
        "aws_lambda_event_source_mapping",
        "enabled",
        "Events are no longer processed: they wait until they expire.",
        _KEEP,
        actions=UPDATED,
    ),
    protects(
        "aws_cloudwatch_event_rule",
        "state",
        "The rule is disabled: its targets are not invoked.",
        _KEEP,
        as_long_as=begins_with("ENABLED"),
        actions=UPDATED,
    ),
    protects(
        "aws_scheduler_schedule",
        "state",
        "The schedule is disabled: its target is not invoked.",
        _KEEP,
        as_long_as=one_of("ENABLED"),
        actions=UPDATED,
    ),
    protects(
        "aws_cloudfront_distribution",
        "enabled",
        "The distribution no longer serves any requests.",
        _KEEP,
        actions=UPDATED,
    ),
    Watch(
        "aws_route53_record",
        "weighted_routing_policy.weight",
        to_zero,
        "The record's weight drops from {before} to 0: it gets no traffic, unless all weights are 0.",
        "Make sure that the targets of the other records can handle the rest.",
        actions=UPDATED,
        risk="The record gets no traffic.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Schedule:
    """`scaled` names what is scaled; `counts` are the numbers of which a 0 stops it. Less than 0 means unchanged."""

    scaled: str
    counts: tuple[str, ...]


_SCHEDULES: Mapping[str, _Schedule] = {
    "aws_autoscaling_schedule": _Schedule("autoscaling_group_name", ("max_size", "desired_capacity")),
    "aws_appautoscaling_scheduled_action": _Schedule("resource_id", ("scalable_target_action.max_capacity",)),
}


def _stops(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A schedule that is new or changed, and scales something to nothing."""
    if resource.action not in (*CHANGED, Action.CREATE):
        return
    schedule = _SCHEDULES[resource.type]
    for name in schedule.counts:
        change = change_of(resource, plan, name)
        if number(change.after) != 0 or number(change.before) == 0:
            continue
        back = _started_again(resource, schedule, plan)
        yield finding(
            change,
            f"The schedule sets {name} to 0: nothing runs from then on"
            + (f", until {back} starts something again." if back else ", and no other schedule starts it again."),
            "Make sure that nobody needs it in between."
            if back
            else "Add a schedule that brings it back, or keep one running.",
            Severity.MEDIUM if back else Severity.HIGH,
        )
        return


def _started_again(resource: Resource, schedule: _Schedule, plan: Plan) -> str:
    """The address of a schedule for the same that starts something; one of something not known yet may be."""
    what = at(resource.after, schedule.scaled)
    for other in plan.resources:
        if other.type != resource.type or other is resource or other.after is None:
            continue
        theirs = at(other.after, schedule.scaled)
        starts = any((number(at(other.after, name)) or 0) > 0 for name in schedule.counts)
        if starts and (theirs == what or hidden(theirs) or hidden(what)):
            return other.address
    return ""


_NIGHT = {"autoscaling_group_name": "web", "recurrence": "0 20 * * *", "desired_capacity": 0}

RULE = Rule(
    "capacity-zero",
    Severity.HIGH,
    "Nothing runs any more",
    "With nothing to run on, every request fails or waits.",
    looks=_stops,
    watches=(
        *rows_for("capacity-zero"),
        *_ROWS,
        Reads("aws_autoscaling_schedule", "max_size desired_capacity"),
        Reads("aws_appautoscaling_scheduled_action", "scalable_target_action.max_capacity"),
    ),
    first_only=True,
    examples=(
        Fires("aws_ecs_service", {"desired_count": 2}, {"desired_count": 0}),
        Fires("aws_cloudwatch_event_rule", {"state": "ENABLED"}, {"state": "DISABLED"}),
        Fires("aws_autoscaling_schedule", None, _NIGHT),
        Fires(
            "aws_autoscaling_schedule",
            None,
            _NIGHT,
            Severity.MEDIUM,
            beside=(
                Beside(
                    "aws_autoscaling_schedule.morning",
                    None,
                    _NIGHT | {"recurrence": "0 6 * * *", "desired_capacity": 2},
                ),
            ),
        ),
        Silent("aws_ecs_service", None, {"desired_count": 0}),
        Silent("aws_ecs_service", {"desired_count": 2}, {"desired_count": 1}),
    ),
)
