"""Settings that protect: what they are called, when they protect, and what it means if they stop to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import holders
from orchestrator.review.rules.attributes import at, hidden, switch
from orchestrator.review.rules.once import once
from orchestrator.review.rules.tables.holder import Kind
from orchestrator.review.values import Path, dotted

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
    resource: Resource, path: Path, before: Any, after: Any, says: str, severity: Severity = Severity.MEDIUM
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


def attribute_path(resource: Resource, written: str) -> Path:
    """The real path of an attribute that is written with dots, with the index of nested blocks."""
    path: list[str | int] = []
    values = [resource.before, resource.after]
    for part in written.split("."):
        if any(isinstance(value, list | tuple) for value in values):
            path.append(0)
            values = [value[0] if isinstance(value, list | tuple) and value else None for value in values]
        path.append(part)
        values = [value.get(part) if isinstance(value, Mapping) else None for value in values]
    return tuple(path)


@once
def _gone(plan: Plan) -> frozenset[str]:
    """The ids, names and ARNs of all that the plan destroys for good, but for what only configures something else."""
    found: set[str] = set()
    for item in plan.resources:
        if not item.managed or item.action is not Action.DELETE or not item.before:
            continue
        holder = holders.of(item.type)
        if holder is None or holder.kind is not Kind.HARMLESS:
            values = (item.before.get(key) for key in ("id", "arn", "name", "bucket", "identifier"))
            found.update(_key(item.type, value) for value in values if isinstance(value, str) and value)
    return frozenset(found)


def goes_too(resource: Resource, plan: Plan, subject: str) -> bool:
    """True if what this resource belongs to (named by its attribute `subject`) is destroyed by the same plan."""
    value = at(resource.before, subject)
    return isinstance(value, str) and _key(resource.type, value) in _gone(plan)


def _key(type_: str, value: str) -> str:
    """A bucket and a repository may have the same name, hence with `aws_s3` of `aws_s3_bucket_versioning`."""
    return value if value.startswith("arn:") else f"{'_'.join(type_.split('_')[:2])}:{value}"
