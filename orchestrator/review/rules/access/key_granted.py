"""Keys that are granted outside of their policies."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import ACCOUNT, OWN_ACCOUNT, STRANGER, Fires, Silent
from orchestrator.review.rules.facts.iam.accounts import account_id, is_foreign
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Check that this is intended; a grant does not show in the key's policy."


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
            _ADVICE,
            ("grantee_principal",) if foreign else ("operations",),
            None,
            grantee if foreign else operations,
        )


def _grant(account: str, *operations: str) -> dict[str, object]:
    return {"grantee_principal": f"arn:aws:iam::{account}:role/app", "operations": list(operations)}


RULE = Rule(
    "key-granted",
    Severity.MEDIUM,
    "A KMS grant gives access to a key",
    "KMS grants do not show in the key's policy.",
    looks=_key_grant,
    watches=(
        Reads("aws_kms_grant", "grantee_principal", "who may use the key"),
        Reads("aws_kms_grant", "operations", "what may be done with the key"),
    ),
    fix=_ADVICE,
    examples=(
        Fires("aws_kms_grant", None, _grant(STRANGER, "Decrypt"), Severity.HIGH, beside=(OWN_ACCOUNT,)),
        Fires("aws_kms_grant", None, _grant(ACCOUNT, "CreateGrant"), beside=(OWN_ACCOUNT,)),
        Silent("aws_kms_grant", None, _grant(ACCOUNT, "Decrypt"), beside=(OWN_ACCOUNT,)),
    ),
)
