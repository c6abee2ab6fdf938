"""What identities may do: policies of roles, users and groups, and what is attached to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from orchestrator.review.rules import other_clouds
from orchestrator.review.rules.clusters import CLUSTER_ACCESS, cluster_admin
from orchestrator.review.rules.entrances import entrances
from orchestrator.review.rules.facts import managed_policies as attachments
from orchestrator.review.rules.facts.escalation import changes_rights, for_itself
from orchestrator.review.rules.facts.policy_changes import PolicyChange, holder_goes, policy_change
from orchestrator.review.rules.facts.policy_types import IDENTITY
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rule import Rule

_GIVEN = entrances("iam-admin", other_clouds.ADMIN)
_BOUNDED = ("aws_iam_role", "aws_iam_user")
_ADVICE = "Give only the actions that are used, on the ARNs that they are used on."


def _admin(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in other_clouds.ADMIN:
        yield from _GIVEN(resource, plan)
    if resource.type == CLUSTER_ACCESS:
        yield from cluster_admin(resource, plan)
    policy = _policy(resource, plan)
    if policy is not None:
        yield from _powers(resource, policy, plan)
    for path, arn in attachments.attached(resource):
        name = arn.rpartition("/")[2]
        if name in POWERFUL_POLICIES:
            yield Finding(
                "iam-admin",
                Severity.CRITICAL,
                resource.address,
                f"The AWS managed policy {name} is attached: whoever holds it can do everything in the account, "
                "or take the right to.",
                "Attach a policy with only the actions that are used, or bound it with a permissions boundary.",
                path,
                None,
                arn,
            )


def _powers(resource: Resource, policy: PolicyChange, plan: Plan) -> Iterator[Finding]:
    grants = [grant for grant in policy.widening.grants if not grant.lifted]
    whole = [reason for grant in grants if (reason := admin(grant))]
    if whole:
        yield Finding(
            "iam-admin",
            Severity.CRITICAL,
            resource.address,
            f"The policy newly allows {whole[0]}: whoever holds it controls the account.",
            _ADVICE,
            policy.path,
        )
        return
    own = sorted({action for grant in grants for action in for_itself(grant, resource, plan)})
    if own:
        yield Finding(
            "iam-admin",
            Severity.CRITICAL,
            resource.address,
            f"The policy newly allows {', '.join(own)} on the very identity that has it: it can give itself any "
            "permission.",
            "Let another role manage it, or allow only named policies (a condition on iam:PolicyARN) under a "
            "permissions boundary.",
            policy.path,
        )
        return
    but = [grant for grant in grants if grant.action.negated and any_resource(grant.resource) and not narrowed(grant)]
    if but:
        yield Finding(
            "iam-admin",
            Severity.HIGH,
            resource.address,
            f"The policy newly allows {listed(but)}: new services and actions too, as AWS adds them.",
            "List what is allowed, not what is not.",
            policy.path,
        )
        return
    ways = sorted({action for grant in grants for action in escalates(grant)})
    if ways:
        yield Finding(
            "iam-admin",
            Severity.HIGH,
            resource.address,
            f"The policy newly allows {', '.join(ways)} on every resource. "
            + (
                "Whoever may also start something (a function, a task, a server) can hand it any role, and so take "
                "that role's permissions."
                if ways == ["iam:PassRole"]
                else "That is enough to take any permission in the account."
            ),
            "Name the roles or policies that may be passed or changed, or bound them with a permissions boundary.",
            policy.path,
        )


def _widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    policy = _policy(resource, plan)
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
                f"{'The policy allows' if policy.fresh else 'Newly allowed:'} {allowed}.",
                _ADVICE
                if any(any_resource(g.resource) for _, g in judged_grants)
                else "Check that the new access is meant.",
                policy.path,
            )
    yield from attachments.widened(resource)
    yield from _boundary(resource)


def _telling(grant: Grant) -> Grant:
    """The grant without the actions that nobody would mind, if there are others."""
    if grant.lifted or grant.action.negated:
        return grant
    telling = frozenset(action for action in grant.action.patterns if not needs_any(action))
    return replace(grant, action=Part(telling)) if telling else grant


def _boundary(resource: Resource) -> Iterator[Finding]:
    if resource.type not in _BOUNDED or resource.before is None or resource.after is None:
        return
    before, after = resource.before.get("permissions_boundary"), resource.after.get("permissions_boundary")
    if before and not after:
        yield Finding(
            "iam-access-widened",
            Severity.HIGH,
            resource.address,
            "The permissions boundary is taken away: nothing limits any more what the attached policies may add up to.",
            "Keep the boundary, or check every policy of this identity before you apply.",
            ("permissions_boundary",),
            before,
            after,
        )


def _policy(resource: Resource, plan: Plan) -> PolicyChange | None:
    if resource.type not in IDENTITY or (resource.after is None and holder_goes(resource, plan)):
        return None
    return policy_change(resource, plan)


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


def _types() -> Iterable[str]:
    return {*IDENTITY, *attachments.ATTACHMENTS, *_BOUNDED, *other_clouds.ADMIN, CLUSTER_ACCESS}


RULES: tuple[Rule, ...] = (
    Rule(
        "iam-admin",
        Severity.CRITICAL,
        "An identity gets control over the account",
        "Every action on every resource, or an action by which an identity can give itself any permission.",
        _admin,
        frozenset(_types()),
    ),
    Rule(
        "iam-access-widened",
        Severity.MEDIUM,
        "An identity may do more than before",
        "Policies are compared as documents: only what the new one allows and the old one did not is told.",
        _widened,
        frozenset(_types()),
    ),
)
