"""More that may be done with a resource than before: policies of buckets, queues, keys, repositories, functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.review.iam import Grant
from orchestrator.review.iam.power import reads_only
from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import ACCOUNT, OWN_ACCOUNT, STRANGER, Fires, Silent, allow
from orchestrator.review.rules.examples.examples import policy as document
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import vaults as azure_vaults
from orchestrator.review.rules.facts.clouds.google import access as google_access
from orchestrator.review.rules.facts.clouds.google import iam as google_iam
from orchestrator.review.rules.facts.iam.accounts import account_id, is_foreign, own_accounts
from orchestrator.review.rules.facts.iam.policy_changes import PolicyChange
from orchestrator.review.rules.facts.iam.policy_types import RESOURCE, is_computed
from orchestrator.review.rules.facts.iam.resource_access import (
    ENDPOINTS,
    PERMISSION,
    acts_for_anybody,
    kept_in,
    limited,
    open_to_all,
    permits,
    policy_of,
)
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Check that each of these is intended; name roles instead of accounts, and keep the Deny statements."


def _widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in google_iam.TYPES:
        yield from google_access.widened(resource, plan)
        return
    if resource.type in azure_vaults.TYPES:
        yield from azure_vaults.widened(resource, plan)
        return
    policy = policy_of(resource, plan)
    if policy is not None:
        weighed = [
            (severity, grant)
            for grant in policy.widening.grants
            if (severity := _weight(resource, grant, policy, plan))
        ]
        if weighed:
            weighed.sort(key=lambda item: -item[0])
            yield Finding(
                "resource-policy-widened",
                weighed[0][0],
                resource.address,
                _reason(weighed, plan),
                _ADVICE,
                policy.path,
            )
    if resource.type == PERMISSION:
        yield from _permission(resource, plan)


def _reason(weighed: list[tuple[Severity, Grant]], plan: Plan) -> str:
    lifted = [grant for _, grant in weighed if grant.lifted]
    given = [grant for _, grant in weighed if not grant.lifted]
    others = sorted({number for grant in given for number in _foreign(grant, plan)})
    text = f"Newly allowed: {listed(given)}." if given else ""
    if others:
        text += f" Account {', '.join(others)} is not the one that this plan works in."
    if any(severity is Severity.HIGH and acts_for_anybody(grant) for severity, grant in weighed):
        text += " The condition that named whose requests the service may pass on is gone: any account will do."
    if any(_tls(grant) for grant in lifted):
        text += " Requests without TLS are no longer denied."
    elif lifted:
        text += f" No longer denied: {listed(replace(grant, lifted=False) for grant in lifted)}."
    return text.strip()


def _weight(resource: Resource, grant: Grant, policy: PolicyChange, plan: Plan) -> Severity | None:
    if grant.lifted:
        return Severity.HIGH if _tls(grant) else Severity.MEDIUM
    if open_to_all(grant) and not kept_in(grant, policy.after):
        if resource.type in ENDPOINTS:
            return None if policy.fresh else Severity.LOW
        return None
    if _foreign(grant, plan) or (grant in policy.widening.loosened and acts_for_anybody(grant)):
        return Severity.HIGH
    if policy.fresh:
        return Severity.LOW if _stranger(grant, plan) else None
    if not grant.action.negated and all(reads_only(action) for action in grant.action.patterns):
        return Severity.LOW
    return Severity.MEDIUM


def _tls(grant: Grant) -> bool:
    return any(condition.key == "aws:securetransport" for condition in grant.conditions)


def _foreign(grant: Grant, plan: Plan) -> set[str]:
    """Accounts in the grant that are known not to be the plan's own."""
    return {number for number in _accounts(grant) if is_foreign(number, plan)}


def _stranger(grant: Grant, plan: Plan) -> bool:
    """True if the grant names an account and nothing tells whether it is the plan's own; one alone will be it."""
    return not own_accounts(plan) and len(_accounts(grant)) > 1


def _accounts(grant: Grant) -> set[str]:
    if grant.principal.negated:
        return set()
    return {number for name in grant.principal.patterns if (number := account_id(name))}


def _permission(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not permits(resource) or resource.after is None:
        return
    principal = resource.after.get("principal")
    if not isinstance(principal, str):
        return
    number = account_id(principal)
    foreign = is_foreign(number, plan)
    if foreign or (principal.endswith(".amazonaws.com") and not limited(resource.after)):
        # Born without a limit is common; one that is taken away was there on purpose.
        taken = resource.before is not None and limited(resource.before)
        yield Finding(
            "resource-policy-widened",
            Severity.HIGH if foreign or taken else Severity.MEDIUM,
            resource.address,
            f"Account {number}, which is not the one that this plan works in, may invoke the function."
            if foreign
            else f"{principal} may invoke the function on behalf of any account: neither source_arn nor "
            "source_account is set.",
            "Set source_arn (and source_account for a bucket).",
            ("principal",),
            (resource.before or {}).get("principal"),
            principal,
        )


_QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"


def _queue(principal: str, *actions: str) -> dict[str, str]:
    statement = allow(list(actions), _QUEUE, Principal={"AWS": f"arn:aws:iam::{principal}:role/app"})
    return {"queue_url": "jobs", "policy": document(statement)}


RULE = Rule(
    "resource-policy-widened",
    Severity.MEDIUM,
    "A resource policy allows more than before",
    "New principals, actions or resources, removed conditions and removed Deny statements all grant access.",
    looks=_widened,
    watches=(
        *rows_for("resource-policy-widened"),
        *(
            Reads(type_, attribute, "who may do what", computed=is_computed(type_, attribute))
            for type_, attribute in RESOURCE.items()
        ),
        Reads(PERMISSION, "principal", "who may invoke the function"),
        Reads(" ".join(sorted(google_iam.ON_ONE)), "role member members policy_data"),
        Reads(azure_vaults.VAULT, "access_policy"),
        Reads(azure_vaults.POLICY, "key_permissions secret_permissions certificate_permissions storage_permissions"),
    ),
    fix=_ADVICE,
    examples=(
        Fires(
            "aws_sqs_queue_policy",
            _queue(ACCOUNT, "sqs:SendMessage"),
            _queue(ACCOUNT, "sqs:SendMessage", "sqs:PurgeQueue"),
            beside=(OWN_ACCOUNT,),
        ),
        Fires("aws_sqs_queue_policy", None, _queue(STRANGER, "sqs:SendMessage"), Severity.HIGH, beside=(OWN_ACCOUNT,)),
        Fires(PERMISSION, None, {"principal": "s3.amazonaws.com"}),
        Silent("aws_sqs_queue_policy", None, _queue(ACCOUNT, "sqs:SendMessage"), beside=(OWN_ACCOUNT,)),
    ),
)
