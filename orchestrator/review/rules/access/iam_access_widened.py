"""Identities that may do more than before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.review.iam import Grant
from orchestrator.review.iam.document import Part
from orchestrator.review.iam.power import (
    POWERFUL_POLICIES,
    admin,
    any_resource,
    escalates,
    narrowed,
    needs_any,
    reads_only,
    whole_service,
    wide_resource,
)
from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, allow
from orchestrator.review.rules.examples.examples import policy as document
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.google import access as google_access
from orchestrator.review.rules.facts.clouds.google import iam as google_iam
from orchestrator.review.rules.facts.iam.escalation import changes_rights, for_itself
from orchestrator.review.rules.facts.iam.identity_policies import BOUNDED, READS, identity_policy
from orchestrator.review.rules.facts.iam.managed_policies import attached
from orchestrator.review.rules.facts.iam.policy_changes import PolicyChange
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Grant only the actions that are used, on the ARNs that they are used on."


def _widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in google_iam.ON_WHOLE:
        yield from google_access.widened(resource, plan)
        return
    policy = identity_policy(resource, plan)
    if policy is not None:
        rest = [
            left
            for grant in policy.widening.grants
            if (left := _without_power(grant)) is not None and not for_itself(grant, resource, plan)
        ]
        judged_grants = [(severity, grant) for grant in rest if (severity := _weight(grant, policy))]
        if judged_grants:
            worst = max(severity for severity, _ in judged_grants)
            allowed = listed(_telling(grant) for _, grant in sorted(judged_grants, key=lambda item: -item[0]))
            yield Finding(
                "iam-access-widened",
                worst,
                resource.address,
                f"{'The policy allows' if policy.fresh else 'Now also allowed:'} {allowed}.",
                _ADVICE
                if any(any_resource(g.resource) for _, g in judged_grants)
                else "Check that the new access is intended.",
                policy.path,
            )
    yield from _managed(resource)
    yield from _boundary(resource)


def _telling(grant: Grant) -> Grant:
    """The grant without the actions that nobody would mind, if there are others."""
    if grant.lifted or grant.action.negated:
        return grant
    telling = frozenset(action for action in grant.action.patterns if not needs_any(action))
    return replace(grant, action=Part(telling)) if telling else grant


def _boundary(resource: Resource) -> Iterator[Finding]:
    if resource.type not in BOUNDED.split() or resource.before is None or resource.after is None:
        return
    before, after = resource.before.get("permissions_boundary"), resource.after.get("permissions_boundary")
    if before and not after:
        yield Finding(
            "iam-access-widened",
            Severity.HIGH,
            resource.address,
            "The permissions boundary is removed: nothing limits any more what the attached policies add up to.",
            "Keep the boundary, or check every policy of this identity before you apply.",
            ("permissions_boundary",),
            before,
            after,
        )


def _without_power(grant: Grant) -> Grant | None:
    """What is left of a grant without that which `iam-admin` tells."""
    if grant.lifted:
        return grant
    if admin(grant) or (grant.action.negated and any_resource(grant.resource) and not narrowed(grant)):
        return None
    if not escalates(grant):
        return grant
    single = {action: replace(grant, action=Part(frozenset({action}))) for action in grant.action.patterns}
    left = frozenset(action for action, alone in single.items() if not escalates(alone))
    return replace(grant, action=Part(left)) if left else None


def _weight(grant: Grant, policy: PolicyChange) -> Severity | None:
    """How much a grant matters; None if it is what anybody would expect."""
    if grant.lifted:
        return Severity.HIGH
    if grant.action.negated:
        return Severity.MEDIUM
    actions = [action for action in grant.action.patterns if not needs_any(action)]
    wide = grant.resource.negated or any(wide_resource(pattern) for pattern in grant.resource.patterns)
    services = any(whole_service(action) for action in actions)
    if not actions:
        return None if policy.fresh else Severity.LOW
    if narrowed(grant):
        return None if policy.fresh else Severity.LOW
    reads = all(reads_only(action) for action in actions)
    if wide:
        if services:
            return Severity.HIGH
        return Severity.MEDIUM if reads or policy.fresh else Severity.HIGH
    if changes_rights(grant):
        return Severity.MEDIUM if policy.fresh else Severity.HIGH
    if policy.fresh:
        return Severity.LOW if services else None
    return Severity.MEDIUM


def _managed(resource: Resource) -> Iterator[Finding]:
    """The policies of AWS that allow much, short of everything."""
    for path, arn in attached(resource):
        name = arn.rpartition("/")[2]
        if arn.split(":")[4:5] != ["aws"] or name in POWERFUL_POLICIES:
            continue
        strong = name == "PowerUserAccess"
        if strong or name.endswith("FullAccess"):
            yield Finding(
                "iam-access-widened",
                Severity.HIGH if strong else Severity.MEDIUM,
                resource.address,
                f"The AWS managed policy {name} is attached: it allows "
                f"{'every action but IAM' if strong else 'every action of a service'} on every resource.",
                "Attach a policy with only the actions that are used, on the ARNs that they are used on.",
                path,
                None,
                arn,
            )


_POLICY = "aws_iam_policy"


def _allowed(*actions: str) -> dict[str, str]:
    return {"name": "jobs", "policy": document(allow(list(actions), "arn:aws:s3:::reports/*"))}


RULE = Rule(
    "iam-access-widened",
    Severity.MEDIUM,
    "An identity may do more than before",
    "Policies are compared as documents: only what the new one allows and the old one did not is reported.",
    looks=_widened,
    watches=(
        *rows_for("iam-access-widened"),
        *READS,
        Reads(BOUNDED, "permissions_boundary"),
        Reads(" ".join(sorted(google_iam.ON_WHOLE)), "role member members policy_data"),
    ),
    fix=_ADVICE,
    examples=(
        Fires(_POLICY, _allowed("s3:GetObject"), _allowed("s3:GetObject", "s3:DeleteObject")),
        Fires(
            "aws_iam_role_policy_attachment",
            None,
            {"role": "ci", "policy_arn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
        ),
        Fires(
            "aws_iam_role",
            {"name": "ci", "permissions_boundary": "arn:aws:iam::111122223333:policy/boundary"},
            {"name": "ci", "permissions_boundary": None},
            Severity.HIGH,
        ),
        Silent(_POLICY, None, _allowed("s3:GetObject")),
    ),
)
