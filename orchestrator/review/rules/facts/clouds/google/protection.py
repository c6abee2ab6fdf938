"""What protects resources of Google Cloud: policies, locks, keys, waiting times."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.retention import kept
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import Comparison, is_on, is_set, less, loses_items, not_false, one_of
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import CHANGED, UPDATED, Removed, Row, Watch, protects

_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH
_GKE = "google_container_cluster"
_SQL = "google_sql_database_instance"
_OLD_POLICIES = "google_project_organization_policy google_folder_organization_policy google_organization_policy"
_BACKENDS = "google_compute_backend_service google_compute_region_backend_service"


def _seconds(value: object) -> float | None:
    text = str(value).removesuffix("s") if isinstance(value, str) and value.endswith("s") else ""
    return float(text) if text.replace(".", "", 1).isdigit() else None


_shorter = Comparison("is shortened", ("2592000s", "86400s"), _seconds, lambda old, new: bool(new < old))
_POLICY = "The organization policy is removed: what it forbade is allowed again, unless a policy further up forbids it."
_KEEP_POLICY = "Keep the policy, or make sure that one further up says the same."


def _is_a_permit(change: Change) -> bool:
    """True if the policy only allows: without it, what is inherited applies."""
    before = change.resource.before
    return at(before, "spec.rules.allow_all") in ("TRUE", "true", True) or at(before, "list_policy.allow.all") is True


PROTECTION: tuple[Row, ...] = (
    Removed(f"google_org_policy_policy {_OLD_POLICIES}", _POLICY, _KEEP_POLICY, unless=_is_a_permit, guards=True),
    *(
        protects(types, path, "The organization policy no longer forbids anything.", _KEEP_POLICY, as_long_as=state)
        for types, path, state in (
            ("google_org_policy_policy", "spec.rules.enforce", one_of(True, "true", "TRUE")),
            (_OLD_POLICIES, "boolean_policy.enforced", is_on),
        )
    ),
    protects(
        "google_org_policy_policy",
        "spec.rules.allow_all",
        "The organization policy allows every value from now on.",
        _KEEP_POLICY,
        as_long_as=one_of(None, "", "FALSE", "false", False),
    ),
    Removed(
        "google_iam_deny_policy",
        "The deny policy is removed: roles allow again what it denied.",
        "Keep it, or check what the granted roles allow without it.",
        guards=True,
    ),
    Removed(
        "google_access_context_manager_service_perimeter",
        "The service perimeter is removed: data of its projects can be copied to the outside with a valid login.",
        "Keep the perimeter.",
        guards=True,
    ),
    Watch(
        "google_access_context_manager_service_perimeter",
        "status.restricted_services",
        loses_items,
        lambda change: (
            f"The perimeter no longer protects {listed(item for item in change.old if item not in change.new)}."
        ),
        "Keep the services restricted.",
        _HIGH,
        risk="The perimeter protects fewer services.",
    ),
    Removed(
        "google_compute_security_policy",
        "The Cloud Armor policy is removed: requests are no longer filtered.",
        "Keep it, or attach another one first.",
    ),
    protects(
        _BACKENDS,
        "security_policy",
        "The Cloud Armor policy is detached: requests are no longer filtered.",
        "Keep the security policy.",
        as_long_as=is_set,
    ),
    protects(
        "google_dns_managed_zone",
        "dnssec_config.state",
        "DNSSEC is turned off: answers for the zone can be forged, and resolvers refuse them as long as the registrar "
        "still has a DS record.",
        'Leave state = "on"; to turn it off, remove the DS record at the registrar first and wait for its TTL.',
        as_long_as=one_of("on"),
    ),
    protects(
        "google_kms_crypto_key",
        "rotation_period",
        "The key is no longer rotated.",
        "Leave rotation_period as it is: existing data stays readable, and applications do not notice.",
        _MEDIUM,
        as_long_as=is_set,
    ),
    protects(
        _GKE,
        "binary_authorization.evaluation_mode",
        "Images are no longer checked before they run in the cluster.",
        'Leave evaluation_mode = "PROJECT_SINGLETON_POLICY_ENFORCE".',
        as_long_as=one_of("POLICY_BINDINGS", "PROJECT_SINGLETON_POLICY_ENFORCE"),
    ),
    protects(
        _GKE,
        "network_policy.enabled",
        "Network policies of the cluster have no effect any more: every pod can reach every other.",
        "Leave network_policy on, or use Dataplane V2.",
        unless=lambda change: at(change.resource.after, "datapath_provider") == "ADVANCED_DATAPATH",
    ),
    protects(
        _GKE,
        "enable_shielded_nodes",
        "The cluster's nodes no longer prove that they are genuine and started unmodified.",
        "Leave enable_shielded_nodes on.",
        _MEDIUM,
        as_long_as=not_false,
    ),
    protects(
        "google_compute_instance google_compute_instance_template",
        "shielded_instance_config.enable_secure_boot",
        "Secure boot is turned off: a modified boot loader or kernel starts.",
        "Leave enable_secure_boot on.",
        _MEDIUM,
    ),
    protects(
        _SQL,
        "settings.deletion_protection_enabled",
        "Deletion protection is turned off in Google Cloud: the console and the API can delete it as well.",
        "Leave it on, and turn it off only in the change that is meant to destroy it.",
    ),
    protects(
        "google_spanner_database",
        "enable_drop_protection",
        "Drop protection is turned off: anyone with access to the API can drop the database.",
        "Leave it on.",
    ),
)
ISOLATION: tuple[Row, ...] = (
    protects(
        _GKE,
        "workload_identity_config.workload_pool",
        "Workload Identity is turned off: every pod can act as the service account of its node.",
        "Keep workload_identity_config.",
        as_long_as=is_set,
    ),
    protects(
        f"{_GKE} google_container_node_pool",
        "node_config.workload_metadata_config.mode",
        "Pods can read the node's metadata: every pod can act as the service account of its node.",
        'Leave mode = "GKE_METADATA".',
        _MEDIUM,
        as_long_as=one_of("GKE_METADATA"),
    ),
)
TRUST: tuple[Row, ...] = (
    protects(
        "google_iam_workload_identity_pool_provider",
        "attribute_condition",
        "The provider no longer limits who is let in: any identity of the issuer, such as every repository of a public "
        "code host, can exchange its token.",
        'Keep a condition that names your organization, such as assertion.repository_owner == "example".',
        as_long_as=is_set,
    ),
)
KEYS: tuple[Row, ...] = (
    protects(
        "google_kms_crypto_key_version",
        "state",
        "The key version is disabled: nothing encrypted with it can be read until it is enabled again.",
        "Leave it enabled as long as anything is encrypted with it.",
        as_long_as=one_of("ENABLED"),
        actions=UPDATED,
    ),
)
DELETION_WINDOW: tuple[Row, ...] = (
    Watch(
        "google_kms_crypto_key",
        "destroy_scheduled_duration",
        _shorter,
        "The key's versions can be restored for {new:g} seconds after their destruction instead of {old:g}.",
        "Keep the waiting period long: it is the last way back.",
        _LOW,
        CHANGED,
        risk="A destroyed key version can be restored for a shorter time.",
    ),
)
SOFT_DELETE = replace(
    kept(
        "google_storage_bucket",
        "soft_delete_policy.retention_duration_seconds",
        "Deleted objects",
        "seconds",
        less,
        "what is deleted later than that cannot be restored",
    ),
    # One that is not set is the default of seven days.
    unless=lambda change: change.after is None,
)
