"""What is deleted by itself once it is old enough: objects of buckets, images of repositories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, blocks, hidden, number
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.structures import decoded

_MEDIUM = Severity.MEDIUM
_CHANGES = (Action.CREATE, Action.UPDATE, Action.REPLACE)
_RULES = {"aws_s3_bucket_lifecycle_configuration": "rule", "aws_s3_bucket": "lifecycle_rule"}
IMAGES = "aws_ecr_lifecycle_policy"
TYPES = frozenset({*_RULES, IMAGES})
_ENOUGH_IMAGES = 10
"""With so many kept, what runs and what a rollback needs is nearly always among them."""

_DATE = -1.0
"""Stands for a fixed day: everything that the rule matches goes then."""
_KINDS = (
    ("expiration", "days", "objects of the bucket"),
    ("noncurrent_version_expiration", "noncurrent_days", "versions that were overwritten or deleted"),
)


def expires(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Rules that begin to delete what is there, or do it earlier."""
    if resource.action not in _CHANGES:
        return
    if resource.type == IMAGES:
        yield from _images(resource, plan)
    elif resource.type in _RULES and not _is_new(resource, plan):
        yield from _objects(resource, _RULES[resource.type])


def _is_new(resource: Resource, plan: Plan) -> bool:
    """True if nothing is in the bucket yet."""
    return _is_of_new(at(resource.after, "bucket"), plan, "aws_s3_bucket", "bucket")


def _is_of_new(value: Any, plan: Plan, type_: str, name: str) -> bool:
    return hidden(value) or (isinstance(value, str) and value in _new(plan)[type_, name])


@per_plan
def _new(plan: Plan) -> Mapping[tuple[str, str], frozenset[object]]:
    kinds = (("aws_s3_bucket", "bucket"), ("aws_ecr_repository", "name"))
    return {
        (type_, name): frozenset(
            at(item.after, name)
            for item in plan.resources
            if item.type == type_ and item.created and isinstance(at(item.after, name), str)
        )
        for type_, name in kinds
    }


def _objects(resource: Resource, name: str) -> Iterator[Finding]:
    before = {str(rule.get("id")): rule for rule in blocks(resource.before, name)}
    for place, rule in enumerate(blocks(resource.after, name)):
        if hidden(rule.get("id")):
            continue
        for kind, days_name, what in _KINDS:
            days, old = _days(rule, kind, days_name), _days(before.get(str(rule.get("id"))), kind, days_name)
            if days >= old:
                continue
            when = f"on {at(rule, f'{kind}.date')}" if days == _DATE else f"after {days:g} days"
            yield Finding(
                "data-expires",
                _MEDIUM,
                resource.address,
                f"The rule {rule.get('id')} deletes {what} {when}"
                + (f" instead of {old:g}." if 0 < old < inf else "; until now it deleted none."),
                "Make sure that its filter matches only what may go.",
                (name, place, kind),
                None if old == inf else old,
                at(rule, f"{kind}.date") if days == _DATE else days,
            )


def _days(rule: Mapping[str, Any] | None, kind: str, name: str) -> float:
    if rule is None or rule.get("status") not in (None, "Enabled") or rule.get("enabled") is False:
        return inf
    if isinstance(at(rule, f"{kind}.date"), str) and at(rule, f"{kind}.date"):
        return _DATE
    days = number(at(rule, f"{kind}.{name}"))
    # Versions go at once with 0 days, for current objects 0 stands for nothing.
    return days if days else inf


def _images(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Rules that delete images with tags: what runs may be among them."""
    if _is_of_new(at(resource.after, "repository"), plan, "aws_ecr_repository", "name"):
        return
    before = _tagged(resource.before)
    for rule in _tagged(resource.after):
        if rule in before:
            continue
        count, by_age = number(rule.get("countNumber")), rule.get("countType") == "sinceImagePushed"
        if count is None:
            continue
        how = f"older than {count:g} days" if by_age else f"beyond the newest {count:g}"
        yield Finding(
            "data-expires",
            _MEDIUM if by_age or count < _ENOUGH_IMAGES else Severity.LOW,
            resource.address,
            f"Images with tags are deleted {how}, those too that run or that a rollback needs.",
            "Let it delete only untagged images, or by a tag prefix that nothing runs from; keep more than one "
            "rollback needs.",
            ("policy",),
        )
        return


def _tagged(values: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    document = decoded(at(values, "policy"))
    rules = document.get("rules") if isinstance(document, Mapping) else None
    found = [item.get("selection") for item in rules if isinstance(item, Mapping)] if isinstance(rules, list) else []
    return [item for item in found if isinstance(item, Mapping) and item.get("tagStatus") != "untagged"]
