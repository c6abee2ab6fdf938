"""Encryption on Azure, at rest and in transit."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.clouds.azure.openings import SERVERS, WEB_APPS
from orchestrator.review.rules.facts.clouds.words import KEEP_KEY, OWN_KEY
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.comparisons import is_on, is_set, not_false, not_true, one_of
from orchestrator.review.rules.kit.rows import Removed, Row, protects

_MEDIUM = Severity.MEDIUM


def _own_key(types: str, path: str) -> Row:
    return protects(types, path, OWN_KEY, KEEP_KEY, _MEDIUM, as_long_as=is_set)


ENCRYPTION: tuple[Row, ...] = (
    protects(
        "azurerm_mssql_database",
        "transparent_data_encryption_enabled",
        "Transparent data encryption is turned off: the database's files and backups can be read without a key.",
        "Leave transparent_data_encryption_enabled on; it costs nothing.",
        as_long_as=not_false,
    ),
    protects(
        "azurerm_linux_virtual_machine azurerm_windows_virtual_machine",
        "encryption_at_host_enabled",
        "Temporary disks and caches of the host are no longer encrypted.",
        "Leave encryption_at_host_enabled on.",
        _MEDIUM,
    ),
    _own_key("azurerm_storage_account azurerm_postgresql_flexible_server", "customer_managed_key.key_vault_key_id"),
    _own_key("azurerm_mysql_flexible_server azurerm_cognitive_account", "customer_managed_key.key_vault_key_id"),
    _own_key("azurerm_cosmosdb_account", "key_vault_key_id"),
    _own_key("azurerm_kubernetes_cluster", "disk_encryption_set_id"),
    Removed(
        "azurerm_storage_account_customer_managed_key azurerm_eventhub_namespace_customer_managed_key "
        "azurerm_servicebus_namespace_customer_managed_key azurerm_cognitive_account_customer_managed_key",
        OWN_KEY,
        KEEP_KEY,
        _MEDIUM,
        joins=("storage_account_id", "eventhub_namespace_id", "namespace_id", "cognitive_account_id"),
    ),
)
_IN_CLEAR = "Connections without encryption are accepted from now on."
_KEEP_TLS = "Leave encryption in transit on; every current client supports it."
_HTTP = "Plain HTTP is accepted from now on: traffic can be read and modified in transit."
TRANSIT: tuple[Row, ...] = (
    protects(WEB_APPS, "https_only", _HTTP, _KEEP_TLS),
    protects(
        WEB_APPS,
        "site_config.ftps_state",
        "Plain FTP is accepted for deployments: passwords and files can be read in transit.",
        'Leave ftps_state = "FtpsOnly" or "Disabled".',
        as_long_as=one_of(None, "Disabled", "FtpsOnly"),
    ),
    protects(SERVERS, "ssl_enforcement_enabled", _IN_CLEAR, _KEEP_TLS),
    *(
        protects("azurerm_redis_cache", name, _IN_CLEAR, _KEEP_TLS, as_long_as=not_true)
        for name in ("enable_non_ssl_port", "non_ssl_port_enabled")
    ),
    protects(
        "azurerm_postgresql_flexible_server_configuration azurerm_mysql_flexible_server_configuration",
        "value",
        _IN_CLEAR,
        _KEEP_TLS,
        as_long_as=one_of("on", "ON"),
        unless=lambda change: at(change.resource.after, "name") != "require_secure_transport",
        given={"name": "require_secure_transport"},
    ),
    protects(
        "azurerm_cdn_frontdoor_route",
        "https_redirect_enabled",
        _HTTP,
        "Leave https_redirect_enabled on.",
        as_long_as=not_false,
    ),
)
CLIENT_CERTIFICATES: tuple[Row, ...] = (
    protects(
        WEB_APPS,
        "client_certificate_enabled",
        "Clients no longer have to present a certificate: anyone who reaches the app gets in.",
        "Leave client_certificate_enabled on.",
        as_long_as=is_on,
    ),
)
