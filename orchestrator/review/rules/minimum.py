"""Less than the minimum: counts and limits of autoscaling that do not fit each other, or are lowered much."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import scaling
from orchestrator.review.rules.kit.attributes import at, attribute_path, number
from orchestrator.review.rules.kit.rule import Rule

_CHANGES = (Action.UPDATE, Action.REPLACE)


def _below(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type == "aws_ecs_service":
        yield from _service_below(resource, plan)
    elif resource.type == scaling.TARGET:
        yield from _target_lowered(resource, plan)
    else:
        yield from _group_below(resource)


def _service_below(resource: Resource, plan: Plan) -> Iterator[Finding]:
    before, after = number(at(resource.before, "desired_count")), number(at(resource.after, "desired_count"))
    target = scaling.target_of(resource, plan) if after and before != after else None
    if target is None or after is None or resource.action not in (*_CHANGES, Action.CREATE):
        return
    least, most = scaling.bounds(target)
    lower = least is not None and after < least
    if not lower and (most is None or after <= most):
        return
    yield Finding(
        "capacity-below-minimum",
        Severity.MEDIUM if resource.action in _CHANGES else Severity.LOW,
        resource.address,
        f"desired_count becomes {after:g}, which is {'below the minimum' if lower else 'above the maximum'} of "
        f"{least if lower else most:g} that {target.address} keeps: the two pull against each other.",
        "Set desired_count within the limits, or leave it to autoscaling (`ignore_changes = [desired_count]`).",
        ("desired_count",),
        at(resource.before, "desired_count"),
        at(resource.after, "desired_count"),
    )


def _target_lowered(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """The limits of autoscaling are lowered, so that less may run than runs now."""
    # At 0, `capacity-zero` has told it.
    if resource.action not in _CHANGES or number(at(resource.after, "max_capacity")) == 0:
        return
    old_most, most = number(at(resource.before, "max_capacity")), number(at(resource.after, "max_capacity"))
    old_least, least = number(at(resource.before, "min_capacity")), number(at(resource.after, "min_capacity"))
    service = scaling.service_of(resource, plan)
    runs = number(at(service.before, "desired_count")) if service is not None else None
    if most and old_most and most < old_most and ((runs is None and most <= old_most / 2) or (runs and most < runs)):
        than = f", and {runs:g} tasks run now" if runs else ""
        yield _lowered(resource, "max_capacity", f"It scales to {most:g} at most instead of {old_most:g}{than}.")
    if least is not None and old_least and least < old_least and (least == 0 or least <= old_least / 2):
        says = f"It may scale in to {least:g} instead of {old_least:g}" + (
            ": when nothing is asked of it nothing runs, and the first who asks waits." if least == 0 else "."
        )
        yield _lowered(resource, "min_capacity", says)


def _lowered(resource: Resource, name: str, says: str) -> Finding:
    return Finding(
        "capacity-below-minimum",
        Severity.MEDIUM,
        resource.address,
        says,
        "Check the number against the load of the last weeks.",
        (name,),
        at(resource.before, name),
        at(resource.after, name),
    )


_LEAST = {
    "aws_autoscaling_group": ("min_size", "desired_capacity"),
    "aws_eks_node_group": ("scaling_config.min_size", "scaling_config.desired_size"),
    "aws_rds_cluster": (
        "serverlessv2_scaling_configuration.min_capacity",
        "serverlessv2_scaling_configuration.max_capacity",
    ),
}


def _group_below(resource: Resource) -> Iterator[Finding]:
    """A group that may shrink to nothing, or half of what it kept at least."""
    least_path, desired_path = _LEAST[resource.type]
    old, new = number(at(resource.before, least_path)), number(at(resource.after, least_path))
    # At 0 wanted, `capacity-zero` has told it.
    if resource.action not in _CHANGES or not old or new is None or number(at(resource.after, desired_path)) == 0:
        return
    if new == 0 or new <= old / 2:
        yield Finding(
            "capacity-below-minimum",
            Severity.MEDIUM,
            resource.address,
            f"{least_path} goes from {old:g} to {new:g}: "
            + (
                "it may shrink to that."
                if new or resource.type != "aws_rds_cluster"
                else "the database is paused when nobody uses it, and the first who does waits."
            ),
            "Keep as much as the quiet hours need, so that it need not grow first."
            if resource.type == "aws_rds_cluster"
            else "Keep at least two, in two zones, of what must always answer.",
            attribute_path(resource, least_path),
            at(resource.before, least_path),
            at(resource.after, least_path),
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "capacity-below-minimum",
        Severity.MEDIUM,
        "Less may run than is needed",
        "Limits that are lowered below what runs now take servers away at once.",
        _below,
        frozenset({"aws_ecs_service", scaling.TARGET, *_LEAST}),
    ),
)
