"""Who may use a resource, by its policy: everybody, any account through a service, or only some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.review.iam import Document, Grant
from orchestrator.review.iam.comparison import part_covers
from orchestrator.review.iam.conditions import restricts
from orchestrator.review.iam.document import ANYONE
from orchestrator.review.model import Plan, Resource
from orchestrator.review.rules.facts.iam.policy_changes import PolicyChange, holder_goes, policy_change
from orchestrator.review.rules.facts.iam.policy_types import RESOURCE
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
