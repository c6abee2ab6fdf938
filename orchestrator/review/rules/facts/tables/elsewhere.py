"""What the common types of other providers hold."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.tables.holder import Kind, table

_SNAPSHOT = "Take a snapshot or a dump first"

_DATA = {
    "google_sql_database_instance": ("database server", "every database on it, and its automated backups", _SNAPSHOT),
    "google_sql_database google_alloydb_cluster google_alloydb_instance": ("database", "every row in it", _SNAPSHOT),
    "google_spanner_instance google_spanner_database": ("database", "every row in it", _SNAPSHOT),
    "google_bigtable_instance google_bigtable_table": ("table", "every row in it", _SNAPSHOT),
    "google_bigquery_dataset google_bigquery_table": ("data set", "every row in it"),
    "google_firestore_database google_firestore_document google_datastore_index": ("database", "every document in it"),
    "google_storage_bucket": ("bucket", "every object in it", "Copy the objects first"),
    "google_compute_disk google_compute_region_disk": ("disk", "every file on it", _SNAPSHOT),
    "google_compute_snapshot google_compute_image": ("snapshot", "what could be restored from it"),
    "google_filestore_instance google_filestore_backup": ("file system", "every file in it"),
    "google_artifact_registry_repository google_container_registry": ("image repository", "every image in it"),
    "google_secret_manager_secret": ("secret", "its value"),
    "google_container_cluster": ("Kubernetes cluster", "everything that runs or is stored in it"),
    "azurerm_resource_group": ("resource group", "everything in it"),
    "azurerm_mssql_server azurerm_mssql_managed_instance azurerm_sql_server": (
        "database server",
        "every database on it",
        _SNAPSHOT,
    ),
    "azurerm_mssql_database azurerm_sql_database azurerm_mssql_managed_database": (
        "database",
        "every row in it",
        _SNAPSHOT,
    ),
    "azurerm_postgresql_server azurerm_postgresql_flexible_server azurerm_mysql_server azurerm_mysql_flexible_server": (
        "database server",
        "every database on it",
        _SNAPSHOT,
    ),
    "azurerm_mariadb_server azurerm_postgresql_database azurerm_postgresql_flexible_server_database": (
        "database",
        "every row in it",
        _SNAPSHOT,
    ),
    "azurerm_mysql_database azurerm_mysql_flexible_database": ("database", "every row in it", _SNAPSHOT),
    "azurerm_cosmosdb_account azurerm_cosmosdb_sql_database azurerm_cosmosdb_sql_container": (
        "database",
        "every document in it",
    ),
    "azurerm_cosmosdb_mongo_database azurerm_cosmosdb_mongo_collection azurerm_cosmosdb_table": (
        "database",
        "every document in it",
    ),
    "azurerm_storage_account": ("storage account", "every blob, file, queue and table in it"),
    "azurerm_storage_container azurerm_storage_share azurerm_storage_table": (
        "storage",
        "every object in it",
    ),
    "azurerm_storage_queue azurerm_servicebus_queue azurerm_servicebus_topic azurerm_servicebus_namespace": (
        "queue",
        "every waiting message in it",
    ),
    "azurerm_eventhub azurerm_eventhub_namespace": ("event hub", "every event that was not read yet"),
    "azurerm_managed_disk azurerm_snapshot azurerm_netapp_volume": ("disk", "every file on it", _SNAPSHOT),
    "azurerm_recovery_services_vault azurerm_data_protection_backup_vault": ("backup vault", "every backup in it"),
    "azurerm_container_registry": ("image registry", "every image in it"),
    "azurerm_kubernetes_cluster": ("Kubernetes cluster", "everything that runs or is stored in it"),
    "azurerm_synapse_workspace azurerm_kusto_cluster azurerm_kusto_database": ("data warehouse", "every table in it"),
    "azurerm_search_service": ("search service", "every index in it"),
    "kubernetes_namespace kubernetes_namespace_v1": ("namespace", "everything in it, volume claims included"),
    "kubernetes_persistent_volume_claim kubernetes_persistent_volume_claim_v1": (
        "volume claim",
        "every file on the volume, if its reclaim policy is Delete",
    ),
    "kubernetes_persistent_volume kubernetes_persistent_volume_v1": ("volume", "every file on it"),
    "kubernetes_stateful_set kubernetes_stateful_set_v1": (
        "stateful set",
        "its pods, and volumes that are deleted with them",
    ),
    "cloudflare_r2_bucket cloudflare_d1_database cloudflare_workers_kv_namespace": ("store", "everything in it"),
    "cloudflare_workers_kv cloudflare_queue": ("store", "everything in it"),
    "digitalocean_database_cluster digitalocean_database_db": ("database", "every row in it", _SNAPSHOT),
    "digitalocean_volume digitalocean_spaces_bucket digitalocean_container_registry": ("store", "everything in it"),
    "hcloud_volume hcloud_snapshot": ("volume", "every file on it"),
    "mongodbatlas_cluster mongodbatlas_advanced_cluster mongodbatlas_project": ("database", "every document in it"),
    "snowflake_database snowflake_schema snowflake_table": ("database", "every row in it"),
    "github_repository": ("git repository", "every commit, issue and release in it"),
    "gitlab_project gitlab_group": ("git repository", "every commit, issue and release in it"),
    "vault_mount vault_kv_secret vault_kv_secret_v2 vault_generic_secret": ("secrets", "every secret in it"),
    "postgresql_database postgresql_schema mysql_database": ("database", "every row in it", _SNAPSHOT),
    "kafka_topic confluent_kafka_topic confluent_kafka_cluster": ("topic", "every message in it"),
    "docker_volume": ("volume", "every file on it"),
    "vsphere_virtual_machine vsphere_virtual_disk proxmox_vm_qemu libvirt_volume": ("disk", "every file on it"),
}

_DATA_THAT_CAN_BE_MADE_GOOD = {
    "kubernetes_secret kubernetes_secret_v1": ("secret", "its values"),
    "kubernetes_manifest kubectl_manifest": ("object", "the object, and whatever its kind stores"),
    "helm_release": ("release", "every object of the chart, including volume claims that the chart creates"),
    "random_password random_bytes": ("password", "the value. Whatever was created with it keeps the old one"),
    "tls_private_key": ("private key", "the key. Certificates and logins created with it become invalid"),
    "google_redis_instance google_memcache_instance google_redis_cluster": ("cache", "every key in it"),
    "azurerm_redis_cache azurerm_redis_enterprise_cluster": ("cache", "every key in it"),
    "azurerm_log_analytics_workspace azurerm_application_insights": ("log workspace", "every log entry in it"),
    "google_logging_project_bucket_config": ("log bucket", "every log entry in it"),
}

_ADDRESSES = {
    "google_compute_address google_compute_global_address azurerm_public_ip hcloud_floating_ip hcloud_primary_ip": (
        "IP address",
        "the address itself. Everything that allows or uses it must be changed",
    ),
    "digitalocean_floating_ip digitalocean_reserved_ip": ("IP address", "the address itself"),
    "google_dns_managed_zone azurerm_dns_zone azurerm_private_dns_zone cloudflare_zone digitalocean_domain": (
        "DNS zone",
        "every name in it",
        "Lower the TTLs and keep the old zone until the registrar's delegation is changed",
    ),
    "google_cloud_run_service google_cloud_run_v2_service azurerm_linux_web_app azurerm_windows_web_app": (
        "service",
        "its URL, and it stops answering",
    ),
    "google_service_account azurerm_user_assigned_identity": ("identity", "the identity and its permissions"),
}

_ADDRESSES_WITH_A_GAP = {
    "google_compute_network google_compute_subnetwork azurerm_virtual_network azurerm_subnet": (
        "network",
        "its id and everything in it",
    ),
    "google_compute_forwarding_rule google_compute_global_forwarding_rule azurerm_lb azurerm_application_gateway": (
        "load balancer",
        "everything reached through it",
    ),
    "google_dns_record_set cloudflare_record cloudflare_dns_record azurerm_dns_a_record azurerm_dns_cname_record": (
        "DNS record",
        "the name. It no longer resolves",
    ),
    "kubernetes_service kubernetes_service_v1 kubernetes_ingress_v1": ("service", "its address in the cluster"),
    "google_compute_managed_ssl_certificate google_certificate_manager_certificate": ("certificate", "the certificate"),
}

_SERVICES = {
    "google_compute_instance google_compute_instance_group_manager google_compute_region_instance_group_manager": (
        "server",
        "it stops, and its boot disk may go with it",
    ),
    "google_cloudfunctions_function google_cloudfunctions2_function azurerm_linux_function_app": (
        "function",
        "calls to it fail",
    ),
    "google_container_node_pool azurerm_kubernetes_cluster_node_pool": ("node pool", "the pods on it are evicted"),
    "azurerm_linux_virtual_machine azurerm_windows_virtual_machine azurerm_virtual_machine": (
        "server",
        "it stops, and its disks may go with it",
    ),
    "kubernetes_deployment kubernetes_deployment_v1 kubernetes_daemonset kubernetes_daemon_set_v1": (
        "deployment",
        "its pods stop",
    ),
    "hcloud_server digitalocean_droplet": ("server", "it stops, and its disk is lost"),
    "docker_container": ("container", "it stops"),
}

_HARMLESS = """
terraform_data null_resource time_sleep time_static time_rotating time_offset local_file local_sensitive_file
archive_file random_id random_integer random_pet random_shuffle random_string random_uuid tls_cert_request
tls_self_signed_cert tls_locally_signed_cert kubernetes_config_map kubernetes_config_map_v1 kubernetes_role
kubernetes_service_account kubernetes_service_account_v1 kubernetes_cron_job_v1 kubernetes_job kubernetes_job_v1
kubernetes_labels kubernetes_annotations google_project_service google_compute_firewall google_compute_route
azurerm_network_security_group azurerm_route_table azurerm_monitor_metric_alert google_monitoring_alert_policy
azurerm_network_interface google_secret_manager_secret_version google_storage_bucket_object azurerm_storage_blob
docker_image docker_tag docker_registry_image
"""

HOLDERS = {
    **table(Kind.DATA, Severity.CRITICAL, "", _DATA),
    **table(Kind.DATA, Severity.HIGH, "", _DATA_THAT_CAN_BE_MADE_GOOD),
    **table(Kind.ADDRESS, Severity.CRITICAL, "", _ADDRESSES),
    **table(Kind.ADDRESS, Severity.HIGH, "", _ADDRESSES_WITH_A_GAP),
    **table(Kind.SERVICE, Severity.HIGH, "", _SERVICES),
    **table(Kind.HARMLESS, Severity.LOW, "", {name: (name.replace("_", " "), "") for name in _HARMLESS.split()}),
}
