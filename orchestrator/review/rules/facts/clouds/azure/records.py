"""Azure's logs and backups."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.clouds.azure.openings import SERVERS
from orchestrator.review.rules.facts.retention import kept
from orchestrator.review.rules.kit.comparisons import becomes, loses_items, not_false, one_of
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import UPDATED, Removed, Row, Watch, protects

_MEDIUM, _HIGH = Severity.MEDIUM, Severity.HIGH


_WATCHED = "Keep it: what happens is found out with it, or afterwards investigated."
AUDIT: tuple[Row, ...] = (
    Removed(
        "azurerm_monitor_diagnostic_setting",
        "Its logs and metrics are no longer sent anywhere: only Azure's own activity log "
        "still says what happened to it.",
        _WATCHED,
        _MEDIUM,
        joins=("target_resource_id",),
    ),
    Watch(
        "azurerm_monitor_diagnostic_setting",
        "enabled_log",
        loses_items,
        lambda change: (
            "These logs are no longer sent: "
            + listed(
                str(item.get("category") or item.get("category_group")) if isinstance(item, dict) else item
                for item in change.old
                if item not in change.new
            )
            + "."
        ),
        _WATCHED,
        actions=UPDATED,
        risk="Fewer logs are sent.",
    ),
    Removed("azurerm_network_watcher_flow_log", "Network traffic is no longer recorded.", _WATCHED, _MEDIUM),
    protects(
        "azurerm_network_watcher_flow_log", "enabled", "Network traffic is no longer recorded.", _WATCHED, _MEDIUM
    ),
    Removed(
        "azurerm_security_center_subscription_pricing",
        "Defender for Cloud falls back to its free plan: threats to this kind of resource are no longer detected.",
        _WATCHED,
    ),
    Watch(
        "azurerm_security_center_subscription_pricing",
        "tier",
        becomes("Standard", "Free"),
        "Defender for Cloud is turned off for this kind of resource: threats are no longer detected.",
        'Keep tier = "Standard".',
        _HIGH,
    ),
    Removed(
        "azurerm_mssql_server_extended_auditing_policy azurerm_mssql_database_extended_auditing_policy",
        "Queries and logins are no longer recorded.",
        _WATCHED,
        joins=("server_id", "database_id"),
    ),
    protects(
        "azurerm_mssql_server_extended_auditing_policy azurerm_mssql_database_extended_auditing_policy",
        "enabled",
        "Queries and logins are no longer recorded.",
        _WATCHED,
        as_long_as=not_false,
    ),
    Removed(
        "azurerm_mssql_server_security_alert_policy",
        "Threats to the database server are no longer detected.",
        _WATCHED,
        _MEDIUM,
    ),
    Removed(
        "azurerm_sentinel_log_analytics_workspace_onboarding",
        "Microsoft Sentinel is turned off for the workspace: incidents are no longer detected.",
        _WATCHED,
        joins=("workspace_id",),
    ),
    Removed(
        "azurerm_sentinel_alert_rule_scheduled azurerm_sentinel_alert_rule_nrt azurerm_sentinel_alert_rule_fusion",
        "Microsoft Sentinel no longer detects what this rule found.",
        _WATCHED,
        _MEDIUM,
        joins=("log_analytics_workspace_id",),
    ),
)
BACKUP: tuple[Row, ...] = (
    Removed(
        "azurerm_backup_protected_vm azurerm_backup_protected_file_share azurerm_backup_container_storage_account "
        "azurerm_data_protection_backup_instance_blob_storage azurerm_data_protection_backup_instance_disk "
        "azurerm_data_protection_backup_instance_kubernetes_cluster "
        "azurerm_data_protection_backup_instance_postgresql",
        "It is no longer backed up, and its existing backups are deleted unless soft delete keeps them.",
        'Keep the backup as long as what it is for; `protection_state = "ProtectionStopped"` keeps what there is.',
        joins=("source_vm_id", "source_storage_account_id", "storage_account_id", "disk_id", "kubernetes_cluster_id"),
    ),
    kept("azurerm_backup_policy_vm azurerm_backup_policy_file_share", "retention_daily.count", "Daily backups"),
    kept("azurerm_mssql_database", "short_term_retention_policy.retention_days", "Points to restore to"),
    kept(SERVERS, "backup_retention_days", "Automated backups"),
    protects(
        f"{SERVERS} azurerm_mysql_flexible_server azurerm_postgresql_flexible_server",
        "geo_redundant_backup_enabled",
        "Backups are no longer copied to the paired region: with the region, they are lost.",
        "Leave geo_redundant_backup_enabled on.",
        _MEDIUM,
    ),
    protects(
        "azurerm_recovery_services_vault",
        "soft_delete_enabled",
        "Deleted backups are gone at once: soft delete is turned off.",
        "Leave soft_delete_enabled on.",
        as_long_as=not_false,
    ),
    protects(
        "azurerm_data_protection_backup_vault",
        "soft_delete",
        "Deleted backups are gone at once: soft delete is turned off.",
        "Leave soft_delete on.",
        as_long_as=one_of(None, "AlwaysOn", "On"),
    ),
    protects(
        "azurerm_recovery_services_vault azurerm_data_protection_backup_vault",
        "immutability",
        "Backups can be deleted before their time again: immutability is turned off.",
        "Leave immutability on.",
        as_long_as=one_of("Unlocked", "Locked"),
    ),
)
