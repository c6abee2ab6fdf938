"""Backups that are switched off, kept for less time, or missing on something new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Action, Finding, Resource, Severity
from orchestrator.review.rules import parts
from orchestrator.review.rules.kit.attributes import at, hidden, number
from orchestrator.review.rules.retention import Kept, less, shortened
from orchestrator.review.rules.switches import Switch, is_set, switched_off

_MEDIUM, _LOW = Severity.MEDIUM, Severity.LOW

_BACKUPS: Mapping[str, tuple[Kept, ...]] = {
    "aws_db_instance": (Kept("backup_retention_period", "Automated backups"),),
    "aws_rds_cluster": (Kept("backup_retention_period", "Automated backups"),),
    "aws_docdb_cluster": (Kept("backup_retention_period", "Automated backups"),),
    "aws_neptune_cluster": (Kept("backup_retention_period", "Automated backups"),),
    "aws_redshift_cluster": (Kept("automated_snapshot_retention_period", "Automated snapshots"),),
    "aws_elasticache_replication_group": (Kept("snapshot_retention_limit", "Snapshots"),),
    "aws_elasticache_cluster": (Kept("snapshot_retention_limit", "Snapshots"),),
    "aws_elasticache_serverless_cache": (Kept("snapshot_retention_limit", "Snapshots"),),
    "aws_memorydb_cluster": (Kept("snapshot_retention_limit", "Snapshots"),),
    "aws_fsx_lustre_file_system": (Kept("automatic_backup_retention_days", "Automated backups"),),
    "aws_fsx_windows_file_system": (Kept("automatic_backup_retention_days", "Automated backups"),),
    "aws_fsx_ontap_file_system": (Kept("automatic_backup_retention_days", "Automated backups"),),
    "aws_fsx_openzfs_file_system": (Kept("automatic_backup_retention_days", "Automated backups"),),
    "aws_dynamodb_table": (Kept("point_in_time_recovery.recovery_period_in_days", "Points to go back to"),),
    "azurerm_postgresql_flexible_server": (Kept("backup_retention_days", "Automated backups"),),
    "azurerm_mysql_flexible_server": (Kept("backup_retention_days", "Automated backups"),),
}
_BORN_WITHOUT = frozenset({"aws_db_instance", "aws_redshift_cluster"})
_SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "aws_dynamodb_table": (
        Switch(
            "point_in_time_recovery.enabled",
            "Point-in-time recovery is switched off: there is no way back to an earlier state of the table, and the "
            "recovery points of the last days are dropped.",
            "Leave point_in_time_recovery on.",
            born=_LOW,
            born_says="The table is made without point-in-time recovery: there is no way back to an earlier state.",
        ),
    ),
    "aws_efs_backup_policy": (
        Switch(
            "backup_policy.status",
            "The file system is no longer backed up.",
            'Leave status = "ENABLED".',
            protects=lambda value: value == "ENABLED",
        ),
    ),
    "aws_dlm_lifecycle_policy": (
        Switch(
            "state",
            "Snapshots are no longer made by this policy.",
            'Leave state = "ENABLED".',
            protects=lambda value: value in (None, "ENABLED"),
        ),
    ),
    "google_sql_database_instance": (
        Switch(
            "settings.backup_configuration.enabled",
            "Automated backups are switched off.",
            "Leave backup_configuration on.",
        ),
        Switch(
            "settings.backup_configuration.point_in_time_recovery_enabled",
            "Point-in-time recovery is switched off.",
            "Leave point_in_time_recovery_enabled on.",
        ),
    ),
}
_FINAL_SNAPSHOT = Switch(
    "skip_final_snapshot",
    "No snapshot is made any more when it is destroyed: skip_final_snapshot is switched on.",
    "Leave it off and give the snapshot a name (final_snapshot_identifier).",
    severity=_MEDIUM,
    # The provider's own default is off, and what has no such attribute is not meant.
    protects=lambda value: value is not True,
)
_DROPPED_BACKUPS = Switch(
    "delete_automated_backups",
    "The automated backups are deleted together with the database from now on.",
    "Leave delete_automated_backups off.",
    severity=_MEDIUM,
    protects=lambda value: value is False,
)


def fewer(resource: Resource) -> Iterator[Finding]:
    """Backups that are switched off, kept for a shorter time, or missing on something new."""
    yield from switched_off("backup-off", resource, _SWITCHES.get(resource.type, ()))
    if resource.type == "aws_backup_plan":
        yield from parts.fewer_backups(resource)
    elif resource.type == "aws_s3_bucket_replication_configuration":
        yield from parts.not_copied(resource)
    if resource.action is Action.UPDATE:
        yield from switched_off("backup-off", resource, (_FINAL_SNAPSHOT, _DROPPED_BACKUPS))
    for kept in _BACKUPS.get(resource.type, ()):
        if resource.action is not Action.CREATE:
            yield from less("backup-off", resource, kept)
        elif number(at(resource.after, kept.path)) == 0 and resource.type in _BORN_WITHOUT and not _is_copy(resource):
            says = f"It is made without backups: {kept.path} is 0."
            yield shortened("backup-off", _MEDIUM, resource, kept, says)


def _is_copy(resource: Resource) -> bool:
    after = resource.after or {}
    return is_set(after.get("replicate_source_db")) and not hidden(after.get("replicate_source_db"))
