"""Logins that Google Cloud no longer requires, and machines whose login is worth much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.google.openings import INSTANCES, machine
from orchestrator.review.rules.kit.attributes import blocks
from orchestrator.review.rules.kit.comparisons import not_true, one_of
from orchestrator.review.rules.kit.rows import Opens, Row, protects

_MEDIUM, _HIGH = Severity.MEDIUM, Severity.HIGH
_GKE = "google_container_cluster"

_LOGIN = "Keep it, unless the application behind it requires a login itself."
AUTHENTICATION: tuple[Row, ...] = (
    protects(
        _GKE,
        "enable_legacy_abac",
        "Legacy authorization (ABAC) is turned on: whoever has any login to the cluster can do everything in it, past "
        "RBAC.",
        "Leave enable_legacy_abac off.",
        as_long_as=not_true,
        born=_HIGH,
    ),
    Opens(
        _GKE,
        "master_auth.client_certificate_config.issue_client_certificate",
        (True,),
        "A client certificate is issued for the cluster: a login that does not expire for years and cannot be revoked.",
        "Leave issue_client_certificate off; log in with Google accounts.",
        _MEDIUM,
        _MEDIUM,
    ),
    protects(
        "google_compute_backend_service google_compute_region_backend_service",
        "iap.enabled",
        "Identity-Aware Proxy is turned off: everybody gets through to the application without a login.",
        _LOGIN,
    ),
    protects(
        "google_redis_instance",
        "auth_enabled",
        "The cache requires no password any more: anyone who reaches it can read and write every key.",
        "Leave auth_enabled on.",
    ),
    protects(
        f"{INSTANCES} google_compute_project_metadata",
        "metadata.enable-oslogin",
        "Logins over SSH no longer follow IAM (OS Login): keys in the metadata are enough, and stay valid when "
        "somebody leaves.",
        "Leave enable-oslogin on.",
        _MEDIUM,
        as_long_as=one_of("true", "TRUE", True),
    ),
)
_FULL = re.compile(r"(?:https://www\.googleapis\.com/auth/)?cloud-platform$")
_DEFAULT = re.compile(r"\d+-compute@developer\.gserviceaccount\.com$")


def full_scope(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A machine that runs as the default service account with the scope for everything."""
    if resource.after is None or not _is_editor(resource.after) or _is_editor(resource.before):
        return
    reachable = machine(resource.after) is not None
    yield Finding(
        "",
        _HIGH if reachable else _MEDIUM,
        resource.address,
        "It runs as the project's default service account with the scope for every API: that account is an editor of "
        "the project unless somebody has taken that away, so whoever breaks into the machine can change nearly "
        "everything in the project." + (" The machine has an external address." if reachable else ""),
        "Give it a service account of its own with only the roles that it needs.",
        ("service_account",),
    )


def _is_editor(values: Mapping[str, Any] | None) -> bool:
    for block in blocks(values, "service_account"):
        email, scopes = block.get("email"), block.get("scopes")
        whose = email in (None, "", "default") or (isinstance(email, str) and _DEFAULT.match(email) is not None)
        everything = isinstance(scopes, list) and any(isinstance(it, str) and _FULL.match(it) for it in scopes)
        if whose and everything:
            return True
    return False
