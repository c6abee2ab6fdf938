"""Oracle Cloud: policies, buckets, networks, databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kit.credentials import created
from orchestrator.review.rules.facts.retention import kept
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.comparisons import is_set, not_true, one_of
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Judged, Opens, Row, Values, protects
from orchestrator.review.values import AttributePath, shown

_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_POLICY = "oci_identity_policy"
_ADVICE = "Name the group, the resource types and the compartment that are needed, and add a where clause."
_STATEMENT = re.compile(
    r"\s*allow\s+(?P<who>any-user|any-group|(?:dynamic-)?group\s+.+?|service\s+.+?)\s+to\s+(?P<verb>\w+)\s+"
    r"(?P<what>[\w-]+)\s+in\s+(?P<where>tenancy|compartment\s+.+?)(?:\s+where\s+(?P<if>.+))?\s*",
    re.I | re.S,
)
# With which one can give oneself more.
_WAYS_UP = ("policies", "groups", "users", "dynamic-groups", "domains", "identity-providers")
_PRIVATE = "Keep it private, and share through a pre-authenticated request that expires."
_TO_DATA = "Keep it private and reach it from inside the VCN, through a bastion or a VPN."


def _new(resource: Resource) -> list[re.Match[str]]:
    """The statements that are new, as far as they can be read."""
    before = {_plain(text) for text in _texts(resource.before)}
    found = (_STATEMENT.fullmatch(text) for text in _texts(resource.after) if _plain(text) not in before)
    return [item for item in found if item]


def _texts(values: Values | None) -> list[str]:
    value: Any = at(values, "statements")
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _is_control(item: re.Match[str]) -> bool:
    everything = item["what"].lower() == "all-resources" or item["what"].lower() in _WAYS_UP
    return item["verb"].lower() == "manage" and everything and item["where"].lower() == "tenancy" and not item["if"]


def _anybody(item: re.Match[str]) -> bool:
    return item["who"].lower() in ("any-user", "any-group") and not item["if"]


def _control(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Statements by which somebody controls the tenancy."""
    found = [item for item in _new(resource) if _is_control(item)]
    if found:
        says = f"Whoever it is for controls the tenancy: {listed(shown(item[0]) for item in found)}."
        yield Finding("", _CRITICAL, resource.address, says, _ADVICE, ("statements",))


def _widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Statements for everybody in the tenancy, or for everything in a compartment."""
    fresh = resource.before is None
    weighed = [
        (
            _HIGH if _anybody(item) else _MEDIUM if not fresh or item["what"].lower() == "all-resources" else None,
            shown(item[0]),
        )
        for item in _new(resource)
        if not _is_control(item)
    ]
    found = [(severity, text) for severity, text in weighed if severity is not None]
    if found:
        worst = max(severity for severity, _ in found)
        what = listed(text for _, text in sorted(found, key=lambda pair: -pair[0]))
        yield Finding(
            "",
            worst,
            resource.address,
            f"{'Every user and every program of the tenancy may' if worst is _HIGH else 'Now allowed'}: {what}.",
            _ADVICE,
            ("statements",),
        )


def _public_ip(values: Values) -> tuple[AttributePath, Any] | None:
    details = values.get("create_vnic_details")
    value = at(details, "assign_public_ip")
    return (("create_vnic_details", 0, "assign_public_ip"), value) if str(value).lower() == "true" else None


def _from_everywhere(values: Values) -> tuple[AttributePath, Any] | None:
    """An autonomous database without a private endpoint, and without a list of who may connect."""
    if values.get("subnet_id") or "whitelisted_ips" not in values:
        return None
    listed_ips = values.get("whitelisted_ips")
    if not listed_ips:
        return ("whitelisted_ips",), listed_ips
    wide = [ip for ip in listed_ips if ip == "0.0.0.0/0"] if isinstance(listed_ips, list | tuple) else []
    return (("whitelisted_ips",), wide[0]) if wide else None


ROWS: dict[str, tuple[Row, ...]] = {
    "iam-admin": (Judged(_POLICY, "statements", _control),),
    "iam-access-widened": (Judged(_POLICY, "statements", _widened),),
    "resource-public": (
        Opens(
            "oci_objectstorage_bucket",
            "access_type",
            ("ObjectRead", "ObjectReadWithoutList"),
            "Everybody can read the bucket's objects.",
            f'Leave access_type = "NoPublicAccess". {_PRIVATE}',
            _CRITICAL,
            _HIGH,
        ),
        Opens(
            "oci_objectstorage_preauthrequest",
            "access_type",
            ("AnyObjectRead", "AnyObjectWrite", "AnyObjectReadWrite"),
            "Everybody who has the address can use every object of the bucket until it expires.",
            "Make one for each object, with a date soon enough.",
            _MEDIUM,
            _MEDIUM,
        ),
    ),
    "public-address": (
        Opens(
            "oci_core_instance",
            "create_vnic_details.assign_public_ip",
            ("true",),
            "It gets a public address.",
            "Keep it in a private subnet, with a load balancer or a bastion in front.",
            _MEDIUM,
            _MEDIUM,
            _public_ip,
        ),
        protects(
            "oci_core_subnet",
            "prohibit_public_ip_on_vnic",
            "Machines in this subnet may get public addresses from now on.",
            "Keep private subnets private.",
            _MEDIUM,
        ),
        Opens(
            "oci_database_autonomous_database",
            "whitelisted_ips",
            (),
            "The database accepts connections from the whole internet.",
            _TO_DATA,
            _CRITICAL,
            _HIGH,
            _from_everywhere,
        ),
        Opens(
            "oci_containerengine_cluster",
            "endpoint_config.is_public_ip_enabled",
            (True,),
            "The cluster's API endpoint gets a public address.",
            "Keep the endpoint private, or limit it with a network security group.",
            _HIGH,
            _LOW,
        ),
    ),
    "versioning-off": (
        protects(
            "oci_objectstorage_bucket",
            "versioning",
            "Versioning is suspended: what is overwritten or deleted from now on cannot be restored.",
            'Leave versioning = "Enabled".',
            as_long_as=one_of("Enabled"),
        ),
    ),
    "transit-unencrypted": (
        protects(
            "oci_database_autonomous_database",
            "is_mtls_connection_required",
            "Clients can connect without a certificate of their own.",
            "Leave it on.",
            _MEDIUM,
        ),
    ),
    "protection-off": (
        protects(
            "oci_core_vnic_attachment oci_core_instance",
            "create_vnic_details.nsg_ids",
            "The machine is in no network security group any more: only its subnet's security lists apply.",
            "Keep the group.",
            _MEDIUM,
            as_long_as=is_set,
        ),
        protects(
            "oci_identity_compartment",
            "enable_delete",
            "The compartment is deleted when Terraform destroys it; until now it would only have been forgotten.",
            "Leave enable_delete off.",
            _MEDIUM,
            as_long_as=not_true,
        ),
    ),
    "log-retention-shortened": (kept("oci_audit_configuration", "retention_period_days", "Audit logs"),),
    "long-lived-credential": (
        created("oci_identity_api_key", "an API key that does not expire"),
        created("oci_identity_auth_token", "a token that does not expire, in Terraform's state"),
        created("oci_identity_customer_secret_key", "a key that does not expire, with its secret in Terraform's state"),
    ),
}
