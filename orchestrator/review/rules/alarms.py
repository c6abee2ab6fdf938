"""Alarms that are removed, silenced, or made to sound later."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, hidden, number
from orchestrator.review.rules.kit.reasons import because, name_of
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, not_judgeable, switched_off

_TYPES = frozenset(
    {
        "aws_cloudwatch_metric_alarm",
        "aws_cloudwatch_composite_alarm",
        "azurerm_monitor_metric_alert",
        "google_monitoring_alert_policy",
        "datadog_monitor",
    }
)
_SILENT = Switch(
    "actions_enabled",
    "The alarm goes on watching and tells nobody.",
    "Leave actions_enabled on; to be left in peace for a while, use a maintenance window of whoever is told.",
    severity=Severity.MEDIUM,
    # Unless it is said, actions are on.
    protects=lambda value: value is not False,
)
_ENABLED = Switch(
    "enabled", "The alert is switched off.", "Leave it on.", Severity.MEDIUM, protects=lambda value: value is not False
)


def _removed(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is Action.DELETE:
        # An environment that is taken down needs no alarms.
        if plan.destroys_all or resource.deposed or new_address(resource, plan):
            return
        yield Finding(
            "alarm-removed",
            Severity.MEDIUM,
            resource.address,
            f"The {name_of(resource, 'alarm')} is removed{because(resource, plan)}: nobody is told any more of what it "
            "watched.",
            "Restore it, unless what it watched goes too.",
        )
        return
    if resource.action not in (Action.UPDATE, Action.REPLACE):
        return
    yield from switched_off("alarm-removed", resource, (_ENABLED,) if "aws_" not in resource.type else (_SILENT,))
    before, after = at(resource.before, "alarm_actions"), at(resource.after, "alarm_actions")
    if isinstance(before, list) and before and not after:
        yield Finding(
            "alarm-removed",
            Severity.MEDIUM,
            resource.address,
            "The alarm tells nobody any more: its actions are taken away.",
            "Keep at least one action that reaches a person.",
            ("alarm_actions",),
            before,
            after,
        )


def _loosened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action not in (Action.UPDATE, Action.REPLACE):
        return
    yield from _threshold(resource)
    yield from _later(resource)
    before, after = at(resource.before, "treat_missing_data"), at(resource.after, "treat_missing_data")
    if before == "breaching" and after != before and not hidden(after):
        yield _finding(
            resource,
            "treat_missing_data",
            "The alarm no longer sounds when nothing is measured any more, as when what it watches is dead.",
        )


def _threshold(resource: Resource) -> Iterator[Finding]:
    name = "threshold"
    before, after = at(resource.before, name), at(resource.after, name)
    old, new = number(before), number(after)
    if old is not None and hidden(after) and resource.action is Action.UPDATE:
        yield from not_judgeable(resource, (name,), before, after, "The alarm sounds later, or never.")
    operator = at(resource.after, "comparison_operator")
    if old is None or new is None or old == new or not isinstance(operator, str):
        return
    if at(resource.before, "comparison_operator") != operator:
        return
    # For "greater than" a higher threshold sounds later, for "less than" a lower one.
    later = new > old if operator.startswith("GreaterThan") else new < old
    if operator.startswith(("GreaterThan", "LessThan")) and later:
        yield _finding(resource, name, f"The alarm sounds at {new:g} instead of {old:g}, and so later.")


def _later(resource: Resource) -> Iterator[Finding]:
    """How long something must be wrong before the alarm sounds."""
    old, new = (_seconds(values) for values in (resource.before, resource.after))
    if old and new and new >= 2 * old:
        same = at(resource.before, "period") == at(resource.after, "period")
        yield _finding(
            resource,
            "evaluation_periods" if same else "period",
            f"The alarm sounds after {new:g} seconds instead of {old:g}.",
        )


def _seconds(values: object) -> float | None:
    period = number(at(values, "period"))
    # Of the periods that are looked at, so many must be bad.
    bad = number(at(values, "datapoints_to_alarm")) or number(at(values, "evaluation_periods"))
    return period * bad if period and bad else None


def _finding(resource: Resource, name: str, says: str) -> Finding:
    return Finding(
        "alarm-loosened",
        Severity.MEDIUM,
        resource.address,
        says,
        "Check against the last incidents whether it would still have told in time.",
        (name,),
        at(resource.before, name),
        at(resource.after, name),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "alarm-removed",
        Severity.MEDIUM,
        "An alarm is removed or silenced",
        "What nobody is told of is found by the users.",
        _removed,
        _TYPES,
    ),
    Rule(
        "alarm-loosened",
        Severity.MEDIUM,
        "An alarm sounds later",
        "Time until an alarm is time in which users are alone with the fault.",
        _loosened,
        frozenset({"aws_cloudwatch_metric_alarm"}),
    ),
)
