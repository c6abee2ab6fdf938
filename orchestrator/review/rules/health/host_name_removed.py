"""Host names that something answered to, and does no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Beside, Fires, Silent
from orchestrator.review.rules.kit.attributes import at, hidden
from orchestrator.review.rules.kit.change import change_of, finding
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_DISTRIBUTION = "aws_cloudfront_distribution"
_ADVICE = "Point the name elsewhere first, and remove it here once nobody asks for it any more."


def _removed(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is not Action.UPDATE or hidden(at(resource.after, "aliases")):
        return
    after = _names(resource.after)
    gone = [name for name in _names(resource.before) if name not in after and not _covered(name, after)]
    left = [name for name in gone if name not in _ends(plan)]
    taken = [name for name in left if name in _taken(plan)]
    lost = [name for name in left if name not in taken]
    change = change_of(resource, plan, "aliases")
    if lost:
        yield finding(
            change,
            f"The distribution no longer answers to {listed(lost)}: whoever asks for it gets an error (403) from "
            "CloudFront, as long as DNS leads there.",
            _ADVICE,
            Severity.HIGH,
        )
    if taken:
        yield finding(
            change,
            f"{listed(taken)} moves to another distribution in the same apply: until it is there, whoever asks for it "
            "gets an error (403), and CloudFront refuses a name that two distributions have.",
            "Move the names with `aws cloudfront associate-alias`, which does it without a gap, then change both here.",
            Severity.MEDIUM,
        )


def _names(values: Mapping[str, Any] | None) -> list[str]:
    found = at(values, "aliases")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _covered(name: str, others: list[str]) -> bool:
    """True if a wildcard among the others answers to the name."""
    return f"*.{name.partition('.')[2]}" in others


@per_plan
def _ends(plan: Plan) -> frozenset[str]:
    """The names whose DNS records the plan destroys."""
    return frozenset(
        name.rstrip(".")
        for item in plan.resources
        if item.type == "aws_route53_record" and item.action is Action.DELETE and item.before
        for key in ("fqdn", "name")
        if isinstance(name := item.before.get(key), str)
    )


@per_plan
def _taken(plan: Plan) -> frozenset[str]:
    """The names that a distribution gets in this plan."""
    return frozenset(
        name
        for item in plan.resources
        if item.type == _DISTRIBUTION and item.managed
        for name in _names(item.after)
        if name not in _names(item.before)
    )


_TWO = {"aliases": ["a.example.com", "b.example.com"]}
_ONE = {"aliases": ["a.example.com"]}

RULE = Rule(
    "host-name-removed",
    Severity.HIGH,
    "Something no longer answers to a host name",
    "Whoever has the name in a link, a bookmark or a setting gets an error.",
    looks=_removed,
    watches=(Reads(_DISTRIBUTION, "aliases"),),
    fix=_ADVICE,
    examples=(
        Fires(_DISTRIBUTION, _TWO, _ONE),
        Fires(
            _DISTRIBUTION,
            _TWO,
            _ONE,
            Severity.MEDIUM,
            beside=(Beside(f"{_DISTRIBUTION}.new", {"aliases": []}, {"aliases": ["b.example.com"]}),),
        ),
        Silent(_DISTRIBUTION, _TWO, {"aliases": ["*.example.com"]}),
        Silent(
            _DISTRIBUTION,
            _TWO,
            _ONE,
            beside=(Beside("aws_route53_record.b", {"name": "b.example.com"}, None),),
        ),
    ),
)
