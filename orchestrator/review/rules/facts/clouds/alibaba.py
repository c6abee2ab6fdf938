"""Alibaba Cloud: buckets, RAM, databases, servers."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.clouds.kit.credentials import created
from orchestrator.review.rules.facts.clouds.kit.documents import allows_everything, open_to_all
from orchestrator.review.rules.kit.comparisons import becomes, one_of
from orchestrator.review.rules.kit.rows import Opens, Removed, Row, Watch, protects

_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_PRIVATE = 'Leave the ACL "private", and share through signed URLs that expire.'
_TO_DATA = "Name the networks that need it, and reach it from inside the VPC."
_FROM_EVERYWHERE = "The database accepts connections from the whole internet."
_ATTACHED = (
    "alicloud_ram_user_policy_attachment alicloud_ram_role_policy_attachment alicloud_ram_group_policy_attachment"
)


def _whitelist(types: str, path: str) -> Row:
    return Opens(types, path, ("0.0.0.0/0",), _FROM_EVERYWHERE, _TO_DATA, _CRITICAL, _CRITICAL)


ROWS: dict[str, tuple[Row, ...]] = {
    "acl-public": (
        Opens(
            "alicloud_oss_bucket alicloud_oss_bucket_acl alicloud_oss_bucket_object",
            "acl",
            ("public-read-write",),
            "Everybody can read and WRITE it.",
            _PRIVATE,
            _CRITICAL,
            _CRITICAL,
        ),
        Opens(
            "alicloud_oss_bucket alicloud_oss_bucket_acl alicloud_oss_bucket_object",
            "acl",
            ("public-read",),
            "Everybody can read it.",
            _PRIVATE,
            _HIGH,
            _HIGH,
        ),
    ),
    "resource-public": (
        open_to_all("alicloud_oss_bucket_policy", "policy"),
        protects(
            "alicloud_oss_bucket_public_access_block alicloud_oss_account_public_access_block",
            "block_public_access",
            "Buckets can be made public from now on.",
            "Leave block_public_access on.",
        ),
        Removed(
            "alicloud_oss_bucket_public_access_block alicloud_oss_account_public_access_block",
            "The block of public access is removed: buckets can be made public from now on.",
            "Keep the block; it costs nothing.",
            of="bucket",
        ),
    ),
    "iam-admin": (
        allows_everything("alicloud_ram_policy", "policy_document", "document"),
        Opens(
            _ATTACHED,
            "policy_name",
            ("AdministratorAccess", "AliyunRAMFullAccess"),
            "It can do everything in the account, or give itself the permission to.",
            "Attach a policy with only the actions that are used.",
            _CRITICAL,
            _CRITICAL,
        ),
    ),
    "long-lived-credential": (
        created("alicloud_ram_access_key", "an access key that does not expire, with its secret in Terraform's state"),
    ),
    "public-address": (
        _whitelist("alicloud_db_instance alicloud_db_readonly_instance alicloud_kvstore_instance", "security_ips"),
        _whitelist("alicloud_polardb_cluster", "security_ips"),
        _whitelist("alicloud_mongodb_instance alicloud_mongodb_sharding_instance", "security_ip_list"),
        Opens(
            "alicloud_db_connection alicloud_kvstore_connection alicloud_polardb_endpoint_address",
            "connection_prefix",
            (),
            "The database gets an address on the internet.",
            _TO_DATA,
            _HIGH,
            _HIGH,
            lambda values: (("connection_prefix",), values.get("connection_prefix")) if values else None,
        ),
        Opens(
            "alicloud_instance",
            "internet_max_bandwidth_out",
            (),
            "It gets a public address.",
            "Keep it in a private network, with a load balancer or a bastion host in front.",
            _MEDIUM,
            _MEDIUM,
            lambda values: (
                (("internet_max_bandwidth_out",), bandwidth)
                if isinstance(bandwidth := values.get("internet_max_bandwidth_out"), int) and bandwidth > 0
                else None
            ),
        ),
        Watch(
            "alicloud_slb_load_balancer alicloud_alb_load_balancer alicloud_nlb_load_balancer",
            "address_type",
            becomes("intranet", "internet"),
            "The load balancer was internal and becomes reachable from the internet.",
            "Keep it internal unless this is intended.",
            _HIGH,
        ),
        Opens(
            "alicloud_cs_managed_kubernetes",
            "slb_internet_enabled",
            (True,),
            "The cluster's API endpoint is open to the internet.",
            "Set slb_internet_enabled to false, and reach it from inside the VPC.",
            _HIGH,
            _LOW,
        ),
    ),
    "audit-off": (
        Removed("alicloud_actiontrail_trail", "Activity in the account is no longer recorded by this trail."),
        protects(
            "alicloud_actiontrail_trail",
            "status",
            "The trail no longer records anything.",
            'Leave status = "Enable".',
            as_long_as=one_of(None, "Enable"),
        ),
    ),
    "versioning-off": (
        protects(
            "alicloud_oss_bucket alicloud_oss_bucket_versioning",
            "versioning.status",
            "Versioning is suspended: what is overwritten or deleted from now on cannot be restored.",
            'Leave status = "Enabled".',
            as_long_as=one_of("Enabled"),
        ),
    ),
    "transit-unencrypted": (
        protects(
            "alicloud_db_instance",
            "ssl_action",
            "Connections to the database are no longer encrypted.",
            'Leave ssl_action = "Open".',
            as_long_as=one_of("Open", "Update"),
        ),
    ),
}
