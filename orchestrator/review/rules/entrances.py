"""Rules as tables: attributes that let somebody in, and the values that do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.values import AttributePath, Sensitive

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entrance:
    """A way in. `opened` gives the path and value that open it, None if it is shut.

    `born` and `turned` are the severities of a new resource and of one that was shut before; None says nothing.
    """

    opened: Callable[[Values], tuple[AttributePath, Any] | None]
    born: Severity | None
    turned: Severity
    reason: str
    advice: str


def is_set(path: tuple[str, ...], *wanted: Any) -> Callable[[Values], tuple[AttributePath, Any] | None]:
    """Open if the attribute (blocks on the way are lists) has one of these values."""

    def opened(values: Values) -> tuple[AttributePath, Any] | None:
        return next(
            ((at, value) for at, value in found(values, path, ()) if any(value == want for want in wanted)), None
        )

    return opened


def found(values: Any, path: tuple[str, ...], at: AttributePath = ()) -> Iterator[tuple[AttributePath, Any]]:
    """The values at the end of a way through blocks, each with its path."""
    if isinstance(values, list | tuple):
        for index, item in enumerate(values):
            yield from found(item, path, (*at, index))
    elif not path:
        yield at, values
    elif isinstance(values, Mapping):
        yield from found(values.get(path[0]), path[1:], (*at, path[0]))


def entrances(rule: str, ways: Mapping[str, tuple[Entrance, ...]]) -> Callable[[Resource, Plan], Iterator[Finding]]:
    """A rule's function for a table of ways in: those that are open now and were not."""

    def looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
        if resource.after is None:
            return
        for way in ways[resource.type]:
            now = way.opened(resource.after)
            if now is None or isinstance(now[1], Sensitive) or (resource.before and way.opened(resource.before)):
                continue
            severity = way.born if resource.before is None else way.turned
            if severity is not None:
                before = next((value for _, value in found(resource.before, _names(now[0]), ())), None)
                yield Finding(rule, severity, resource.address, way.reason, way.advice, now[0], before, now[1])

    return looks


def _names(path: AttributePath) -> tuple[str, ...]:
    return tuple(part for part in path if isinstance(part, str))
