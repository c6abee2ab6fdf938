"""Credentials that live long, and grants outside of policies."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.accounts import account_id, is_foreign
from orchestrator.review.rules.kit.rule import Rule

_LONG_LIVED = {
    "aws_iam_access_key": "an access key that does not expire, with its secret in Terraform's state",
    "aws_iam_user_login_profile": "a password for the console, in Terraform's state",
    "aws_iam_service_specific_credential": "a password that does not expire, in Terraform's state",
}
_AT_LEAST = ("minimum_password_length", "password_reuse_prevention")
_DEMANDS = (
    "require_lowercase_characters",
    "require_numbers",
    "require_symbols",
    "require_uppercase_characters",
)


def _long_lived(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.created and resource.before is None:
        yield Finding(
            "long-lived-credential",
            Severity.MEDIUM,
            resource.address,
            f"Creates {_LONG_LIVED[resource.type]}.",
            "Let a role be taken instead: by a service, through OIDC or IAM Identity Center.",
        )


def _passwords(resource: Resource, plan: Plan) -> Iterator[Finding]:
    before, after = resource.before, resource.after or {}
    if before is None:
        return
    weaker = [key for key in _DEMANDS if before.get(key) is True and after.get(key) in (False, None)]
    for key in _AT_LEAST:
        old, new = before.get(key), after.get(key) or 0
        if isinstance(old, int) and isinstance(new, int) and new < old:
            weaker.append(key)
    if weaker:
        yield Finding(
            "password-policy-weakened",
            Severity.MEDIUM,
            resource.address,
            f"Passwords of this account's users may become weaker: {', '.join(weaker)}.",
            "Keep the stricter value.",
            (weaker[0],),
            before.get(weaker[0]),
            after.get(weaker[0]),
        )


def _key_grant(resource: Resource, plan: Plan) -> Iterator[Finding]:
    after = resource.after
    if after is None or not resource.created:
        return
    grantee = after.get("grantee_principal")
    number = account_id(grantee) if isinstance(grantee, str) else ""
    foreign = is_foreign(number, plan)
    operations = after.get("operations")
    again = isinstance(operations, list | tuple) and "CreateGrant" in operations
    if foreign or again:
        yield Finding(
            "key-granted",
            Severity.HIGH if foreign else Severity.MEDIUM,
            resource.address,
            f"{grantee}, in another account, may use the key."
            if foreign
            else "Whoever gets this grant may pass the key on: CreateGrant is among its operations.",
            "Check that this is meant; a grant does not show in the key's policy.",
            ("grantee_principal",) if foreign else ("operations",),
            None,
            grantee if foreign else operations,
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "long-lived-credential",
        Severity.MEDIUM,
        "A credential that does not expire is made",
        "Keys and passwords leak and stay valid; Terraform's state keeps them in clear.",
        _long_lived,
        frozenset(_LONG_LIVED),
    ),
    Rule(
        "password-policy-weakened",
        Severity.MEDIUM,
        "Passwords may become weaker",
        "The account's password policy holds for all its users.",
        _passwords,
        frozenset({"aws_iam_account_password_policy"}),
    ),
    Rule(
        "key-granted",
        Severity.MEDIUM,
        "A key is granted outside of its policy",
        "KMS grants do not show in the key's policy.",
        _key_grant,
        frozenset({"aws_kms_grant"}),
    ),
)
