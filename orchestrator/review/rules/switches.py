"""Settings that protect: what they are called, when they protect, and what it means if they stop to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Action, Finding, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden, switch
from orchestrator.review.values import AttributePath, dotted

NOT_JUDGEABLE = "not-judgeable"


def is_on(value: Any) -> bool:
    """The usual judgement: a yes or no that is yes."""
    return switch(value) is True


def is_set(value: Any) -> bool:
    """For settings that protect by being there: a key's ARN, a block."""
    return value not in (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Switch:
    """One attribute that protects as long as `protects` says so of its value.

    `says` is what it means when it stops to, `advice` what to do. `severity` is for an object that was protected,
    `born` for a new one that is not (None: not worth a word, or the default is safe).
    """

    path: str
    says: str
    advice: str
    severity: Severity = Severity.HIGH
    protects: Callable[[Any], bool] = is_on
    born: Severity | None = None
    born_says: str = ""


def switched_off(rule: str, resource: Resource, switches: Iterable[Switch], noun: str = "it") -> Iterator[Finding]:
    """Findings for every switch that is turned off, becomes unknown, or is off in a new object."""
    for one in switches:
        before, after = at(resource.before, one.path), at(resource.after, one.path)
        if resource.action is Action.CREATE and resource.before is None:
            if one.born is not None and not hidden(after) and not one.protects(after):
                path = attribute_path(resource, one.path)
                yield Finding(
                    rule, one.born, resource.address, one.born_says or one.says, one.advice, path, None, after
                )
        elif resource.action in (Action.UPDATE, Action.REPLACE):
            if before == after or hidden(before) or not one.protects(before):
                continue
            path = attribute_path(resource, one.path)
            if not hidden(after):
                if not one.protects(after):
                    yield Finding(rule, one.severity, resource.address, one.says, one.advice, path, before, after)
            # In a replacement everything that AWS fills in becomes unknown: that tells nothing.
            elif resource.action is Action.UPDATE:
                # What only has to be there, as a key's ARN, is there once it is known.
                severity = Severity.LOW if one.protects is is_set else Severity.MEDIUM
                yield from not_judgeable(resource, path, before, after, one.says, severity)


def not_judgeable(
    resource: Resource, path: AttributePath, before: Any, after: Any, says: str, severity: Severity = Severity.MEDIUM
) -> Iterator[Finding]:
    """For a protection that exists, and of which cannot be told whether it stays."""
    if len(path) == 1 and resource.configured is not None and path[0] not in resource.configured:
        # The configuration does not set it: AWS does, and another change makes the provider ask again. Of nested
        # blocks Terraform does not tell those that `dynamic` makes.
        return
    if says[1:2].islower():
        says = says[0].lower() + says[1:]
    yield Finding(
        NOT_JUDGEABLE,
        severity,
        resource.address,
        f"{dotted(path)} protects today, and what it will be cannot be read from the plan. If it is weakened: {says}",
        "Look at what the configuration sets it to.",
        path,
        before,
        after,
    )
