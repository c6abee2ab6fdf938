"""What a plan destroys for good, by any of its names."""

from __future__ import annotations

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.attributes import at
from orchestrator.review.rules.once import once

_NAMES = ("id", "arn", "name", "bucket", "url", "function_name", "key_id")

# What only belongs to a bucket or a rule has that one's name, or its target's, for its own.
_PARTS = ("aws_s3_bucket_", "aws_cloudwatch_event_target")


@once
def _gone(plan: Plan) -> frozenset[str]:
    return frozenset(
        value
        for item in plan.resources
        if item.managed and item.action is Action.DELETE and item.before and not item.type.startswith(_PARTS)
        for name in _NAMES
        if isinstance(value := item.before.get(name), str) and value
    )


def joined_to_gone(resource: Resource, plan: Plan, *names: str) -> bool:
    """True if one of the things that these attributes name is destroyed by the same plan."""
    return any(isinstance(value := at(resource.before, name), str) and value in _gone(plan) for name in names)
