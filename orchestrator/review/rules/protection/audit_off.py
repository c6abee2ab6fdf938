"""Audit and access logs, and threat detection, that are turned off."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import records as azure_records
from orchestrator.review.rules.facts.clouds.google import access as google_access
from orchestrator.review.rules.facts.clouds.google import iam as google_iam
from orchestrator.review.rules.facts.clouds.google import records as google_records
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import is_set, loses_items, not_false, one_of
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import UPDATED, Reads, Removed, Row, Watch, protects
from orchestrator.review.rules.kit.rule import Rule

_MEDIUM = Severity.MEDIUM
_KEEP_LOGS = "Keep the logs: an incident is investigated with them."


def _logged(types: str, path: str, message: str) -> Row:
    return protects(types, path, message, _KEEP_LOGS, _MEDIUM, as_long_as=is_set)


def _fewer_logs(types: str, path: str) -> Row:
    def message(change: Change) -> str:
        return f"These logs are no longer exported: {listed(item for item in change.old if item not in change.new)}."

    return Watch(types, path, loses_items, message, _KEEP_LOGS, actions=UPDATED, risk="Fewer logs are exported.")


_AUDIT_CONFIGS = " ".join(f"google_{level}_iam_audit_config" for level in ("project", "folder", "organization"))
_ROWS: tuple[Row, ...] = (
    protects("aws_cloudtrail", "enable_logging", "The trail no longer records anything.", "Leave enable_logging on."),
    protects(
        "aws_cloudtrail",
        "enable_log_file_validation",
        "It can no longer be proven that the log files were not changed.",
        "Leave enable_log_file_validation on.",
        _MEDIUM,
    ),
    protects(
        "aws_cloudtrail",
        "is_multi_region_trail",
        "Activity in other regions is no longer recorded.",
        "Leave is_multi_region_trail on.",
        _MEDIUM,
    ),
    protects(
        "aws_cloudtrail",
        "include_global_service_events",
        "Activity in IAM, STS and CloudFront is no longer recorded.",
        "Leave include_global_service_events on.",
        _MEDIUM,
        as_long_as=not_false,  # the provider's default is on
    ),
    protects(
        "aws_guardduty_detector_feature",
        "status",
        "Threats in this part of the account are no longer detected.",
        'Leave status = "ENABLED".',
        _MEDIUM,
        as_long_as=one_of("ENABLED"),
    ),
    protects("aws_guardduty_detector", "enable", "Threats are no longer detected.", "Leave it on."),
    protects(
        "aws_config_configuration_recorder_status",
        "is_enabled",
        "Changes in the account are no longer recorded.",
        "Leave it on.",
    ),
    protects(
        "aws_lb",
        "access_logs.enabled",
        "Requests to the load balancer are no longer logged.",
        "Leave the access logs on.",
        _MEDIUM,
    ),
    _logged("aws_s3_bucket", "logging", "Requests to the bucket are no longer logged."),
    _logged("aws_cloudfront_distribution", "logging_config", "Requests are no longer logged."),
    _logged("aws_api_gateway_stage aws_apigatewayv2_stage", "access_log_settings", "Calls are no longer logged."),
    _fewer_logs("aws_eks_cluster", "enabled_cluster_log_types"),
    _fewer_logs("aws_db_instance aws_rds_cluster aws_docdb_cluster", "enabled_cloudwatch_logs_exports"),
    _fewer_logs("aws_neptune_cluster", "enable_cloudwatch_logs_exports"),
    *azure_records.AUDIT,
    *google_records.AUDIT,
    Reads(google_iam.POLICIES, "policy_data"),
    Reads(_AUDIT_CONFIGS, "audit_log_config"),
    Removed("aws_cloudtrail", "Activity in the account is no longer recorded by this trail."),
    Removed("aws_flow_log", "Network traffic is no longer recorded.", severity=_MEDIUM, of="vpc_id"),
    Removed("aws_config_configuration_recorder", "Changes in the account are no longer recorded."),
    Removed("aws_guardduty_detector", "Threats are no longer detected, and existing findings are deleted."),
    Removed("aws_securityhub_account", "Findings are no longer collected, and existing ones are deleted."),
    Removed("aws_inspector2_enabler", "Known vulnerabilities are no longer looked for.", severity=_MEDIUM),
    Removed("aws_macie2_account", "Buckets are no longer searched for personal data.", severity=_MEDIUM),
    Removed("aws_accessanalyzer_analyzer", "Access from outside is no longer analyzed.", severity=_MEDIUM),
    Removed("aws_s3_bucket_logging", "Requests to the bucket are no longer logged.", severity=_MEDIUM, of="bucket"),
)

RULE = Rule(
    "audit-off",
    Severity.HIGH,
    "Audit logging or threat detection is turned off",
    "Without it nobody can tell afterwards who did what.",
    looks=google_access.unrecorded,
    watches=(*_ROWS, *rows_for("audit-off")),
    examples=(
        Fires("aws_cloudtrail", {"enable_logging": True}, {"enable_logging": False}),
        Fires(
            "aws_eks_cluster",
            {"enabled_cluster_log_types": ["api", "audit"]},
            {"enabled_cluster_log_types": ["api"]},
            Severity.MEDIUM,
        ),
        Fires("aws_guardduty_detector", {"enable": True}, None, beside=(same("aws_iam_role.app", {"name": "app"}),)),
        Silent("aws_cloudtrail", {"enable_logging": True}, {"enable_logging": True, "is_multi_region_trail": True}),
    ),
)
