"""Google Cloud's logs and backups."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.retention import kept
from orchestrator.review.rules.kit.comparisons import is_set, less, loses_items, not_true, one_of
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import UPDATED, Removed, Row, Watch, protects

_MEDIUM = Severity.MEDIUM
_GKE = "google_container_cluster"
_SQL = "google_sql_database_instance"
_SINKS = " ".join(f"google_logging_{level}_sink" for level in ("project", "folder", "organization", "billing_account"))

_WATCHED = "Keep it: an incident is investigated with these logs."
AUDIT: tuple[Row, ...] = (
    Removed(
        _SINKS,
        "Logs are no longer exported by this sink: they are kept only as long as the log bucket keeps them.",
        _WATCHED,
        joins=("destination",),
    ),
    protects(_SINKS, "disabled", "The sink no longer exports logs.", _WATCHED, as_long_as=not_true),
    protects(
        "google_compute_subnetwork",
        "log_config",
        "Network traffic of the subnet is no longer recorded.",
        _WATCHED,
        _MEDIUM,
        as_long_as=is_set,
    ),
    protects(
        _GKE,
        "logging_service",
        "Logs of the cluster, its audit log of the workloads included, are no longer collected.",
        _WATCHED,
        as_long_as=one_of(None, "logging.googleapis.com/kubernetes", "logging.googleapis.com"),
    ),
    Watch(
        _GKE,
        "logging_config.enable_components",
        loses_items,
        lambda change: (
            f"These logs are no longer collected: {listed(item for item in change.old if item not in change.new)}."
        ),
        _WATCHED,
        actions=UPDATED,
        risk="Fewer logs are collected.",
    ),
    protects(
        "google_storage_bucket",
        "logging",
        "Requests to the bucket are no longer logged.",
        _WATCHED,
        _MEDIUM,
        as_long_as=is_set,
    ),
    Removed(
        "google_scc_notification_config google_scc_v2_organization_notification_config",
        "Findings of Security Command Center no longer reach anybody.",
        "Keep it, or have another one publish them.",
        _MEDIUM,
    ),
)
BACKUP: tuple[Row, ...] = (
    protects(
        _SQL,
        "settings.backup_configuration.enabled",
        "Automated backups are turned off.",
        "Leave backup_configuration on.",
    ),
    protects(
        _SQL,
        "settings.backup_configuration.point_in_time_recovery_enabled",
        "Point-in-time recovery is turned off.",
        "Leave point_in_time_recovery_enabled on.",
    ),
    Watch(
        _SQL,
        "settings.backup_configuration.backup_retention_settings.retained_backups",
        less,
        "{new:g} automated backups are kept instead of {old:g}: older ones are deleted.",
        "Keep as many as anyone may need.",
        risk="Fewer automated backups are kept.",
    ),
    kept(_SQL, "settings.backup_configuration.transaction_log_retention_days", "Transaction logs"),
    Removed(
        "google_gke_backup_backup_plan",
        "The cluster is no longer backed up.",
        "Keep the plan as long as the cluster.",
        joins=("cluster",),
    ),
    Removed(
        "google_compute_disk_resource_policy_attachment google_compute_region_disk_resource_policy_attachment",
        "The disk no longer follows its schedule: it gets no new snapshots.",
        "Attach the schedule that takes over, in the same plan.",
        of="disk",
    ),
)
