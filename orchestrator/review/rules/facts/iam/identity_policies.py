"""The policies of roles, users and groups that a plan changes."""

from __future__ import annotations

from orchestrator.review.model import Plan, Resource
from orchestrator.review.rules.facts.iam.managed_policies import ATTACHMENTS
from orchestrator.review.rules.facts.iam.policy_changes import PolicyChange, holder_goes, policy_change
from orchestrator.review.rules.facts.iam.policy_types import IDENTITY, is_computed
from orchestrator.review.rules.kit.rows import Reads, Row

_WHAT = "what the identity may do"
BOUNDED = "aws_iam_role aws_iam_user"
"""What can have a permissions boundary."""

READS: tuple[Row, ...] = (
    *(Reads(type_, attribute, _WHAT, computed=is_computed(type_, attribute)) for type_, attribute in IDENTITY.items()),
    *(
        Reads(type_, attribute, _WHAT, computed=is_computed(type_, attribute), judged_at="aws_iam_policy")
        for type_, attribute in ATTACHMENTS.items()
    ),
)
"""Where it stands what an identity may do. A policy of the same plan that is attached is judged by itself."""


def identity_policy(resource: Resource, plan: Plan) -> PolicyChange | None:
    """What becomes of an identity's policy; None if nothing does, or if the identity goes with it."""
    if resource.type not in IDENTITY or (resource.after is None and holder_goes(resource, plan)):
        return None
    return policy_change(resource, plan)
