"""Backups that are turned off, kept for less time, or missing on something new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import records as azure_records
from orchestrator.review.rules.facts.clouds.google import records as google_records
from orchestrator.review.rules.facts.retention import kept
from orchestrator.review.rules.kit.attributes import at, blocks, hidden, number
from orchestrator.review.rules.kit.change import Change, change_of, finding
from orchestrator.review.rules.kit.comparisons import State, is_set, not_true, one_of
from orchestrator.review.rules.kit.listing import listed, missing_items
from orchestrator.review.rules.kit.rows import UPDATED, Reads, Removed, Row, protects
from orchestrator.review.rules.kit.rule import Rule

_PLAN = "aws_backup_plan"
_REPLICATION = "aws_s3_bucket_replication_configuration"


def _is_copy(change: Change) -> bool:
    source = at(change.resource.after, "replicate_source_db")
    return is_set.holds(source) and not hidden(source)


def _plan_goes_too(change: Change) -> bool:
    """A selection goes with its plan, whose own finding tells it."""
    name = at(change.resource.before, "plan_id")
    return any(
        item.type == _PLAN and item.action is Action.DELETE and bool(at(item.before, "id") == name)
        for item in change.plan.resources
    )


_DAYS = "backup_retention_period"
_ROWS: tuple[Row, ...] = (
    protects(
        "aws_dynamodb_table",
        "point_in_time_recovery.enabled",
        "Point-in-time recovery is turned off: the table cannot be restored to an earlier state, and its recovery "
        "points of the last days are deleted.",
        "Leave point_in_time_recovery on.",
        born=Severity.LOW,
        born_message="The table is created without point-in-time recovery: it cannot be restored to an earlier state.",
    ),
    protects(
        "aws_efs_backup_policy",
        "backup_policy.status",
        "The file system is no longer backed up.",
        'Leave status = "ENABLED".',
        as_long_as=one_of("ENABLED"),
    ),
    protects(
        "aws_dlm_lifecycle_policy",
        "state",
        "This policy no longer creates snapshots.",
        'Leave state = "ENABLED".',
        as_long_as=one_of(None, "ENABLED"),
    ),
    *azure_records.BACKUP,
    *google_records.BACKUP,
    protects(
        "*",
        "skip_final_snapshot",
        "No final snapshot is taken any more when it is destroyed: skip_final_snapshot is turned on.",
        "Leave it off and name the snapshot (final_snapshot_identifier).",
        Severity.MEDIUM,
        # The provider's own default is off, and what has no such attribute is not meant.
        as_long_as=not_true,
        actions=UPDATED,
    ),
    protects(
        "*",
        "delete_automated_backups",
        "Automated backups are deleted together with the database from now on.",
        "Leave delete_automated_backups off.",
        Severity.MEDIUM,
        as_long_as=State("false", lambda value: value is False, (False, True)),
        actions=UPDATED,
    ),
    # What is created without backups is only told of databases, and not of a copy.
    replace(kept("aws_db_instance", _DAYS, "Automated backups", born=Severity.MEDIUM), born_unless=_is_copy),
    kept("aws_rds_cluster aws_docdb_cluster aws_neptune_cluster", _DAYS, "Automated backups"),
    replace(
        kept(
            "aws_redshift_cluster", "automated_snapshot_retention_period", "Automated snapshots", born=Severity.MEDIUM
        ),
        born_unless=_is_copy,
    ),
    kept(
        "aws_elasticache_replication_group aws_elasticache_cluster aws_elasticache_serverless_cache "
        "aws_memorydb_cluster",
        "snapshot_retention_limit",
        "Snapshots",
    ),
    kept(
        "aws_fsx_lustre_file_system aws_fsx_windows_file_system aws_fsx_ontap_file_system aws_fsx_openzfs_file_system",
        "automatic_backup_retention_days",
        "Automated backups",
    ),
    kept("aws_dynamodb_table", "point_in_time_recovery.recovery_period_in_days", "Recovery points"),
    kept(
        "azurerm_postgresql_flexible_server azurerm_mysql_flexible_server", "backup_retention_days", "Automated backups"
    ),
    Removed(_PLAN, "What the plan backs up gets no new backups; existing ones stay."),
    Removed(
        "aws_backup_selection", "The selected resources are no longer backed up.", of="plan_id", unless=_plan_goes_too
    ),
    Removed("aws_dlm_lifecycle_policy", "This policy creates no new snapshots; existing ones stay."),
    Removed("aws_efs_backup_policy", "The file system is no longer backed up.", of="file_system_id"),
    Removed(
        _REPLICATION,
        "New objects are no longer replicated to the other bucket.",
        severity=Severity.MEDIUM,
        of="bucket",
    ),
    Reads(_PLAN, "rule"),
    Reads(_REPLICATION, "rule"),
)


def _rules(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is Action.UPDATE:
        yield from _backup_rules(resource, plan) if resource.type == _PLAN else _replication_rules(resource, plan)


def _backup_rules(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A backup plan with fewer rules, or that keeps what they make for less time."""
    change = change_of(resource, plan, "rule")
    removed = missing_items(resource, "rule", "rule_name")
    if removed:
        says = f"The backup plan loses a rule: {listed(removed)}. It creates no new backups; existing ones stay."
        yield finding(change, says, "Make sure that the other rules are enough.", Severity.MEDIUM)
    after = {str(item.get("rule_name")): item for item in blocks(resource.after, "rule")}
    for rule in blocks(resource.before, "rule"):
        old, new = _days(rule), _days(after.get(str(rule.get("rule_name")), rule))
        if new is not None and (old is None or new < old):
            yield finding(
                change,
                f"Backups of the rule {rule.get('rule_name')} are kept for {new:g} days instead of "
                f"{f'{old:g} days' if old else 'indefinitely'}.",
                "Keep them for as long as a mistake may go unnoticed.",
                Severity.MEDIUM,
            )


