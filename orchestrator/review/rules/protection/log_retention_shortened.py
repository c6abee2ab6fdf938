"""Logs that are kept for less time."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.retention import kept
from orchestrator.review.rules.kit.comparisons import less_or_no_longer_endless
from orchestrator.review.rules.kit.rule import Rule

RULE = Rule(
    "log-retention-shortened",
    Severity.MEDIUM,
    "Log retention is shortened",
    "Logs older than the new retention period are deleted, and an audit may ask for them.",
    watches=(
        *rows_for("log-retention-shortened"),
        kept("aws_cloudwatch_log_group", "retention_in_days", "Log events", worse=less_or_no_longer_endless),
        kept("aws_cloudtrail_event_data_store", "retention_period", "Audit events"),
        kept("google_logging_project_bucket_config", "retention_days", "Log entries"),
        kept("azurerm_log_analytics_workspace", "retention_in_days", "Log entries"),
    ),
    examples=(
        Fires("aws_cloudwatch_log_group", {"retention_in_days": 365}, {"retention_in_days": 7}),
        Fires("aws_cloudwatch_log_group", {"retention_in_days": 0}, {"retention_in_days": 7}),
        Silent("aws_cloudwatch_log_group", {"retention_in_days": 30}, {"retention_in_days": 90}),
    ),
)
