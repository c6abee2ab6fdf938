"""A changed attribute, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, attribute_path
from orchestrator.review.rules.kit.reasons import because_clause
from orchestrator.review.values import AttributePath, dotted, shown

NOT_JUDGEABLE = "not-judgeable"
"""The rule id of what cannot be told before apply, and of a rule that could not do its work."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a row looks at: an attribute of a resource, before and after. `old` and `new` are what was compared."""

    resource: Resource
    plan: Plan
    path: AttributePath = ()
    before: Any = None
    after: Any = None
    old: Any = None
    new: Any = None


Text = str | Callable[[Change], str]
"""A sentence, or what makes it. In a sentence `{before}`, `{after}`, `{old}`, `{new}` and `{path}` stand for what is
compared, `{because}` for why Terraform does it."""

Weight = Severity | Callable[[Change], Severity]


def not_judgeable(change: Change, risk: str, severity: Severity = Severity.MEDIUM) -> Iterator[Finding]:
    """For a protection that exists, and of which cannot be told whether it stays."""
    resource, path = change.resource, change.path
    if len(path) == 1 and resource.configured is not None and path[0] not in resource.configured:
        # The configuration does not set it: AWS does, and another change makes the provider ask again. Of nested
        # blocks Terraform does not tell those that `dynamic` makes.
        return
    if risk[1:2].islower():
        risk = risk[0].lower() + risk[1:]
    yield Finding(
        NOT_JUDGEABLE,
        severity,
        resource.address,
        f"{dotted(path)} is safe today, and its new value cannot be read from the plan. If it is weakened: {risk}",
        "Check what the configuration sets it to.",
        path,
        change.before,
        change.after,
    )


def change_of(resource: Resource, plan: Plan, path: str) -> Change:
    """An attribute of a resource, before and after."""
    before, after = at(resource.before, path), at(resource.after, path)
    return Change(resource, plan, attribute_path(resource, path), before, after)


def finding(change: Change, message: str, advice: str, severity: Severity) -> Finding:
    """A finding about an attribute, for a rule's own code. Its rule is the one whose code it is."""
    resource, path = change.resource, change.path
    return Finding("", severity, resource.address, message, advice, path, change.before, change.after)


def row_finding(change: Change, message: Text, advice: Text, severity: Weight) -> Finding:
    """The finding of a row about an attribute."""
    weight = severity if isinstance(severity, Severity) else severity(change)
    return finding(change, worded(message, change), worded(advice, change), weight)


def worded(text: Text, change: Change) -> str:
    """A sentence about a change, with its values."""
    if not isinstance(text, str):
        return text(change)
    if "{" not in text:
        return text
    return text.format(
        before=shown(change.before),
        after=shown(change.after),
        old=change.old,
        new=change.new,
        path=dotted(tuple(part for part in change.path if isinstance(part, str))),
        because=because_clause(change.resource, change.plan),
    )