def _days(rule: Mapping[str, Any]) -> float | None:
    return number(at(rule, "lifecycle.delete_after")) or None


def _replication_rules(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A bucket's replication that loses a rule, or has one disabled."""
    if hidden(at(resource.after, "rule")):
        return
    now = {str(rule.get("id")) for rule in blocks(resource.after, "rule") if rule.get("status") == "Enabled"}
    then = [str(rule.get("id")) for rule in blocks(resource.before, "rule") if rule.get("status") == "Enabled"]
    gone = [name for name in then if name not in now]
    # A rule under another name may copy the same.
    if gone and len(now) < len(then):
        says = f"New objects are no longer replicated by the rule {listed(gone)}."
        yield finding(change_of(resource, plan, "rule"), says, 'Leave status = "Enabled".', Severity.MEDIUM)


RULE = Rule(
    "backup-off",
    Severity.HIGH,
    "Backups are turned off or reduced",
    "Without a backup, an accidental deletion is final.",
    looks=_rules,
    watches=(*_ROWS, *rows_for("backup-off")),
    examples=(
        Fires(
            "aws_dynamodb_table",
            {"point_in_time_recovery": [{"enabled": True}]},
            {"point_in_time_recovery": [{"enabled": False}]},
        ),
        Fires("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 0}),
        Fires("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 1}, Severity.MEDIUM),
        Fires("aws_db_instance", None, {"backup_retention_period": 0}, Severity.MEDIUM),
        Fires("aws_rds_cluster", {"skip_final_snapshot": False}, {"skip_final_snapshot": True}, Severity.MEDIUM),
        Fires(
            "aws_backup_plan",
            {"rule": [{"rule_name": "daily"}, {"rule_name": "weekly"}]},
            {"rule": [{"rule_name": "weekly"}]},
            Severity.MEDIUM,
        ),
        Fires(
            "aws_backup_selection",
            {"plan_id": "nightly"},
            None,
            beside=(same("aws_backup_plan.nightly", {"id": "nightly"}),),
        ),
        Silent("aws_db_instance", None, {"backup_retention_period": 0, "replicate_source_db": "orders"}),
        Silent("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 14}),
    ),
)
