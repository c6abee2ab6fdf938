"""What types of smaller clouds and of services hold, beside those in `elsewhere`."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.tables.holder import Kind, table

_SNAPSHOT = "Take a snapshot or a dump first"

_DATA = {
    "vault_namespace": ("namespace", "every secret, policy and login in it"),
    "vault_transit_secret_backend_key": (
        "key",
        "the means to decrypt. Everything encrypted with it stays unreadable",
    ),
    "vault_pki_secret_backend_root_cert": ("certificate authority", "its key. Nothing trusts what another one signs"),
    "oci_objectstorage_bucket alicloud_oss_bucket yandex_storage_bucket": ("bucket", "every object in it"),
    "oci_database_autonomous_database oci_database_db_system oci_mysql_mysql_db_system oci_psql_db_system": (
        "database",
        "every row in it",
        _SNAPSHOT,
    ),
    "oci_core_volume oci_core_boot_volume oci_file_storage_file_system": ("volume", "every file on it", _SNAPSHOT),
    "oci_kms_vault oci_kms_key alicloud_kms_key yandex_kms_symmetric_key": (
        "key",
        "the means to decrypt. Everything encrypted with it stays unreadable",
    ),
    "alicloud_db_instance alicloud_polardb_cluster alicloud_mongodb_instance": (
        "database server",
        "every database on it",
        _SNAPSHOT,
    ),
    "alicloud_disk alicloud_ecs_disk alicloud_nas_file_system": ("disk", "every file on it", _SNAPSHOT),
    "yandex_mdb_postgresql_cluster yandex_mdb_mysql_cluster yandex_mdb_clickhouse_cluster yandex_mdb_mongodb_cluster "
    "yandex_mdb_redis_cluster yandex_mdb_kafka_cluster yandex_mdb_opensearch_cluster yandex_mdb_greenplum_cluster": (
        "database cluster",
        "every database on it",
        _SNAPSHOT,
    ),
    "yandex_ydb_database_serverless yandex_ydb_database_dedicated": ("database", "every row in it", _SNAPSHOT),
    "yandex_compute_disk yandex_compute_filesystem": ("disk", "every file on it", _SNAPSHOT),
    "yandex_lockbox_secret": ("secret", "its value"),
    "yandex_resourcemanager_folder oci_identity_compartment": ("folder", "everything in it"),
    "openstack_blockstorage_volume_v3 openstack_blockstorage_volume_v2": ("volume", "every file on it", _SNAPSHOT),
    "openstack_objectstorage_container_v1": ("container", "every object in it"),
    "openstack_db_instance_v1": ("database server", "every database on it", _SNAPSHOT),
    "openstack_keymanager_secret_v1": ("secret", "its value"),
}
_CLUSTERS = {
    "alicloud_cs_managed_kubernetes yandex_kubernetes_cluster oci_containerengine_cluster "
    "digitalocean_kubernetes_cluster openstack_containerinfra_cluster_v1": (
        "Kubernetes cluster",
        "everything that runs or is stored in it",
    ),
}
_ADDRESSES = {
    "oci_core_public_ip alicloud_eip alicloud_eip_address yandex_vpc_address openstack_networking_floatingip_v2": (
        "IP address",
        "the address itself. Everything that allows or uses it must be changed",
    ),
}
_ADDRESSES_WITH_A_GAP = {
    "vault_auth_backend vault_jwt_auth_backend vault_ldap_auth_backend vault_github_auth_backend "
    "vault_okta_auth_backend": (
        "authentication method",
        "every login through it, with its roles and users",
    ),
    "cloudflare_tunnel": ("tunnel", "everything reached through it"),
    "oci_core_vcn oci_core_subnet alicloud_vpc alicloud_vswitch yandex_vpc_network yandex_vpc_subnet hcloud_network "
    "digitalocean_vpc openstack_networking_network_v2 openstack_networking_subnet_v2": (
        "network",
        "its id and everything in it",
    ),
    "hcloud_load_balancer digitalocean_loadbalancer openstack_lb_loadbalancer_v2 alicloud_slb_load_balancer "
    "yandex_lb_network_load_balancer yandex_alb_load_balancer oci_load_balancer_load_balancer "
    "cloudflare_load_balancer": (
        "load balancer",
        "everything reached through it",
    ),
}
_SERVICES = {
    "oci_core_instance alicloud_instance yandex_compute_instance openstack_compute_instance_v2": (
        "server",
        "it stops, and its boot disk may go with it",
    ),
    "yandex_compute_instance_group": ("group of servers", "its servers stop"),
    "cloudflare_workers_script cloudflare_worker_script cloudflare_pages_project digitalocean_app": (
        "application",
        "it no longer answers",
    ),
    "github_actions_runner_group gitlab_user_runner gitlab_runner": ("runner", "jobs wait for another one"),
}
_HARMLESS = """
alicloud_oss_bucket_public_access_block alicloud_oss_account_public_access_block cloudflare_ruleset
cloudflare_access_application cloudflare_access_policy cloudflare_access_group cloudflare_zone_setting
cloudflare_zone_settings_override digitalocean_firewall digitalocean_database_firewall digitalocean_project
digitalocean_ssh_key github_branch github_branch_default github_branch_protection github_branch_protection_v3
github_issue_label github_issue_labels github_repository_collaborator github_repository_environment
github_repository_file github_repository_ruleset github_organization_ruleset github_team_repository
github_repository_topics gitlab_branch gitlab_branch_protection gitlab_label gitlab_project_label
gitlab_tag_protection hcloud_firewall hcloud_rdns hcloud_ssh_key helm_repository kubernetes_cluster_role
kubernetes_limit_range kubernetes_network_policy kubernetes_node_taint
kubernetes_pod_disruption_budget kubernetes_priority_class kubernetes_resource_quota
kubernetes_horizontal_pod_autoscaler kubernetes_validating_webhook_configuration kubernetes_storage_class
kubernetes_mutating_webhook_configuration oci_core_security_list oci_core_default_security_list
oci_core_network_security_group openstack_compute_keypair_v2 openstack_networking_secgroup_v2 vault_audit vault_policy
yandex_vpc_security_group
"""

HOLDERS = {
    **table(Kind.DATA, Severity.CRITICAL, "", _DATA),
    **table(Kind.DATA, Severity.CRITICAL, "", _CLUSTERS),
    **table(Kind.ADDRESS, Severity.CRITICAL, "", _ADDRESSES),
    **table(Kind.ADDRESS, Severity.HIGH, "", _ADDRESSES_WITH_A_GAP),
    **table(Kind.SERVICE, Severity.HIGH, "", _SERVICES),
    **table(Kind.HARMLESS, Severity.LOW, "", {name: (name.replace("_", " "), "") for name in _HARMLESS.split()}),
}
