"""Yandex Cloud: rights in folders and clouds, buckets, managed databases, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kit.credentials import created
from orchestrator.review.rules.facts.clouds.kit.documents import open_to_all
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.rows import Judged, Opens, Row

_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_HOLDERS = (
    "resourcemanager_cloud",
    "resourcemanager_folder",
    "organizationmanager_organization",
    "storage_bucket",
    "container_registry",
    "container_repository",
    "function",
    "serverless_container",
    "kms_symmetric_key",
    "lockbox_secret",
    "iam_service_account",
    "ydb_database",
)
_MEMBERS = " ".join(f"yandex_{holder}_iam_member" for holder in _HOLDERS)
_BINDINGS = " ".join(f"yandex_{holder}_iam_binding" for holder in _HOLDERS)
_EVERYBODY = ("system:allUsers", "system:allAuthenticatedUsers")
_WHOLE = tuple(f"yandex_{holder}" for holder in _HOLDERS[:3])
_DATABASES = " ".join(
    f"yandex_mdb_{kind}_cluster"
    for kind in ("postgresql", "mysql", "clickhouse", "mongodb", "redis", "greenplum", "opensearch", "sqlserver")
)
_NAMED = "Name the accounts or groups that need it."
_TO_DATA = "Keep it private and reach it from inside the network, through a bastion or a VPN."
_ROLES = {
    "admin": (_CRITICAL, "can do everything in it, and give rights to others"),
    "resource-manager.admin": (_CRITICAL, "can give itself any right in it"),
    "iam.admin": (_HIGH, "can give itself any right in it"),
    "iam.serviceAccounts.tokenCreator": (_HIGH, "can act as every service account in it"),
    "editor": (_HIGH, "can create, change and delete everything in it"),
}


def _powerful(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Roles with which one controls a cloud, a folder or an organization."""
    role: Any = at(resource.after, "role")
    if role not in _ROLES or not resource.type.startswith(_WHOLE):
        return
    before = _members(resource.before) if at(resource.before, "role") == role else set()
    new = sorted(_members(resource.after) - before) or (
        [] if _members(resource.after) or before else ["whoever has it"]
    )
    if new:
        severity, says = _ROLES[role]
        what = resource.type.split("_")[2]
        text = f"The role {role} of the {what} is given to {', '.join(new)}: it {says}."
        yield Finding(
            "", severity, resource.address, text, "Give a role with only what is used.", ("role",), None, role
        )


def _members(values: Any) -> set[str]:
    found: Any = at(values, "members")
    listed = [*(found if isinstance(found, list | tuple) else ()), at(values, "member")]
    return {item for item in listed if isinstance(item, str)}


def _everybody(types: str, path: str) -> Row:
    return Opens(types, path, _EVERYBODY, "Access is granted to everybody.", _NAMED, _CRITICAL, _CRITICAL)


def _address(types: str, path: str, says: str, severity: Severity, born: Severity, advice: str = _TO_DATA) -> Row:
    return Opens(types, path, (True,), says, advice, severity, born)


_BUCKET = "yandex_storage_bucket yandex_storage_object"
_PRIVATE = 'Leave the ACL "private", and share through signed links that expire.'
ROWS: dict[str, tuple[Row, ...]] = {
    "resource-public": (
        _everybody(_MEMBERS, "member"),
        _everybody(_BINDINGS, "members"),
        open_to_all("yandex_storage_bucket", "policy"),
        open_to_all("yandex_storage_bucket_policy", "policy"),
        Opens(
            "yandex_storage_bucket",
            "anonymous_access_flags.read",
            (True,),
            "Everybody can read the bucket's objects.",
            "Leave it off, and share through signed links that expire.",
            _CRITICAL,
            _HIGH,
        ),
        Opens(
            "yandex_storage_bucket",
            "anonymous_access_flags.list",
            (True,),
            "Everybody can list the bucket's objects.",
            "Leave it off.",
            _HIGH,
            _MEDIUM,
        ),
    ),
    "acl-public": (
        Opens(
            _BUCKET, "acl", ("public-read-write",), "Everybody can read and WRITE it.", _PRIVATE, _CRITICAL, _CRITICAL
        ),
        Opens(_BUCKET, "acl", ("public-read",), "Everybody can read it.", _PRIVATE, _HIGH, _HIGH),
    ),
    "iam-admin": (
        Judged(
            " ".join(f"{holder}_iam_{kind}" for holder in _WHOLE for kind in ("member", "binding")),
            "role member members",
            _powerful,
        ),
    ),
    "public-address": (
        _address(_DATABASES, "host.assign_public_ip", "The database gets a public address.", _HIGH, _MEDIUM),
        _address(
            "yandex_compute_instance yandex_compute_instance_group",
            "network_interface.nat",
            "It gets a public address.",
            _MEDIUM,
            _MEDIUM,
            "Keep it in a private subnet, with a load balancer or a bastion host in front.",
        ),
        _address(
            "yandex_kubernetes_cluster",
            "master.public_ip",
            "The cluster's API endpoint gets a public address.",
            _HIGH,
            _LOW,
            "Keep the endpoint private, or limit it with a security group.",
        ),
    ),
    "long-lived-credential": (
        created(
            "yandex_iam_service_account_static_access_key yandex_iam_service_account_api_key "
            "yandex_iam_service_account_key",
            "a key that does not expire, with its secret in Terraform's state",
        ),
    ),
}
