"""Attributes that decide on access or safety and cannot be read in this plan.

Which attributes those are follows from the rows of all rules: those that say what they decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.reading.configuration import without_keys
from orchestrator.review.rules.examples.examples import Beside, Fires, Silent
from orchestrator.review.rules.facts.aws.public_access_blocks import is_guarded
from orchestrator.review.rules.facts.clouds.google import iam as google_iam
from orchestrator.review.rules.facts.late_documents import late_document
from orchestrator.review.rules.kit.change import NOT_JUDGEABLE
from orchestrator.review.rules.kit.discovery import every_rule
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.rows import Opens, Reads, Watch
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import UNKNOWN, AttributePath, Sensitive, dotted

_ADVICE = "Read it in the configuration; a policy or an address range does not have to be sensitive."


@dataclass(frozen=True, slots=True)
class Deciding:
    """An attribute of a type, what it decides, and what is known of it (see `Reads`)."""

    attribute: str
    decides: str
    computed: bool = False
    judged_at: str = ""


@cache
def deciding(type_: str) -> tuple[Deciding, ...]:
    """The attributes of a type that decide on access or safety, by the rows of all rules."""
    found = [
        Deciding(attribute, row.decides, row.computed, row.judged_at)
        if isinstance(row, Reads)
        else Deciding(attribute, row.decides)
        for rule in every_rule()
        for row in rule.watches
        if isinstance(row, Watch | Opens | Reads) and row.decides and row.covers(type_)
        for attribute in row.path.split()
    ]
    return tuple(dict.fromkeys(found))


def _unreadable(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.after is None:
        return
    for one in deciding(resource.type):
        after = resource.after.get(one.attribute)
        found = _hidden(after, (one.attribute,))
        if found is None:
            continue
        before = (resource.before or {}).get(one.attribute)
        if one.attribute == "policy_data" and google_iam.is_read_late(resource, plan):
            continue
        if before == after or (resource.created and after is UNKNOWN and _is_computed(resource, one)):
            continue
        refers = _refers(plan).get(without_keys(resource.address), [])
        if one.judged_at and any(target.split(".")[-2:-1] == [one.judged_at] for target in refers):
            continue
        path, value = found
        later = value is UNKNOWN
        open_ = _may_open_to_all(resource, one.attribute, plan)
        yield Finding(
            NOT_JUDGEABLE,
            Severity.LOW if resource.before is None and not open_ else Severity.MEDIUM,
            resource.address,
            f"{dotted(path)} decides {one.decides}, and "
            f"{'is known only after apply' if later else 'is marked as sensitive'}: it cannot be judged here."
            + (f" {open_}" if open_ else ""),
            _look(refers) if later else _ADVICE,
            path,
            before,
            value,
        )
        return


_TO_ALL = ("aws_sqs_queue", "aws_sqs_queue_policy", "aws_sns_topic", "aws_sns_topic_policy")


def _may_open_to_all(resource: Resource, attribute: str, plan: Plan) -> str:
    """That nothing keeps a policy that cannot be read from letting everybody in; empty if something does."""
    if attribute != "policy" or late_document(resource, attribute, plan) is not None:
        return ""
    if resource.type == "aws_s3_bucket_policy" and not is_guarded(resource, plan):
        return (
            "The plan has no public access block for the bucket (aws_s3_bucket_public_access_block with "
            "block_public_policy and restrict_public_buckets on): the policy may open it to everybody."
        )
    return "Nothing else keeps it from opening it to everybody." if resource.type in _TO_ALL else ""


def _look(refers: list[str]) -> str:
    where = f", where it refers to {listed(refers, 3)}" if refers else ""
    return f"Read it in the configuration{where}; or apply first what it refers to, then plan again."


@per_plan
def _refers(plan: Plan) -> dict[str, list[str]]:
    """What each block of the configuration refers to."""
    found: dict[str, list[str]] = defaultdict(list)
    for edge in plan.edges:
        found[edge.source].append(edge.target)
    return found


def _hidden(value: Any, path: AttributePath) -> tuple[AttributePath, Any] | None:
    """The first thing in a value that is unknown or sensitive."""
    if value is UNKNOWN or isinstance(value, Sensitive):
        return path, value
    items: Any = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    )
    for key, item in items:
        # Which group or list may come in is known as far as it is in the configuration; networks and ports must be.
        if key in ("security_groups", "prefix_list_ids", "description", "tags", "rule_no", "name"):
            continue
        found = _hidden(item, (*path, key))
        if found is not None:
            return found
    return None


def _is_computed(resource: Resource, one: Deciding) -> bool:
    """True if the provider may be all that fills the attribute in: then there is nothing of the configuration in it."""
    if resource.configured is not None:
        return one.attribute not in resource.configured
    return one.computed


_GUARD = {"bucket": "data", "block_public_policy": True, "restrict_public_buckets": True}

RULE = Rule(
    NOT_JUDGEABLE,
    Severity.MEDIUM,
    "An attribute that decides on access or safety cannot be read in this plan",
    "Values known only after apply are not passed over: the finding names the attribute and why it matters.",
    looks=_unreadable,
    fix="Read it in the configuration, or apply first what it refers to and plan again.",
    examples=(
        Fires(
            "aws_sqs_queue_policy",
            {"queue_url": "jobs", "policy": "{}"},
            {"queue_url": "jobs"},
            unknown=("policy",),
            note="the new policy is known only after apply",
        ),
        Fires("aws_security_group_rule", None, {"type": "ingress"}, Severity.LOW, unknown=("cidr_blocks",)),
        Fires("aws_s3_bucket_policy", None, {"bucket": "data"}, unknown=("policy",)),
        Fires(
            "aws_s3_bucket_policy",
            None,
            {"bucket": "data"},
            Severity.LOW,
            beside=(Beside("aws_s3_bucket_public_access_block.data", None, _GUARD),),
            unknown=("policy",),
        ),
        Silent("aws_security_group_rule", None, {"type": "ingress", "cidr_blocks": ["10.0.0.0/8"]}),
    ),
)
