"""What a plan destroys for good, by any of its names."""

from __future__ import annotations

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.per_plan import per_plan

_NAMES = ("id", "arn", "name", "bucket", "url", "function_name", "key_id")

# What only belongs to a bucket or a rule has that one's name, or its target's, for its own.
_PARTS = ("aws_s3_bucket_", "aws_cloudwatch_event_target", "aws_lambda_permission", "aws_kms_grant")


@per_plan
def _destroyed_names(plan: Plan) -> frozenset[str]:
    return frozenset(
        value
        for item in plan.resources
        if item.managed and item.action is Action.DELETE and item.before and not item.type.startswith(_PARTS)
        for name in _NAMES
        if isinstance(value := item.before.get(name), str) and value
    )


def any_destroyed(resource: Resource, plan: Plan, *names: str) -> bool:
    """True if one of the things that these attributes name is destroyed by the same plan."""
    return any(
        isinstance(value := at(resource.before, name), str) and value in _destroyed_names(plan) for name in names
    )


def gone_with(resource: Resource, plan: Plan, name: str) -> bool:
    """True if what this attribute names is a part of something that is destroyed by the same plan: an API's stage."""
    value = at(resource.before, name)
    if not isinstance(value, str) or not value.startswith("arn:"):
        return False
    return any(value.startswith(gone) for gone in _destroyed_names(plan) if gone.startswith("arn:")) or any(
        f":{gone}/" in value for gone in _destroyed_names(plan) if len(gone) >= _ID
    )


_ID = 8
"""So long at least is the id of an API."""


@per_plan
def _destroyed_objects(plan: Plan) -> frozenset[str]:
    """The ids, names and ARNs of all that the plan destroys for good, but for what only configures something else."""
    found: set[str] = set()
    for item in plan.resources:
        if not item.managed or item.action is not Action.DELETE or not item.before:
            continue
        holder = holders.holder_of(item.type)
        if holder is None or holder.kind is not Kind.HARMLESS:
            values = (item.before.get(key) for key in ("id", "arn", "name", "bucket", "identifier"))
            found.update(_key(item.type, value) for value in values if isinstance(value, str) and value)
    return frozenset(found)


def destroyed_too(resource: Resource, plan: Plan, owner: str) -> bool:
    """True if what this resource belongs to (named by its attribute `owner`) is destroyed by the same plan."""
    value = at(resource.before, owner)
    return isinstance(value, str) and _key(resource.type, value) in _destroyed_objects(plan)


def _key(type_: str, value: str) -> str:
    """A bucket and a repository may have the same name, hence with `aws_s3` of `aws_s3_bucket_versioning`."""
    return value if value.startswith("arn:") else f"{'_'.join(type_.split('_')[:2])}:{value}"
