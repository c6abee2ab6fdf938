"""Policies that lock out those who would have to repair them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.iam import Document, parse
from orchestrator.review.iam.document import ANYONE, Statement
from orchestrator.review.iam.patterns import covers
from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, allow, deny, policy
from orchestrator.review.rules.facts.clouds.azure import roles as azure_roles
from orchestrator.review.rules.facts.clouds.google import access as google_access
from orchestrator.review.rules.facts.clouds.google import iam as google_iam
from orchestrator.review.rules.kit.attributes import hidden
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_KEYS = ("aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_key", "aws_kms_external_key")
# With what a policy is changed: who is denied it cannot take the Deny back.
_REPAIRED_WITH = {
    **dict.fromkeys(_KEYS, "kms:putkeypolicy"),
    "aws_s3_bucket": "s3:putbucketpolicy",
    "aws_s3_bucket_policy": "s3:putbucketpolicy",
    "aws_secretsmanager_secret_policy": "secretsmanager:putresourcepolicy",
    "aws_sqs_queue_policy": "sqs:setqueueattributes",
    "aws_ecr_repository_policy": "ecr:setrepositorypolicy",
}


def _locked_out(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in google_iam.ON_WHOLE:
        yield from google_access.locked_out(resource, plan)
        return
    if resource.type in azure_roles.ASSIGNMENTS.split():
        yield from azure_roles.unassigned(resource, plan)
        return
    if resource.action not in (Action.CREATE, Action.UPDATE, Action.REPLACE) or resource.after is None:
        return
    old_value, new_value = (resource.before or {}).get("policy"), resource.after.get("policy")
    if hidden(new_value) or new_value == old_value:
        return
    before, after = _document(old_value), _document(new_value)
    action = _REPAIRED_WITH[resource.type]
    if any(_denies_everybody(item, action) for item in after.denies) and not any(
        _denies_everybody(item, action) for item in before.denies
    ):
        yield _finding(
            resource,
            Severity.HIGH,
            "An unconditional Deny for everybody includes the action that changes the policy "
            f"({action}): only the account's root user or AWS support can undo it.",
            "Exclude whoever manages it: a condition with ArnNotEquals on aws:PrincipalArn.",
        )
    elif (
        resource.type in _KEYS
        and after.statements
        and after.complete
        and not _by_iam(after)
        and (resource.before is None or _by_iam(before))
    ):
        yield _finding(
            resource,
            Severity.MEDIUM if resource.before is not None else Severity.LOW,
            "The key's policy does not name the account itself (its root): IAM policies do not apply to this key, and "
            "once the principals that it names are gone nobody can manage it.",
            'Keep the statement that allows "kms:*" to the account\'s root: it makes its IAM policies apply.',
        )


def _document(value: Any) -> Document:
    return (None if hidden(value) else parse(value)) or Document()


def _denies_everybody(statement: Statement, action: str) -> bool:
    return (
        not (statement.principals.negated or statement.actions.negated or statement.conditions)
        and ANYONE in statement.principals.patterns
        and any(covers(pattern, action) for pattern in statement.folded.patterns)
    )


def _by_iam(document: Document) -> bool:
    """True if the key's own account, and so its IAM policies, can change the policy."""
    return any(
        statement.principals.negated
        or any(name == ANYONE or name.endswith(":root") for name in statement.principals.patterns)
        for statement in document.allows
        if statement.actions.negated or any(covers(wide, "kms:putkeypolicy") for wide in statement.folded.patterns)
    )


def _finding(resource: Resource, severity: Severity, says: str, advice: str) -> Finding:
    return Finding("locked-out", severity, resource.address, says, advice, ("policy",))


_WITH_ROOT = {"policy": policy(allow("kms:*", Principal={"AWS": "arn:aws:iam::111122223333:root"}))}
_WITHOUT = {"policy": policy(allow("kms:Decrypt", Principal={"AWS": "arn:aws:iam::111122223333:role/app"}))}

RULE = Rule(
    "locked-out",
    Severity.HIGH,
    "A policy locks out its own administrators",
    "A policy that nobody can change any more stays as it is, with everything it protects.",
    looks=_locked_out,
    watches=(
        *(Reads(type_, "policy") for type_ in _REPAIRED_WITH),
        Reads(" ".join(sorted(google_iam.ON_WHOLE)), "role member members policy_data"),
        Reads(azure_roles.ASSIGNMENTS, "role_definition_name role_definition_id scope"),
    ),
    fix="Exclude whoever manages it from a Deny, and keep the statement that allows the account's root.",
    examples=(
        Fires(
            "aws_s3_bucket_policy",
            None,
            {"bucket": "b", "policy": policy(deny("s3:*", Principal="*"))},
        ),
        Fires("aws_kms_key", _WITH_ROOT, _WITHOUT, Severity.MEDIUM),
        Silent(
            "aws_s3_bucket_policy",
            None,
            {
                "bucket": "b",
                "policy": policy(deny("s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})),
            },
        ),
    ),
)
