"""Managed policies that are newly attached to an identity."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Resource
from orchestrator.review.rules.facts.iam.policy_changes import moves
from orchestrator.review.values import AttributePath

ATTACHMENTS = {
    "aws_iam_role_policy_attachment": "policy_arn",
    "aws_iam_user_policy_attachment": "policy_arn",
    "aws_iam_group_policy_attachment": "policy_arn",
    "aws_iam_policy_attachment": "policy_arn",
    "aws_ssoadmin_managed_policy_attachment": "managed_policy_arn",
    "aws_iam_role_policy_attachments_exclusive": "policy_arns",
    "aws_iam_user_policy_attachments_exclusive": "policy_arns",
    "aws_iam_group_policy_attachments_exclusive": "policy_arns",
    "aws_iam_role": "managed_policy_arns",
}
"""What gives an identity a managed policy, and the attribute with its ARN."""


def attached(resource: Resource) -> Iterator[tuple[AttributePath, str]]:
    """The ARNs of managed policies that are newly attached."""
    attribute = ATTACHMENTS.get(resource.type)
    if attribute is None or resource.after is None:
        return
    before = [] if moves(resource) else _arns((resource.before or {}).get(attribute))
    for arn in _arns(resource.after.get(attribute)):
        if arn not in before:
            yield (attribute,), arn


def _arns(value: object) -> list[str]:
    listed = value if isinstance(value, list | tuple) else [value]
    return [item for item in listed if isinstance(item, str)]
