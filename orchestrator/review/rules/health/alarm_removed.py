"""Alarms that are removed or silenced."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import Comparison, not_false
from orchestrator.review.rules.kit.reasons import because_clause, name_of
from orchestrator.review.rules.kit.rows import Removed, Watch, protects
from orchestrator.review.rules.kit.rule import Rule

_AWS = "aws_cloudwatch_metric_alarm aws_cloudwatch_composite_alarm"
_OTHERS = "azurerm_monitor_metric_alert google_monitoring_alert_policy datadog_monitor"
_all_go = Comparison(
    "loses all items",
    (["a"], []),
    lambda value: value if isinstance(value, list) else () if not value else None,
    lambda old, new: not new,
    lambda old: bool(old),
)


def _removed(change: Change) -> str:
    name, why = name_of(change.resource, "alarm"), because_clause(change.resource, change.plan)
    return f"The {name} is removed{why}: nobody is notified any more about what it watched."


RULE = Rule(
    "alarm-removed",
    Severity.MEDIUM,
    "An alarm is removed or silenced",
    "Problems that nobody is notified about are found by the users.",
    watches=(
        Removed(f"{_AWS} {_OTHERS}", _removed, "Restore it, unless what it watched goes too.", Severity.MEDIUM),
        protects(
            _AWS,
            "actions_enabled",
            "The alarm keeps watching but notifies nobody.",
            "Leave actions_enabled on; to silence it for a while, use a maintenance window in the paging tool.",
            Severity.MEDIUM,
            as_long_as=not_false,  # unless it is set, actions are on
        ),
        protects(_OTHERS, "enabled", "The alert is turned off.", "Leave it on.", Severity.MEDIUM, as_long_as=not_false),
        Watch(
            f"{_AWS} {_OTHERS}",
            "alarm_actions",
            _all_go,
            "The alarm notifies nobody any more: its actions are removed.",
            "Keep at least one action that reaches a person.",
        ),
    ),
    examples=(
        Fires(
            "aws_cloudwatch_metric_alarm",
            {"alarm_name": "errors"},
            None,
            beside=(same("aws_iam_role.stays", {"name": "stays"}),),
        ),
        Fires("aws_cloudwatch_metric_alarm", {"actions_enabled": True}, {"actions_enabled": False}),
        Fires("aws_cloudwatch_metric_alarm", {"alarm_actions": ["arn:aws:sns:on-call"]}, {"alarm_actions": []}),
        Silent("aws_cloudwatch_metric_alarm", None, {"alarm_name": "errors", "actions_enabled": False}),
    ),
)
