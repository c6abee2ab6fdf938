"""Less than the minimum: counts and limits of autoscaling that do not fit each other, or are lowered much."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts import autoscaling
from orchestrator.review.rules.kit.attributes import at, number
from orchestrator.review.rules.kit.change import Change, change_of, finding
from orchestrator.review.rules.kit.comparisons import Comparison
from orchestrator.review.rules.kit.rows import CHANGED, Reads, Row, Watch
from orchestrator.review.rules.kit.rule import Rule

_SERVICE = "aws_ecs_service"
_half_or_zero = Comparison(
    "is lowered to half or less, or to 0",
    (8, 2),
    number,
    lambda old, new: new == 0 or new <= old / 2,
    lambda old: old != 0,
)


def _least(types: str, path: str, wanted: str, at_zero: str = "it may shrink to that.") -> Row:
    """How far a group may shrink. Where nothing is wanted, `capacity-zero` has told it."""

    def message(change: Change) -> str:
        effect = at_zero if change.new == 0 else "it may shrink to that."
        return f"{path} drops from {change.old:g} to {change.new:g}: {effect}"

    return Watch(
        types,
        path,
        _half_or_zero,
        message,
        "Keep as much as the quiet hours need, so that it need not scale up first."
        if types == "aws_rds_cluster"
        else "Keep at least two, in two zones, of what must always answer.",
        unless=lambda change: number(at(change.resource.after, wanted)) == 0,
        risk="It may shrink to less than is needed.",
    )


def _autoscaled(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type == _SERVICE:
        yield from _service(resource, plan)
    elif resource.action in CHANGED:
        yield from _target(resource, plan)


def _service(resource: Resource, plan: Plan) -> Iterator[Finding]:
    before, after = number(at(resource.before, "desired_count")), number(at(resource.after, "desired_count"))
    target = autoscaling.target_of(resource, plan) if after and before != after else None
    if target is None or after is None or resource.action not in (*CHANGED, Action.CREATE):
        return
    least, most = autoscaling.bounds(target)
    lower = least is not None and after < least
    if not lower and (most is None or after <= most):
        return
    yield finding(
        change_of(resource, plan, "desired_count"),
        f"desired_count becomes {after:g}, which is {'below the minimum' if lower else 'above the maximum'} of "
        f"{least if lower else most:g} that {target.address} keeps: the two work against each other.",
        "Set desired_count within the limits, or leave it to autoscaling (`ignore_changes = [desired_count]`).",
        Severity.MEDIUM if resource.action in CHANGED else Severity.LOW,
    )


def _target(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """The limits of autoscaling are lowered, so that less may run than runs now."""
    most_changes, least_changes = (change_of(resource, plan, name) for name in ("max_capacity", "min_capacity"))
    old_most, most = number(most_changes.before), number(most_changes.after)
    old_least, least = number(least_changes.before), number(least_changes.after)
    # At 0, `capacity-zero` has told it.
    if most == 0:
        return
    service = autoscaling.service_of(resource, plan)
    runs = number(at(service.before, "desired_count")) if service is not None else None
    advice = "Check the number against the load of the last weeks."
    if most and old_most and most < old_most and ((runs is None and most <= old_most / 2) or (runs and most < runs)):
        than = f", and {runs:g} tasks run now" if runs else ""
        says = f"It scales to {most:g} at most instead of {old_most:g}{than}."
        yield finding(most_changes, says, advice, Severity.MEDIUM)
    if least is not None and old_least and least < old_least and (least == 0 or least <= old_least / 2):
        says = f"It may scale in to {least:g} instead of {old_least:g}" + (
            ": when idle nothing runs, and the first request has to wait." if least == 0 else "."
        )
        yield finding(least_changes, says, advice, Severity.MEDIUM)


RULE = Rule(
    "capacity-below-minimum",
    Severity.MEDIUM,
    "Scaling limits are lowered or contradict each other",
    "Limits lowered below what is running now remove capacity immediately.",
    looks=_autoscaled,
    watches=(
        _least("aws_autoscaling_group", "min_size", "desired_capacity"),
        _least("aws_eks_node_group", "scaling_config.min_size", "scaling_config.desired_size"),
        _least(
            "aws_rds_cluster",
            "serverlessv2_scaling_configuration.min_capacity",
            "serverlessv2_scaling_configuration.max_capacity",
            "the database is paused when idle, and the first request has to wait.",
        ),
        _least("kubernetes_horizontal_pod_autoscaler", "spec.min_replicas", "spec.max_replicas"),
        Reads(_SERVICE, "desired_count"),
        Reads(autoscaling.TARGET, "min_capacity max_capacity"),
    ),
    examples=(
        Fires("aws_autoscaling_group", {"min_size": 4, "desired_capacity": 4}, {"min_size": 1, "desired_capacity": 4}),
        Fires(
            _SERVICE,
            {"name": "words", "cluster": "live", "desired_count": 4},
            {"name": "words", "cluster": "live", "desired_count": 1},
            beside=(
                same(
                    "aws_appautoscaling_target.words",
                    {"resource_id": "service/live/words", "min_capacity": 2, "max_capacity": 8},
                ),
            ),
        ),
        Fires(autoscaling.TARGET, {"min_capacity": 4, "max_capacity": 8}, {"min_capacity": 1, "max_capacity": 8}),
        Silent("aws_autoscaling_group", {"min_size": 4}, {"min_size": 3}),
    ),
)
