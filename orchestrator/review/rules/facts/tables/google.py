"""What holds data, addresses and services on Google Cloud, beside the types in `elsewhere`."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.tables.holder import Kind, table

_DUMP = "Take a backup or an export first"

_GONE_FOR_GOOD = {
    "kms_crypto_key kms_crypto_key_version": (
        "key",
        "the means to decrypt, once the waiting time of its versions is over (30 days, or destroy_scheduled_duration). "
        "Everything encrypted with it stays unreadable then",
        "Disable its versions first and see what breaks; a destroyed version can be restored during its waiting time "
        "(`gcloud kms keys versions restore`)",
    ),
    "storage_managed_folder storage_folder": ("folder", "every object in it"),
    "pubsub_topic": ("topic", "messages that were not delivered yet"),
    "pubsub_subscription": ("subscription", "every message that was not acknowledged yet"),
    "pubsub_lite_topic": ("topic", "every message in it"),
    "compute_region_instant_snapshot compute_instant_snapshot": ("snapshot", "what could be restored from it"),
    "compute_machine_image": ("machine image", "what could be restored from it"),
    "secret_manager_regional_secret": ("secret", "its value and all its versions"),
    "project": ("project", "everything in it, after 30 days in which it can be restored (`gcloud projects undelete`)"),
    "folder": ("folder", "the folder and what its policies allow and forbid"),
    "healthcare_dataset healthcare_fhir_store healthcare_dicom_store healthcare_hl7_v2_store": (
        "health data store",
        "every record in it",
        _DUMP,
    ),
    "dataproc_metastore_service": ("metastore", "every table definition in it", _DUMP),
    "gke_backup_backup_plan": ("backup plan", "every backup made by it"),
    "backup_dr_backup_vault": ("backup vault", "every backup in it"),
    "notebooks_instance workbench_instance": ("notebooks", "the files on its disk"),
    "vertex_ai_featurestore vertex_ai_index": ("feature store", "every record in it"),
    "sourcerepo_repository secure_source_manager_repository": ("git repository", "every commit in it"),
}
_CAN_BE_MADE_GOOD = {
    "logging_folder_bucket_config logging_organization_bucket_config": ("log bucket", "every log entry in it"),
    "memorystore_instance": ("cache", "every key in it"),
    "sql_user": ("database user", "the login. Whatever uses it fails"),
    "cloud_tasks_queue": ("queue", "every waiting task in it"),
}
_ADDRESSES = {
    "cloud_run_domain_mapping": ("domain mapping", "the name. It no longer leads to the service"),
    "api_gateway_gateway endpoints_service": ("API gateway", "its host name, and it stops answering"),
    "iam_workload_identity_pool iam_workload_identity_pool_provider iam_workforce_pool": (
        "identity pool",
        "logins through it. A deleted one keeps its id for 30 days (`gcloud iam workload-identity-pools undelete`)",
    ),
    "app_engine_application": ("application", "its address, which a project can have only once"),
}
_ADDRESSES_WITH_A_GAP = {
    "compute_router compute_router_nat compute_vpn_gateway compute_ha_vpn_gateway compute_vpn_tunnel "
    "compute_interconnect_attachment vpc_access_connector": ("gateway", "the traffic through it"),
    "compute_backend_service compute_region_backend_service compute_url_map compute_target_https_proxy": (
        "part of a load balancer",
        "everything reached through it",
    ),
    "compute_ssl_certificate compute_region_ssl_certificate": ("certificate", "the certificate"),
}
_SERVICES = {
    "cloud_run_v2_job cloud_scheduler_job": ("job", "it no longer runs"),
    "dataflow_job dataproc_cluster composer_environment": ("data processing", "what runs in it stops"),
    "app_engine_flexible_app_version app_engine_standard_app_version": (
        "version of an application",
        "it no longer runs",
    ),
    "compute_resource_policy": ("schedule", "snapshots and restarts that it makes"),
}

_CREDENTIALS = {
    "service_account_key": ("key of a service account", "the key. Whatever logs in with it fails"),
    "storage_hmac_key": ("access key", "the key. Whatever logs in with it fails"),
}
# Google Cloud never deletes a key ring: Terraform only lets go of it.
_HARMLESS = """
access_context_manager_access_level access_context_manager_service_perimeter bigquery_dataset_access billing_budget
compute_autoscaler compute_disk_resource_policy_attachment compute_firewall_policy compute_firewall_policy_rule
compute_health_check compute_network_firewall_policy compute_network_firewall_policy_rule compute_network_peering
compute_project_metadata compute_project_metadata_item compute_region_autoscaler
compute_region_disk_resource_policy_attachment compute_region_health_check compute_region_url_map
compute_security_policy
essential_contacts_contact iam_deny_policy kms_key_ring kms_secret_ciphertext logging_billing_account_sink
logging_folder_exclusion logging_folder_sink logging_metric logging_organization_exclusion logging_organization_sink
logging_project_exclusion logging_project_sink monitoring_notification_channel monitoring_uptime_check_config
org_policy_custom_constraint org_policy_policy organization_policy folder_organization_policy
organization_iam_custom_role project_iam_custom_role project_organization_policy service_networking_connection
storage_bucket_access_control storage_bucket_acl storage_default_object_access_control storage_default_object_acl
storage_notification storage_object_access_control storage_object_acl
"""

HOLDERS = {
    **table(Kind.HARMLESS, Severity.LOW, "google_", {name: (name.replace("_", " "), "") for name in _HARMLESS.split()}),
    **table(Kind.ADDRESS, Severity.HIGH, "google_", _CREDENTIALS),
    **table(Kind.DATA, Severity.CRITICAL, "google_", _GONE_FOR_GOOD),
    **table(Kind.DATA, Severity.HIGH, "google_", _CAN_BE_MADE_GOOD),
    **table(Kind.ADDRESS, Severity.CRITICAL, "google_", _ADDRESSES),
    **table(Kind.ADDRESS, Severity.HIGH, "google_", _ADDRESSES_WITH_A_GAP),
    **table(Kind.SERVICE, Severity.HIGH, "google_", _SERVICES),
}
