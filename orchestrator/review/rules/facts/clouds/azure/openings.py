"""What opens a resource of Azure to everybody."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.clouds.words import STORED_OBJECTS, TO_DATA, TO_MACHINE
from orchestrator.review.rules.kit.attributes import at, blocks, items
from orchestrator.review.rules.kit.comparisons import is_set, one_of
from orchestrator.review.rules.kit.rows import Opens, Removed, Row, Values, protects, way_in
from orchestrator.review.values import AttributePath

_MEDIUM, _HIGH, _CRITICAL = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL

WEB_APPS = (
    "azurerm_app_service azurerm_function_app azurerm_linux_function_app azurerm_linux_function_app_slot "
    "azurerm_linux_web_app azurerm_linux_web_app_slot azurerm_logic_app_standard azurerm_windows_function_app "
    "azurerm_windows_function_app_slot azurerm_windows_web_app azurerm_windows_web_app_slot"
)
NEW_WEB_APPS = " ".join(name for name in WEB_APPS.split() if "linux" in name or "windows" in name)
SERVERS = "azurerm_mariadb_server azurerm_mysql_server azurerm_postgresql_server"
_FIREWALL_RULES = """
azurerm_cosmosdb_postgresql_firewall_rule azurerm_mariadb_firewall_rule azurerm_mongo_cluster_firewall_rule
azurerm_mssql_firewall_rule azurerm_mysql_firewall_rule azurerm_mysql_flexible_server_firewall_rule
azurerm_postgresql_firewall_rule azurerm_postgresql_flexible_server_firewall_rule azurerm_redis_firewall_rule
azurerm_sql_firewall_rule azurerm_synapse_firewall_rule
"""
_LARGE = 2**16
"""A range of more addresses than this names nobody in particular."""

_Range = tuple[AttributePath, Any] | None


def _range(values: Mapping[str, Any]) -> tuple[str, int, int, str] | None:
    """The attribute and the addresses of a rule's range; None if they are not known."""
    for start, end in (("start_ip_address", "end_ip_address"), ("start_ip", "end_ip")):
        first, last = values.get(start), values.get(end)
        if isinstance(first, str) and isinstance(last, str):
            try:
                low, high = int(ipaddress.IPv4Address(first)), int(ipaddress.IPv4Address(last))
            except ValueError:
                return None
            return end, low, high, f"{first}-{last}"
    return None


def _world(values: Values) -> _Range:
    found = _range(values)
    return ((found[0],), found[3]) if found and found[2] - found[1] >= 2**31 - 1 else None


def _many(values: Values) -> _Range:
    found = _range(values)
    wide = found and _LARGE < found[2] - found[1] + 1 < 2**31 and ipaddress.IPv4Address(found[1]).is_global
    return ((found[0],), found[3]) if found and wide else None


def _azure_services(values: Values) -> _Range:
    found = _range(values)
    return ((found[0],), found[3]) if found and found[1] == found[2] == 0 else None


_RULES = tuple(
    Opens(_FIREWALL_RULES, "end_ip_address", (), says, TO_DATA, severity, severity, way)
    for says, severity, way in (
        ("The whole internet can connect, with nothing but the login in between.", _CRITICAL, _world),
        ("A range of many thousand public addresses can connect.", _HIGH, _many),
        (
            "Everything that runs in Azure can connect, other customers' machines included: the range 0.0.0.0-0.0.0.0 "
            "stands for all Azure services.",
            _MEDIUM,
            _azure_services,
        ),
    )
)


def _by_default(types: str, path: str) -> Row:
    return protects(
        types,
        path,
        "It no longer refuses networks that no rule names: everybody on the internet can connect, with nothing but the "
        "login in between.",
        'Keep default_action = "Deny", and name the networks that need it.',
        as_long_as=one_of("Deny"),
    )


