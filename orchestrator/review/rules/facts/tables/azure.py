"""What holds data, addresses and services on Azure, beside the types in `elsewhere` (provider hashicorp/azurerm)."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.tables.holder import Holder, Kind, table

_PURGED = "The provider purges what it deletes, unless its features say otherwise or the vault has purge protection"


def _kept(kind: str) -> str:
    return f"What is not purged can be recovered for a while (`az keyvault {kind}recover`)"


_UNREADABLE = "the means to decrypt. Everything encrypted with it stays unreadable"
_GONE_FOR_GOOD = {
    "key_vault": ("key vault", f"its keys, secrets and certificates. {_PURGED}", _kept("")),
    "key_vault_key": ("key", f"{_UNREADABLE}. {_PURGED}", _kept("key ")),
    "key_vault_secret": ("secret", f"its value and all its versions. {_PURGED}", _kept("secret ")),
    "key_vault_certificate": (
        "certificate",
        f"the certificate and its private key; whatever presents it fails. {_PURGED}",
        _kept("certificate "),
    ),
    "key_vault_managed_hardware_security_module": ("key store", f"the keys in it. {_PURGED}"),
    "key_vault_managed_hardware_security_module_key": ("key", f"{_UNREADABLE}. {_PURGED}"),
    "cosmosdb_gremlin_database cosmosdb_gremlin_graph": ("graph database", "every node and edge in it"),
    "cosmosdb_cassandra_keyspace cosmosdb_cassandra_table cosmosdb_postgresql_cluster mongo_cluster": (
        "database",
        "every row or document in it",
    ),
    "mariadb_database": ("database", "every row in it", "Take a dump first"),
    "storage_data_lake_gen2_filesystem storage_share_directory": ("file system", "every file in it"),
    "netapp_account netapp_pool": ("file storage", "every volume in it"),
    "synapse_sql_pool synapse_spark_pool": ("data warehouse", "every table in it"),
    "databricks_workspace machine_learning_workspace": ("workspace", "every notebook, model and job in it"),
    "image shared_image shared_image_version": ("image", "what could be created from it"),
    "eventgrid_topic eventgrid_domain": ("event topic", "its endpoint, and events that were not delivered yet"),
    "iothub": ("IoT hub", "the identities of all devices in it"),
    "purview_account": ("data catalogue", "everything in it"),
    "cognitive_account ai_services": ("AI service", "its models and its endpoint, unless soft delete keeps them"),
    "app_configuration": ("configuration store", f"every setting in it. {_PURGED}"),
    "dev_test_lab": ("lab", "every machine in it"),
}
_CAN_BE_MADE_GOOD = {
    "managed_redis redis_enterprise_database": ("cache", "every key in it"),
    "monitor_workspace": ("metrics workspace", "every metric in it"),
}
_ADDRESSES = {
    "public_ip_prefix": (
        "range of IP addresses",
        "the addresses themselves. Everything that allows or uses them must change",
    ),
    "container_app container_group": ("container", "its address, and it stops answering"),
    "cdn_frontdoor_profile cdn_frontdoor_endpoint frontdoor cdn_endpoint": ("content delivery", "its host name"),
    "static_web_app static_site": ("website", "its host name, and it stops answering"),
    "api_management": ("API gateway", "its host name, and it stops answering"),
    "traffic_manager_profile": ("name for traffic", "its DNS name"),
}
_ADDRESSES_WITH_A_GAP = {
    "virtual_network_gateway vpn_gateway express_route_circuit express_route_gateway firewall nat_gateway": (
        "gateway",
        "the traffic through it",
    ),
    "private_endpoint": (
        "private endpoint",
        "its address in the network. What it leads to can no longer be reached by it",
    ),
    "dns_aaaa_record dns_mx_record dns_txt_record dns_ns_record dns_srv_record dns_caa_record dns_ptr_record "
    "private_dns_a_record private_dns_cname_record": ("DNS record", "the name. It no longer resolves"),
}
_SERVICES = {
    "windows_function_app function_app logic_app_standard logic_app_workflow": ("function", "calls to it fail"),
    "app_service": ("web app", "it stops answering"),
    "service_plan app_service_plan": ("hosting plan", "every app on it stops"),
    "linux_virtual_machine_scale_set windows_virtual_machine_scale_set orchestrated_virtual_machine_scale_set": (
        "group of servers",
        "they stop, and their disks may go with them",
    ),
    "data_factory": ("data factory", "its pipelines stop"),
    "linux_web_app_slot windows_web_app_slot linux_function_app_slot windows_function_app_slot": (
        "deployment slot",
        "what runs in it stops",
    ),
    "signalr_service web_pubsub": ("messaging service", "its clients are disconnected"),
    "automation_account batch_account": ("account", "its jobs stop"),
}

_CREDENTIALS = {
    "application_password service_principal_password": ("password", "the password. Whatever logs in with it fails"),
    "application_certificate service_principal_certificate": ("certificate", "whatever logs in with it fails"),
}
_HARMLESS = """
application_insights_web_test application_security_group automation_schedule availability_set
backup_container_storage_account backup_policy_file_share backup_policy_vm backup_protected_file_share
backup_protected_vm bastion_host cognitive_account_customer_managed_key consumption_budget_resource_group
consumption_budget_subscription data_protection_backup_instance_blob_storage data_protection_backup_instance_disk
data_protection_backup_instance_kubernetes_cluster data_protection_backup_instance_postgresql
eventhub_namespace_customer_managed_key federated_identity_credential log_analytics_solution monitor_action_group
monitor_activity_log_alert monitor_autoscale_setting monitor_data_collection_rule
monitor_scheduled_query_rules_alert_v2 network_watcher network_watcher_flow_log policy_definition
policy_set_definition portal_dashboard resource_provider_registration role_definition security_center_contact
security_center_subscription_pricing sentinel_alert_rule_fusion sentinel_alert_rule_nrt sentinel_alert_rule_scheduled
sentinel_log_analytics_workspace_onboarding servicebus_namespace_customer_managed_key
storage_account_customer_managed_key storage_management_policy user_assigned_identity_federated_credential
virtual_network_peering web_application_firewall_policy
"""
_HARMLESS_IN_ENTRA = """
application_federated_identity_credential application_redirect_uris conditional_access_policy
directory_role directory_role_eligibility_schedule_request group_member named_location
"""


def _harmless(prefix: str, names: str) -> dict[str, Holder]:
    return table(Kind.HARMLESS, Severity.LOW, prefix, {name: (name.replace("_", " "), "") for name in names.split()})


HOLDERS = {
    **_harmless("azurerm_", _HARMLESS),
    **_harmless("azuread_", _HARMLESS_IN_ENTRA),
    **table(Kind.ADDRESS, Severity.HIGH, "azuread_", _CREDENTIALS),
    **table(Kind.DATA, Severity.CRITICAL, "azurerm_", _GONE_FOR_GOOD),
    **table(Kind.DATA, Severity.HIGH, "azurerm_", _CAN_BE_MADE_GOOD),
    **table(Kind.ADDRESS, Severity.CRITICAL, "azurerm_", _ADDRESSES),
    **table(Kind.ADDRESS, Severity.HIGH, "azurerm_", _ADDRESSES_WITH_A_GAP),
    **table(Kind.SERVICE, Severity.HIGH, "azurerm_", _SERVICES),
    **table(
        Kind.ADDRESS,
        Severity.CRITICAL,
        "azuread_",
        {
            "application application_registration": (
                "application",
                "its client id. Everybody who logs in with it fails",
            ),
            "service_principal": ("service principal", "the identity and its permissions"),
            "group": ("group", "the group's id, its members and the permissions that it has"),
            "user": ("user", "the account and its permissions"),
        },
    ),
}
