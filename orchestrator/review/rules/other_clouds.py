"""Who may do what on Google Cloud, Azure and Kubernetes, where that is one attribute."""

from __future__ import annotations

from itertools import product

from orchestrator.review.model import Severity
from orchestrator.review.rules.entrances import Entrance, is_set

_HIGH, _CRITICAL = Severity.HIGH, Severity.CRITICAL
_HOLDERS = (
    "google_artifact_registry_repository",
    "google_bigquery_dataset",
    "google_cloud_run_service",
    "google_cloud_run_v2_service",
    "google_cloudfunctions2_function",
    "google_cloudfunctions_function",
    "google_kms_crypto_key",
    "google_project",
    "google_pubsub_subscription",
    "google_pubsub_topic",
    "google_secret_manager_secret",
    "google_storage_bucket",
)
_EVERYBODY = ("allUsers", "allAuthenticatedUsers")
_NAME_THEM = "Name the accounts or groups that need it."


def _public(attribute: str) -> tuple[Entrance, ...]:
    return (Entrance(is_set((attribute,), *_EVERYBODY), _CRITICAL, _CRITICAL, "It is given to everybody.", _NAME_THEM),)


def _role(attribute: tuple[str, ...], names: tuple[str, ...], severity: Severity, what: str) -> Entrance:
    return Entrance(is_set(attribute, *names), severity, severity, what, "Give a role with only what is needed.")


_GOOGLE = (
    _role(("role",), ("roles/owner",), _CRITICAL, "An owner of the project can do everything in it."),
    _role(
        ("role",),
        ("roles/editor", "roles/iam.securityAdmin", "roles/iam.serviceAccountTokenCreator"),
        _HIGH,
        "The role changes nearly everything in the project, or gives the means to.",
    ),
)

PUBLIC: dict[str, tuple[Entrance, ...]] = {
    f"{holder}_iam_{kind}": _public("member" if kind == "member" else "members")
    for holder, kind in product(_HOLDERS, ("member", "binding"))
}
"""What is open to everybody, by type of resource."""

ADMIN: dict[str, tuple[Entrance, ...]] = {
    **dict.fromkeys(
        (f"google_{where}_iam_{kind}" for where, kind in product(("project", "organization"), ("member", "binding"))),
        _GOOGLE,
    ),
    "azurerm_role_assignment": (
        _role(
            ("role_definition_name",),
            ("Owner", "User Access Administrator", "Role Based Access Control Administrator"),
            _HIGH,
            "The role can give any role, and so any right, in its scope.",
        ),
    ),
    "kubernetes_cluster_role_binding": (
        _role(("role_ref", "name"), ("cluster-admin",), _HIGH, "Whoever is bound can do everything in the cluster."),
    ),
}
"""What gives control, by type of resource."""