_PUBLIC_SWITCH = """
azurerm_ai_services azurerm_app_configuration azurerm_automation_account azurerm_batch_account azurerm_cognitive_account
azurerm_container_registry azurerm_cosmosdb_account azurerm_data_factory azurerm_databricks_workspace
azurerm_eventgrid_domain azurerm_eventgrid_topic azurerm_eventhub_namespace azurerm_iothub azurerm_key_vault
azurerm_key_vault_managed_hardware_security_module azurerm_machine_learning_workspace azurerm_managed_disk
azurerm_mariadb_server azurerm_mssql_server azurerm_mysql_flexible_server azurerm_mysql_server
azurerm_postgresql_flexible_server azurerm_postgresql_server azurerm_purview_account azurerm_recovery_services_vault
azurerm_redis_cache azurerm_search_service azurerm_servicebus_namespace azurerm_storage_account
azurerm_synapse_workspace azurerm_web_pubsub azurerm_signalr_service
"""
_AKS = "azurerm_kubernetes_cluster"
_SERVER = "Keep it private (private_cluster_enabled), or name the networks that need its API server."
PUBLIC_ADDRESS: tuple[Row, ...] = (
    Opens(
        _PUBLIC_SWITCH,
        "public_network_access_enabled",
        (True,),
        "Public network access is turned on: it can be reached from the internet, as far as its own firewall lets.",
        TO_DATA,
        _HIGH,
    ),
    *_RULES,
    _by_default("azurerm_ai_services azurerm_cognitive_account azurerm_key_vault", "network_acls.default_action"),
    _by_default("azurerm_key_vault_managed_hardware_security_module", "network_acls.default_action"),
    _by_default("azurerm_storage_account", "network_rules.default_action"),
    _by_default("azurerm_storage_account_network_rules", "default_action"),
    Removed(
        "azurerm_storage_account_network_rules",
        "The network rules are reset to their default, which refuses nobody: everybody on the internet can connect, "
        "with nothing but the login in between.",
        "Set network_rules on the storage account itself, in the same plan.",
        joins=("storage_account_id",),
        unless=lambda change: at(change.resource.before, "default_action") != "Deny",
        given={"default_action": "Deny"},
    ),
    _by_default("azurerm_container_registry azurerm_servicebus_namespace", "network_rule_set.default_action"),
    _by_default("azurerm_eventhub_namespace", "network_rulesets.default_action"),
    _by_default(NEW_WEB_APPS, "site_config.ip_restriction_default_action"),
    protects(
        "azurerm_cosmosdb_account",
        "is_virtual_network_filter_enabled",
        "Connections are no longer limited to selected subnets.",
        TO_DATA,
    ),
    protects(
        WEB_APPS,
        "site_config.ip_restriction",
        "All access restrictions are removed: everybody on the internet can call it.",
        "Keep the restrictions that let in only the gateway or the networks in front.",
        as_long_as=is_set,
        # Then that decides, and has a row of its own.
        unless=lambda change: at(change.resource.before, "site_config.ip_restriction_default_action") == "Deny",
    ),
    protects(_AKS, "private_cluster_enabled", "The cluster's API server gets a public address.", _SERVER),
    protects(
        _AKS,
        "api_server_access_profile.authorized_ip_ranges",
        "The cluster's API server no longer refuses unknown networks: the whole internet can reach it.",
        _SERVER,
        as_long_as=is_set,
    ),
    protects(
        _AKS,
        "api_server_authorized_ip_ranges",
        "The cluster's API server no longer refuses unknown networks: the whole internet can reach it.",
        _SERVER,
        as_long_as=is_set,
    ),
    Opens(
        _AKS,
        "api_server_access_profile.authorized_ip_ranges",
        (),
        "The whole internet can reach the cluster's API server.",
        _SERVER,
        _HIGH,
        _MEDIUM,
        lambda values: way_in(values, "api_server_access_profile.authorized_ip_ranges", "0.0.0.0/0"),
    ),
    Opens(
        "azurerm_network_interface",
        "ip_configuration.public_ip_address_id",
        (),
        "It gets a public address.",
        TO_MACHINE,
        _MEDIUM,
        _MEDIUM,
        lambda values: next(
            (
                (("ip_configuration", index, "public_ip_address_id"), value)
                for index, block in enumerate(items(values, "ip_configuration"))
                if isinstance(block, Mapping) and isinstance(value := block.get("public_ip_address_id"), str) and value
            ),
            None,
        ),
    ),
    Opens(
        "azurerm_linux_virtual_machine_scale_set azurerm_windows_virtual_machine_scale_set",
        "network_interface.ip_configuration.public_ip_address",
        (),
        "Its machines get public addresses.",
        TO_MACHINE,
        _MEDIUM,
        _MEDIUM,
        lambda values: way_in(values, "network_interface.ip_configuration.public_ip_address.name", *_names(values)),
    ),
)


def _names(values: Values) -> list[str]:
    """The names of all public addresses of a scale set's machines: any of them is a way in."""
    return [
        str(address.get("name"))
        for interface in blocks(values, "network_interface")
        for configuration in blocks(interface, "ip_configuration")
        for address in blocks(configuration, "public_ip_address")
    ]


ACL_PUBLIC: tuple[Row, ...] = (
    Opens(
        "azurerm_storage_container",
        "container_access_type",
        ("blob", "container"),
        "Everybody on the internet can read the container's blobs, without a login.",
        STORED_OBJECTS,
        _HIGH,
        _HIGH,
    ),
    *(
        Opens(
            "azurerm_storage_account",
            name,
            (True,),
            "Containers in this account may be made public again.",
            "Keep it off.",
            _MEDIUM,
        )
        for name in ("allow_nested_items_to_be_public", "allow_blob_public_access")
    ),
    Opens(
        "azurerm_container_registry",
        "anonymous_pull_enabled",
        (True,),
        "Everybody on the internet can pull every image in the registry.",
        "Keep it off; let clusters pull with the role AcrPull.",
        _HIGH,
        _HIGH,
    ),
)
