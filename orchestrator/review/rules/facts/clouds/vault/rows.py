"""Vault: policies, logins, tokens, audit devices, keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kit.losses import Loss, losses, turned_on
from orchestrator.review.rules.facts.clouds.vault import policies
from orchestrator.review.rules.kit.attributes import at, hidden
from orchestrator.review.rules.kit.comparisons import is_set, not_false, not_true
from orchestrator.review.rules.kit.rows import Judged, Opens, Removed, Row, Values, protects
from orchestrator.review.values import AttributePath

_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_JWT, _KUBERNETES = "vault_jwt_auth_backend_role", "vault_kubernetes_auth_backend_role"
_AWS, _APPROLE = "vault_aws_auth_backend_role", "vault_approle_auth_backend_role"
_POLICIES = "token_policies", "policies", "allowed_policies"
_ROOT_TOKEN = "A root token can do everything in Vault, and is not bound to anybody."
_NO_ROOT = (
    "Give it a policy with the paths that it uses; root tokens are made by hand (`vault operator generate-root`)."
)


def _anybody_of_issuer(values: Values) -> tuple[AttributePath, Any] | None:
    """A role that every token of the issuer fits: it names neither a subject nor a claim."""
    named = [values.get(name) for name in ("bound_claims", "bound_subject")]
    if any(hidden(value) or value for value in named):
        return None
    return ("bound_claims",), None


def _any_account(values: Values) -> tuple[AttributePath, Any] | None:
    """A role for every service account of a cluster; one that names one of both is narrower."""
    names, spaces = values.get("bound_service_account_names"), values.get("bound_service_account_namespaces")
    every = all(isinstance(value, list | tuple) and "*" in value for value in (names, spaces))
    return (("bound_service_account_names",), "*") if every else None


def _any_principal(values: Values) -> tuple[AttributePath, Any] | None:
    bound = values.get("bound_iam_principal_arns")
    wide = [arn for arn in (bound if isinstance(bound, list | tuple) else ()) if arn in ("*", "arn:aws:iam::*")]
    return (("bound_iam_principal_arns",), wide[0]) if wide else None


def _periodic(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Tokens that can be renewed for ever."""
    if resource.before is None and resource.after is not None and at(resource.after, "period"):
        says = "Creates a periodic token: it can be renewed for ever, and stands in Terraform's state."
        advice = "Let programs log in (Kubernetes, AppRole, cloud identities), and get tokens that expire."
        yield Finding("", _MEDIUM, resource.address, says, advice, ("period",), None, at(resource.after, "period"))


def _secret_ids(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.before is None and resource.after is not None:
        says = "Creates a secret ID, a password of a program, in Terraform's state."
        advice = "Have it made where it is used, with response wrapping (`vault write -wrap-ttl`)."
        yield Finding("", _LOW, resource.address, says, advice)


def _trusts(types: str, path: str, says: str, advice: str, way: Any) -> Row:
    return Opens(types, path, (), says, advice, _HIGH, _HIGH, way)


ROWS: dict[str, tuple[Row, ...]] = {
    "iam-admin": (
        Judged(policies.POLICY, "policy", policies.control),
        Opens("vault_token", "policies", ("root",), _ROOT_TOKEN, _NO_ROOT, _HIGH, _HIGH),
        Opens(
            f"vault_token_auth_backend_role {_APPROLE} {_JWT} {_KUBERNETES} {_AWS}",
            "allowed_policies token_policies",
            (),
            "Who logs in with this role gets the policy root: it can do everything in Vault.",
            "Name policies with the paths that are used.",
            _HIGH,
            _HIGH,
            lambda values: next((((name,), "root") for name in _POLICIES if "root" in _listed(values.get(name))), None),
        ),
    ),
    "iam-access-widened": (Judged(policies.POLICY, "policy", policies.widened),),
    "trust-widened": (
        _trusts(
            _JWT,
            "bound_claims bound_subject",
            "Every token of the issuer fits the role: it names neither a subject nor a claim. With a public issuer "
            "(GitHub, GitLab.com) that is everybody.",
            "Set bound_claims (repository and branch or environment) or bound_subject.",
            _anybody_of_issuer,
        ),
        _trusts(
            _KUBERNETES,
            "bound_service_account_names bound_service_account_namespaces",
            "Every pod of the cluster may log in with this role.",
            "Name the service account and its namespace.",
            _any_account,
        ),
        _trusts(
            _AWS,
            "bound_iam_principal_arns",
            "Every identity of AWS may log in with this role.",
            "Name the ARN of the role that needs it.",
            _any_principal,
        ),
    ),
    "authentication-off": (
        protects(
            _APPROLE,
            "bind_secret_id",
            "The role's id alone is enough to log in: it needs no secret any more.",
            "Leave bind_secret_id on.",
            as_long_as=not_false,
        ),
        protects(
            f"{_APPROLE} {_JWT} {_KUBERNETES} {_AWS}",
            "token_bound_cidrs",
            "Tokens of the role may be used from everywhere.",
            "Keep the networks that they are used from.",
            _MEDIUM,
            as_long_as=is_set,
        ),
    ),
    "long-lived-credential": (
        Judged("vault_token", "period", _periodic),
        Judged("vault_approle_auth_backend_role_secret_id", "role_name", _secret_ids),
    ),
    "audit-off": (
        Removed(
            "vault_audit",
            "What is done in Vault is no longer recorded by this audit device.",
            "Keep it, or enable another one first.",
        ),
        Removed("vault_audit_request_header", "The header is no longer recorded.", "Keep it.", _LOW),
    ),
    "protection-off": (
        losses(
            "vault_transit_secret_backend_key",
            "Leave it off, and turn it on only in the change that needs it.",
            Loss(
                "deletion_allowed",
                turned_on,
                "The key can be deleted, and with it everything encrypted with it.",
                _HIGH,
            ),
            Loss("exportable", turned_on, "The key itself can be read: who has it decrypts without Vault.", _HIGH),
            Loss("allow_plaintext_backup", turned_on, "The key can be backed up in plain text.", _HIGH),
        ),
        protects(
            "vault_pki_secret_backend_role",
            "allow_any_name",
            "Certificates for any name can be issued with this role.",
            "Name the domains (allowed_domains).",
            as_long_as=not_true,
        ),
        Removed(
            "vault_rgp_policy vault_egp_policy",
            "What this policy of Sentinel refuses is no longer refused.",
            "Keep it, or say in the change why it is not needed.",
        ),
        Removed(
            "vault_quota_rate_limit vault_quota_lease_count",
            "Requests or leases are no longer limited: one client can use up all of Vault.",
            "Keep a limit.",
            _MEDIUM,
        ),
    ),
}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
