"""Records of what happens that are switched off: trails, flow logs, access logs, detection of threats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules import guardians
from orchestrator.review.rules.rule import Rule
from orchestrator.review.rules.switches import Switch, switched_off

_MEDIUM = Severity.MEDIUM
_SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "aws_cloudtrail": (
        Switch("enable_logging", "The trail records nothing any more.", "Leave enable_logging on."),
        Switch(
            "enable_log_file_validation",
            "It can no longer be shown that the record was not changed.",
            "Leave enable_log_file_validation on.",
            _MEDIUM,
        ),
        Switch(
            "is_multi_region_trail",
            "What happens in other regions is no longer recorded.",
            "Leave is_multi_region_trail on.",
            _MEDIUM,
        ),
    ),
    "aws_guardduty_detector": (Switch("enable", "Threats are no longer looked for.", "Leave it on."),),
    "aws_config_configuration_recorder_status": (
        Switch("is_enabled", "Changes in the account are no longer recorded.", "Leave it on."),
    ),
    "aws_lb": (
        Switch(
            "access_logs.enabled",
            "Requests to the load balancer are no longer logged.",
            "Leave the access logs on.",
            _MEDIUM,
        ),
    ),
}


def _audit(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield from switched_off("audit-off", resource, _SWITCHES.get(resource.type, ()))
    yield from guardians.goes("audit-off", resource, plan)


RULES: tuple[Rule, ...] = (
    Rule(
        "audit-off",
        Severity.HIGH,
        "A record of what happens is switched off",
        "Without it nobody can say afterwards who did what.",
        _audit,
        frozenset(_SWITCHES) | guardians.TYPES,
    ),
)
