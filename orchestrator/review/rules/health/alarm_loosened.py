"""Alarms that go off later."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.attributes import at, number
from orchestrator.review.rules.kit.change import Change, change_of, finding
from orchestrator.review.rules.kit.comparisons import Comparison
from orchestrator.review.rules.kit.rows import CHANGED, Reads, Watch
from orchestrator.review.rules.kit.rule import Rule

_ALARM = "aws_cloudwatch_metric_alarm"
_ADVICE = "Check against recent incidents whether it would still have gone off in time."


def _goes_off_sooner(change: Change) -> bool:
    """For "greater than" a higher threshold goes off later, for "less than" a lower one."""
    old, new = number(change.before), number(change.after)
    operator = at(change.resource.after, "comparison_operator")
    if new is None or old is None:
        return False
    if not isinstance(operator, str) or at(change.resource.before, "comparison_operator") != operator:
        return True
    later = new > old if operator.startswith("GreaterThan") else new < old
    return not (later and operator.startswith(("GreaterThan", "LessThan")))


def _later(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """How long something must be wrong before the alarm goes off."""
    old, new = (_seconds(values) for values in (resource.before, resource.after))
    if resource.action in CHANGED and old and new and new >= 2 * old:
        same_period = at(resource.before, "period") == at(resource.after, "period")
        yield finding(
            change_of(resource, plan, "evaluation_periods" if same_period else "period"),
            f"The alarm goes off after {new:g} seconds instead of {old:g}.",
            _ADVICE,
            Severity.MEDIUM,
        )


def _seconds(values: object) -> float | None:
    period = number(at(values, "period"))
    # Of the periods that are looked at, so many must be bad.
    bad = number(at(values, "datapoints_to_alarm")) or number(at(values, "evaluation_periods"))
    return period * bad if period and bad else None


RULE = Rule(
    "alarm-loosened",
    Severity.MEDIUM,
    "An alarm goes off later",
    "Until an alarm goes off, users are alone with the problem.",
    looks=_later,
    watches=(
        Watch(
            _ALARM,
            "threshold",
            Comparison("is raised or lowered so that it goes off later", (5, 50), number, lambda old, new: old != new),
            "The alarm goes off at {new:g} instead of {old:g}, and so later.",
            _ADVICE,
            unless=_goes_off_sooner,
            given={"comparison_operator": "GreaterThanThreshold"},
            risk="The alarm goes off later, or never.",
            unknown=Severity.MEDIUM,
        ),
        Watch(
            _ALARM,
            "treat_missing_data",
            Comparison(
                "is no longer `breaching`",
                ("breaching", "missing"),
                lambda value: (value,),
                lambda old, new: new != ("breaching",),
                lambda old: bool(old == ("breaching",)),
            ),
            "The alarm no longer goes off when data is missing, as when what it watches is down.",
            _ADVICE,
        ),
        Reads(_ALARM, "period evaluation_periods datapoints_to_alarm"),
    ),
    examples=(
        Fires(
            _ALARM,
            {"comparison_operator": "GreaterThanThreshold", "threshold": 5},
            {"comparison_operator": "GreaterThanThreshold", "threshold": 50},
        ),
        Fires(_ALARM, {"period": 60, "evaluation_periods": 1}, {"period": 60, "evaluation_periods": 5}),
        Fires(_ALARM, {"treat_missing_data": "breaching"}, {"treat_missing_data": "missing"}),
        Silent(
            _ALARM,
            {"comparison_operator": "GreaterThanThreshold", "threshold": 50},
            {"comparison_operator": "GreaterThanThreshold", "threshold": 5},
        ),
    ),
)
