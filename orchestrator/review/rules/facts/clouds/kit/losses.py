"""Several things that one object demands or keeps, and one finding for all of them that it no longer does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden, number
from orchestrator.review.rules.kit.comparisons import Comparison, is_on, is_set, no_longer, not_true
from orchestrator.review.rules.kit.rows import CHANGED, Judged

fewer = Comparison(
    "is lowered",
    (2, 1),
    lambda value: 0.0 if value is None else number(value),
    lambda old, new: bool(new < old),
    lambda old: old != 0,
)
"""A number that is lowered; none is 0."""

off = no_longer(is_on)
gone = no_longer(is_set)
turned_on = no_longer(not_true)


@dataclass(frozen=True, slots=True)
class Loss:
    """An attribute, the change that is for the worse, what that means, and how bad it is."""

    path: str
    worse: Comparison
    says: str
    severity: Severity = Severity.MEDIUM


def losses(types: str, advice: str, *kept: Loss) -> Judged:
    """A row that says in one finding, as bad as the worst, what objects of these types lose."""

    def judge(resource: Resource, plan: Plan) -> Iterator[Finding]:
        found = [one for one in kept if _is_lost(one, resource)] if resource.action in CHANGED else []
        if found:
            worst = max(found, key=lambda one: one.severity)
            yield Finding(
                "",
                worst.severity,
                resource.address,
                " ".join(dict.fromkeys(one.says for one in found)),
                advice,
                attribute_path(resource, worst.path),
                at(resource.before, worst.path),
                at(resource.after, worst.path),
            )

    return Judged(types, " ".join(one.path for one in kept), judge)


def _is_lost(one: Loss, resource: Resource) -> bool:
    before, after = at(resource.before, one.path), at(resource.after, one.path)
    if before == after or hidden(before) or hidden(after):
        return False
    old, new = one.worse.read(before), one.worse.read(after)
    return old is not None and new is not None and one.worse.matters(old) and one.worse.worse(old, new)
