"""Records of what happens that are switched off: trails, flow logs, access logs, detection of threats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import guardians
from orchestrator.review.rules.aliases import with_aliases
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, is_set, switched_off

_MEDIUM = Severity.MEDIUM
_KEEP_LOGS = "Keep the logs that an incident is looked into with."
_SWITCHES: Mapping[str, tuple[Switch, ...]] = with_aliases(
    {
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
            Switch(
                "include_global_service_events",
                "What happens in IAM, STS and CloudFront is no longer recorded.",
                "Leave include_global_service_events on.",
                _MEDIUM,
                # The provider's default is on.
                protects=lambda value: value is not False,
            ),
        ),
        "aws_guardduty_detector_feature": (
            Switch(
                "status",
                "Threats are no longer looked for in this part of the account.",
                'Leave status = "ENABLED".',
                _MEDIUM,
                protects=lambda value: value == "ENABLED",
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
        "aws_s3_bucket": (
            Switch("logging", "Requests to the bucket are no longer logged.", _KEEP_LOGS, _MEDIUM, protects=is_set),
        ),
        "aws_cloudfront_distribution": (
            Switch("logging_config", "Requests are no longer logged.", _KEEP_LOGS, _MEDIUM, protects=is_set),
        ),
        "aws_api_gateway_stage": (
            Switch("access_log_settings", "Calls are no longer logged.", _KEEP_LOGS, _MEDIUM, protects=is_set),
        ),
        "aws_apigatewayv2_stage": (
            Switch("access_log_settings", "Calls are no longer logged.", _KEEP_LOGS, _MEDIUM, protects=is_set),
        ),
    }
)
_LOGS = {
    "aws_eks_cluster": "enabled_cluster_log_types",
    "aws_db_instance": "enabled_cloudwatch_logs_exports",
    "aws_rds_cluster": "enabled_cloudwatch_logs_exports",
    "aws_docdb_cluster": "enabled_cloudwatch_logs_exports",
    "aws_neptune_cluster": "enable_cloudwatch_logs_exports",
}


def _audit(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield from switched_off("audit-off", resource, _SWITCHES.get(resource.type, ()))
    yield from _fewer_logs(resource)
    yield from guardians.goes("audit-off", resource, plan)


def _fewer_logs(resource: Resource) -> Iterator[Finding]:
    name = _LOGS.get(resource.type)
    if name is None or resource.action is not Action.UPDATE:
        return
    before, after = at(resource.before, name), at(resource.after, name)
    if not isinstance(before, list) or not isinstance(after, list | type(None)):
        return
    gone = [kind for kind in before if kind not in (after or ())]
    if gone:
        says = f"It no longer writes these logs: {listed(gone)}."
        yield Finding("audit-off", _MEDIUM, resource.address, says, _KEEP_LOGS, (name,), before, after)


RULES: tuple[Rule, ...] = (
    Rule(
        "audit-off",
        Severity.HIGH,
        "A record of what happens is switched off",
        "Without it nobody can say afterwards who did what.",
        _audit,
        frozenset({*_SWITCHES, *_LOGS}) | guardians.TYPES,
    ),
)
