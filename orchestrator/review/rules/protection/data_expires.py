"""Data that is deleted automatically once it is old enough: messages, records, items, objects, images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.reading.structures import decoded
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.retention import kept
from orchestrator.review.rules.kit.attributes import at, blocks, hidden, number, switch
from orchestrator.review.rules.kit.change import change_of, finding
from orchestrator.review.rules.kit.comparisons import less_or_no_longer_endless
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.rows import CHANGED, Reads
from orchestrator.review.rules.kit.rule import Rule

_TABLE = "aws_dynamodb_table"
_IMAGES = "aws_ecr_lifecycle_policy"
_RULES = {"aws_s3_bucket_lifecycle_configuration": "rule", "aws_s3_bucket": "lifecycle_rule"}
_ENOUGH_IMAGES = 10
"""With so many kept, what runs and what a rollback needs is nearly always among them."""

_DATE = -1.0
"""Stands for a fixed day: everything that the rule matches goes then."""
_KINDS = (
    ("expiration", "days", "objects of the bucket"),
    ("noncurrent_version_expiration", "noncurrent_days", "versions that were overwritten or deleted"),
)


def _expires(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Rules that begin to delete existing data, or do it earlier."""
    if resource.type == _TABLE:
        yield from _time_to_live(resource, plan)
    elif resource.action in (*CHANGED, Action.CREATE):
        if resource.type == _IMAGES:
            yield from _images(resource, plan)
        elif not _is_of_new(at(resource.after, "bucket"), plan, "aws_s3_bucket", "bucket"):
            yield from _objects(resource, _RULES[resource.type])


def _time_to_live(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is not Action.UPDATE:
        return
    before, after = (
        (switch(at(side, "ttl.enabled")) is True, at(side, "ttl.attribute_name"))
        for side in (resource.before, resource.after)
    )
    if after[0] and after != before and not hidden(after[1]):
        yield finding(
            change_of(resource, plan, "ttl"),
            f"Items of the table are deleted once the time in their attribute {after[1]} has passed; items where it "
            "already has are deleted right away.",
            "Make sure that the attribute holds the intended time (in seconds), in old items too.",
            Severity.MEDIUM,
        )


def _is_of_new(value: Any, plan: Plan, type_: str, name: str) -> bool:
    """True if what the rules are for is created by the same plan: nothing is in it yet."""
    return hidden(value) or (isinstance(value, str) and value in _created(plan)[type_, name])


@per_plan
def _created(plan: Plan) -> Mapping[tuple[str, str], frozenset[object]]:
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
                Severity.MEDIUM,
                resource.address,
                f"The rule {rule.get('id')} deletes {what} {when}"
                + (f" instead of {old:g}." if 0 < old < inf else "; until now it deleted none."),
                "Make sure that its filter matches only what may be deleted.",
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
            Severity.MEDIUM if by_age or count < _ENOUGH_IMAGES else Severity.LOW,
            resource.address,
            f"Tagged images {how} are deleted, including those that are running or needed for a rollback.",
            "Delete only untagged images, or by a tag prefix that nothing runs from; keep more than one rollback "
            "needs.",
            ("policy",),
        )
        return


def _tagged(values: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    document = decoded(at(values, "policy"))
    rules = document.get("rules") if isinstance(document, Mapping) else None
    found = [item.get("selection") for item in rules if isinstance(item, Mapping)] if isinstance(rules, list) else []
    return [item for item in found if isinstance(item, Mapping) and item.get("tagStatus") != "untagged"]


def _lifecycle(days: int) -> list[dict[str, Any]]:
    return [{"id": "old", "status": "Enabled", "expiration": [{"days": days}]}]


RULE = Rule(
    "data-expires",
    Severity.MEDIUM,
    "Data is deleted automatically, or earlier",
    "An expiry deletes everything that it matches, old data too, without asking first.",
    looks=_expires,
    watches=(
        kept("aws_sqs_queue", "message_retention_seconds", "Messages", "seconds"),
        kept("aws_kinesis_stream", "retention_period", "Records", "hours"),
        kept("aws_cloudwatch_event_archive", "retention_days", "Events", worse=less_or_no_longer_endless),
        kept(
            "aws_timestreamwrite_table",
            "retention_properties.magnetic_store_retention_period_in_days",
            "Records",
        ),
        Reads(_TABLE, "ttl"),
        Reads("aws_s3_bucket_lifecycle_configuration", "rule"),
        Reads("aws_s3_bucket", "lifecycle_rule"),
        Reads(_IMAGES, "policy"),
    ),
    examples=(
        Fires("aws_sqs_queue", {"message_retention_seconds": 1209600}, {"message_retention_seconds": 60}),
        Fires(
            "aws_dynamodb_table",
            {"ttl": [{"enabled": False, "attribute_name": ""}]},
            {"ttl": [{"enabled": True, "attribute_name": "expires_at"}]},
        ),
        Fires(
            "aws_s3_bucket_lifecycle_configuration",
            {"bucket": "scans", "rule": _lifecycle(365)},
            {"bucket": "scans", "rule": _lifecycle(30)},
        ),
        Silent("aws_sqs_queue", {"message_retention_seconds": 60}, {"message_retention_seconds": 1209600}),
        Silent(
            "aws_ecr_lifecycle_policy",
            None,
            {
                "repository": "words",
                "policy": '{"rules":[{"selection":{"tagStatus":"untagged","countType":"sinceImagePushed",'
                '"countUnit":"days","countNumber":1}}]}',
            },
        ),
    ),
)
