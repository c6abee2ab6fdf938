"""Whether a bucket is kept from being opened to everybody, whatever its policy says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from orchestrator.review.model import Plan, Resource
from orchestrator.review.reading.configuration import without_keys
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.per_plan import per_plan

_OF_BUCKET = "aws_s3_bucket_public_access_block"
_OF_ACCOUNT = "aws_s3_account_public_access_block"
_NEEDED = ("block_public_policy", "restrict_public_buckets")


def is_guarded(policy: Resource, plan: Plan) -> bool:
    """True if the plan has a public access block that keeps this bucket policy from opening the bucket."""
    return any(item.type == _OF_ACCOUNT or _same_bucket(item, policy, plan) for item in _blocks(plan))


@per_plan
def _blocks(plan: Plan) -> tuple[Resource, ...]:
    return tuple(
        item
        for item in plan.resources
        if item.managed
        and item.type in (_OF_BUCKET, _OF_ACCOUNT)
        and all(at(item.after, flag) is True for flag in _NEEDED)
    )


def _same_bucket(block: Resource, policy: Resource, plan: Plan) -> bool:
    one, other = at(block.after, "bucket"), at(policy.after, "bucket")
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    # A bucket that the plan makes has no name yet: then both refer to the same block, in the same instance.
    buckets = _buckets(plan)
    shared = buckets.get(without_keys(block.address), frozenset()) & buckets.get(
        without_keys(policy.address), frozenset()
    )
    return bool(shared) and (block.index == policy.index or None in (block.index, policy.index))


@per_plan
def _buckets(plan: Plan) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for edge in plan.edges:
        if edge.target.split(".")[-2:-1] == ["aws_s3_bucket"]:
            found[edge.source].add(edge.target)
    return {source: frozenset(targets) for source, targets in found.items()}
