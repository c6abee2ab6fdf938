"""Secrets that nobody marked: a finding says that they are there, and the report does not spread them further."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from orchestrator.review import sensitive_texts
from orchestrator.review.model import Difference, Finding, Plan, Resource
from orchestrator.review.rules.secret_places import plain
from orchestrator.review.rules.secret_shapes import Kind
from orchestrator.review.scrub import Scrubber


def hidden(plan: Plan, findings: Iterable[Finding]) -> tuple[Plan, tuple[Finding, ...]]:
    """The plan and its findings without what looks like a secret in the open; the plan itself if there is none."""
    everything = (*plan.changed, *plan.drift)
    names = {word for item in everything for word in (item.type, item.name)}
    secrets = sensitive_texts.worth_searching({text for item in everything for text in _texts(item)}, names)
    if not secrets:
        return plan, tuple(findings)
    scrubber = Scrubber(secrets)
    clean = replace(
        plan,
        resources=tuple(_resource(item, scrubber) for item in plan.resources),
        drift=tuple(_resource(item, scrubber) for item in plan.drift),
        outputs=tuple(
            replace(item, before=scrubber.value(item.before), after=scrubber.value(item.after)) for item in plan.outputs
        ),
        checks=tuple(replace(item, messages=tuple(map(scrubber.text, item.messages))) for item in plan.checks),
        secrets=plan.secrets | secrets,
    )
    return clean, tuple(_finding(item, scrubber) for item in findings)


def _texts(item: Resource) -> Iterator[str]:
    """The secrets in whatever of a resource may be shown: the attributes that change, or all of the only side."""
    changed = {one.path[0] for one in item.differences}
    for values in (item.before, item.after):
        if values and changed:
            values = {name: value for name, value in values.items() if name in changed}
        yield from (found.text for found in plain(item.type, values) if found.text and found.kind is Kind.SECRET)


def _resource(item: Resource, scrubber: Scrubber) -> Resource:
    before, after = scrubber.value(item.before), scrubber.value(item.after)
    if before is item.before and after is item.after:
        return item
    return replace(
        item, before=before, after=after, differences=tuple(_difference(one, scrubber) for one in item.differences)
    )


def _difference(item: Difference, scrubber: Scrubber) -> Difference:
    return replace(
        item,
        path=tuple(map(scrubber.value, item.path)),
        before=scrubber.value(item.before),
        after=scrubber.value(item.after),
    )


def _finding(item: Finding, scrubber: Scrubber) -> Finding:
    return replace(
        item,
        reason=scrubber.text(item.reason),
        advice=scrubber.text(item.advice),
        path=tuple(map(scrubber.value, item.path)),
        before=scrubber.value(item.before),
        after=scrubber.value(item.after),
    )
