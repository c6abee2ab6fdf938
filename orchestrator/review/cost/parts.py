"""What one side of a resource consists of, as far as it is paid for by the hour or month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from orchestrator.review.model import Plan, Resource
from orchestrator.review.reading.configuration import without_keys
from orchestrator.review.values import UNKNOWN, Sensitive

_MOST = 10**9


@dataclass(frozen=True, slots=True)
class Part:
    """So many of something that has a price: `name` in the table, `what` for people, `extra` what comes on top."""

    name: str
    quantity: Decimal
    what: str
    extra: str = ""


class NotKnown(Exception):
    """How many, or of what kind, is not in the plan. The text says why."""


class ByUse(NotKnown):
    """It is paid for by its use alone."""


class Neighbours:
    """The plan's other resources, found by what a resource's block refers to."""

    def __init__(self, plan: Plan) -> None:
        self._targets: dict[str, set[str]] = {}
        self._by_type: dict[str, list[Resource]] = {}
        for edge in plan.edges:
            self._targets.setdefault(edge.source, set()).add(edge.target)
        for item in plan.resources:
            if not item.deposed:
                self._by_type.setdefault(item.type, []).append(item)

    def of_type(self, *types: str) -> list[Resource]:
        """All of these types."""
        return [item for kind in types for item in self._by_type.get(kind, ())]

    def referred(self, item: Resource, *types: str) -> list[Resource]:
        """Those that a resource refers to; of several instances of a block the one beside it, if that is just one."""
        targets = self._targets.get(without_keys(item.address), set())
        found = [other for other in self.of_type(*types) if without_keys(other.address) in targets]
        beside = [other for other in found if other.module == item.module]
        same = [other for other in beside if other.index == item.index]
        return next((few for few in (same, beside, found) if len(few) == 1), found)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a resource: its values before or after."""

    resource: Resource
    values: Mapping[str, Any]
    neighbours: Neighbours
    is_after: bool

    def of(self, other: Resource) -> Mapping[str, Any]:
        """The same side of another resource: what stays is the same on both, and what is new has no other one."""
        return (other.after if self.is_after else other.before) or other.after or other.before or {}

    def get(self, name: str) -> Any:
        """An attribute; raises `NotKnown` if it is hidden or known only after apply."""
        return seen(self.values.get(name), name)

    def number(self, name: str, default: int | None = None) -> Decimal:
        """An attribute that is a number."""
        value = self.get(name)
        if value is None and default is not None:
            return Decimal(default)
        return number(value, name)

    def block(self, name: str) -> Mapping[str, Any]:
        """A block of which there is one at most; empty if there is none."""
        value = self.get(name)
        first = value[0] if isinstance(value, list) and value else {}
        return first if isinstance(first, Mapping) else {}


Parts = Callable[[Side], Iterable[Part]]


def seen(value: Any, name: str) -> Any:
    """The value; raises `NotKnown` if it may not be seen."""
    if value is UNKNOWN:
        raise NotKnown(f"`{name}` is known only after apply")
    if isinstance(value, Sensitive):
        raise NotKnown(f"`{name}` is sensitive")
    return value


def number(value: Any, name: str) -> Decimal:
    """A value as a number; raises `NotKnown` if it is none."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise NotKnown(f"`{name}` is no number") from None
    if isinstance(value, bool) or not found.is_finite() or not 0 <= found <= _MOST:
        raise NotKnown(f"`{name}` is no number of things")
    whole = found.to_integral_value()
    return whole if whole == found else found.normalize()


def count(side: Side, name: str) -> Decimal:
    """How many elements a list has; raises `NotKnown` for what is known only after apply."""
    value = side.get(name)
    return Decimal(len(value) if isinstance(value, list) else 0)


def one(name: str, what: str) -> Parts:
    """For a type of which each object costs the same."""

    def parts(side: Side) -> Iterator[Part]:
        yield Part(name, Decimal(1), what)

    return parts
