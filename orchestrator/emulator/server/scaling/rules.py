"""What Application Auto Scaling refuses, in its own words where they are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.emulator.server.schedules import expression
from orchestrator.emulator.server.schedules.expression import ExpressionError

Request = Mapping[str, Any]

KEYS = ("ServiceNamespace", "ResourceId", "ScalableDimension")
TRACKING, STEPS = "TargetTrackingScaling", "StepScaling"
CONFIGURATIONS = {
    TRACKING: "TargetTrackingScalingPolicyConfiguration",
    STEPS: "StepScalingPolicyConfiguration",
}
BY_REQUESTS = "ALBRequestCountPerTarget"


def lacking(data: Request, names: Iterable[str]) -> str:
    """Which member a request lacks, in words; empty if it lacks none."""
    missing = [name for name in names if data.get(name) in (None, "")]
    return f"Value null at '{missing[0][:1].lower()}{missing[0][1:]}' failed to satisfy constraint" if missing else ""


def target(data: Request, known: Request | None) -> str:
    """Why a target is refused. `known`: the target that it changes, if there is one."""
    if why := lacking(data, KEYS):
        return why
    low, high = limits(data, known)
    if low is None or high is None:
        return "A scalable target needs a minimum and a maximum capacity"
    if low < 0:
        return "Minimum capacity cannot be less than 0"
    return "Maximum capacity cannot be less than minimum capacity" if high < low else ""


def limits(data: Request, known: Request | None) -> tuple[int | None, int | None]:
    """The minimum and the maximum after a request."""
    before = known or {}
    return data.get("MinCapacity", before.get("MinCapacity")), data.get("MaxCapacity", before.get("MaxCapacity"))


def policy(data: Request, others: Iterable[Request]) -> str:
    """Why a policy is refused. `others`: the other policies of its target."""
    if why := lacking(data, (*KEYS, "PolicyName")):
        return why
    kind = data.get("PolicyType", STEPS)
    if kind not in CONFIGURATIONS:
        return f"Unsupported policy type {kind}"
    for name in CONFIGURATIONS.values():
        if (name in data) is not (name == CONFIGURATIONS[kind]):
            return f"{CONFIGURATIONS[kind]}, and only that, belongs to a policy of type {kind}"
    configuration = data[CONFIGURATIONS[kind]]
    return _tracking(configuration, others) if kind == TRACKING else _steps(configuration)


def _tracking(configuration: Request, others: Iterable[Request]) -> str:
    predefined = configuration.get("PredefinedMetricSpecification")
    customized = configuration.get("CustomizedMetricSpecification")
    if (predefined is None) is (customized is None):
        return "Either a predefined or a customized metric specification must be given"
    if not configuration.get("TargetValue", 0) > 0:
        return "TargetValue must be above 0"
    if predefined is not None and (predefined["PredefinedMetricType"] == BY_REQUESTS) is not bool(
        predefined.get("ResourceLabel")
    ):
        return f"A resource label belongs to {BY_REQUESTS}, and only to that"
    metric = (predefined, customized)
    for other in others:
        tracked = other.get(CONFIGURATIONS[TRACKING], {})
        if metric == tuple(tracked.get(f"{kind}MetricSpecification") for kind in ("Predefined", "Customized")):
            return "Only one TargetTrackingScaling policy for a given metric specification is allowed."
    return ""


def _steps(configuration: Request) -> str:
    if not configuration.get("AdjustmentType"):
        return "A step scaling policy needs an adjustment type"
    return "" if configuration.get("StepAdjustments") else "A step scaling policy needs at least one step adjustment"


def action(data: Request, known: Request | None) -> str:
    """Why a scheduled action is refused. `known`: the one that it changes, if there is one."""
    if why := lacking(data, (*KEYS, "ScheduledActionName")):
        return why
    wanted = {**(known or {}), **data}
    if why := lacking(wanted, ("Schedule",)):
        return why
    try:
        expression.parse(wanted["Schedule"], wanted.get("Timezone") or "UTC")
    except ExpressionError as error:
        return str(error)
    capacity = wanted.get("ScalableTargetAction") or {}
    low, high = capacity.get("MinCapacity"), capacity.get("MaxCapacity")
    if low is None and high is None:
        return "A scheduled action needs a minimum or a maximum capacity"
    crossed = low is not None and high is not None and high < low
    return "Maximum capacity cannot be less than minimum capacity" if crossed else ""


def within(count: int, low: int, high: int) -> int:
    """The number of tasks, moved into the limits."""
    return max(low, min(count, high))
