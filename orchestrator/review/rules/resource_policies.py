"""Who may use a resource: policies of buckets, queues, keys, repositories, functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from orchestrator.review.iam import Document, Grant
from orchestrator.review.iam.comparison import part_covers
from orchestrator.review.iam.conditions import restricts
from orchestrator.review.iam.document import ANYONE
from orchestrator.review.iam.power import reads_only
from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.accounts import account_id, is_foreign, own_accounts
from orchestrator.review.rules.facts.policy_changes import PolicyChange, holder_goes, policy_change
from orchestrator.review.rules.facts.policy_types import RESOURCE
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import UNKNOWN

_WHO = (
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principaltag/",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "aws:vpcsourceip",
    "elasticfilesystem:accessedviamounttarget",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
)
"""Condition keys that say who asks or from where (AWS's own test of "public" uses these)."""

ENDPOINTS = ("aws_vpc_endpoint", "aws_vpc_endpoint_policy")
"""Their policies limit what goes through; "everyone" in one of them is everyone in the VPC."""

PERMISSION = "aws_lambda_permission"


def open_to_all(grant: Grant) -> bool:
    """True if everybody may, in any account and without one."""
    return grant.everyone and not any(
        restricts(condition) and condition.key.startswith(_WHO) for condition in grant.conditions
    )


def kept_in(grant: Grant, document: Document) -> bool:
    """True if a Deny turns away everybody but some: `NotIpAddress` on aws:SourceIp, `StringNotEquals` on a VPC."""
    return any(
        ANYONE in deny.principals.patterns
        and not deny.principals.negated
        and deny.conditions
        and all("not" in test.operator and test.key.startswith(_WHO) for test in deny.conditions)
        and part_covers(deny.folded, grant.action.folded())
        and part_covers(deny.resources, grant.resource)
        for deny in document.denies
    )


def acts_for_anybody(grant: Grant) -> bool:
    """True if an AWS service may, whoever makes it ask: no condition says on behalf of which account or resource."""
    names = grant.principal.patterns
    return (
        not grant.principal.negated
        and bool(names)
        and all(name.startswith("service:") for name in names)
        and not any(restricts(condition) and condition.key.startswith(_WHO) for condition in grant.conditions)
    )


def no_longer_kept_in(policy: PolicyChange) -> list[Grant]:
    """What everybody may do from now on, because the Deny that turned away all but some is gone."""
    gone = [
        grant
        for grant in policy.widening.grants
        if grant.lifted
        and grant.everyone
        and any("not" in test.operator and test.key.startswith(_WHO) for test in grant.conditions)
    ]
    allowed = [
        Grant(item.actions, item.resources, item.principals, item.conditions)
        for item in policy.after.allows
        if any(part_covers(grant.action.folded(), item.folded) for grant in gone)
    ]
    return [grant for grant in allowed if open_to_all(grant) and not kept_in(grant, policy.after)]


def _widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
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
                "Check that each of these is meant; name roles instead of accounts, and keep the Deny statements.",
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
        text += " The condition that named whose requests the service may pass on is gone: any account's will do."
    if any(_tls(grant) for grant in lifted):
        text += " Requests without TLS are not refused any more."
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
            else f"{principal} may invoke the function on behalf of anybody's account: neither source_arn nor "
            "source_account is set.",
            "Set source_arn (and source_account for a bucket).",
            ("principal",),
            (resource.before or {}).get("principal"),
            principal,
        )


def permits(resource: Resource) -> bool:
    """True if a function's permission is new or another than before."""
    keys = ("principal", "source_arn", "source_account", "principal_org_id", "function_url_auth_type")
    before = resource.before or {}
    return resource.after is not None and any(resource.after.get(key) != before.get(key) for key in keys)


def limited(permission: Mapping[str, Any] | None) -> bool:
    """True if something limits a function's permission; what is known only after apply will be there."""
    values: Any = permission or {}
    if values.get("function_url_auth_type") == "AWS_IAM":
        return True
    return any(
        values.get(key) is UNKNOWN or values.get(key) for key in ("source_arn", "source_account", "principal_org_id")
    )


def policy_of(resource: Resource, plan: Plan) -> PolicyChange | None:
    """What becomes of the policy of a resource; None if nothing does, or if the resource goes with it."""
    if resource.type not in RESOURCE:
        return None
    if resource.after is None and (not resource.type.endswith("_policy") or holder_goes(resource, plan)):
        return None
    return policy_change(resource, plan)


RULES: tuple[Rule, ...] = (
    Rule(
        "resource-policy-widened",
        Severity.MEDIUM,
        "More may be done with a resource than before",
        "New principals, actions or resources, conditions that are gone, Deny statements that are gone.",
        _widened,
        frozenset({*RESOURCE, PERMISSION}),
    ),
)
