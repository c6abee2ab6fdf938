"""Whether anything is known of a type of resource: to create and change it, and to destroy it."""

from __future__ import annotations

from enum import Enum
from functools import cache

from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.tables import harmless_changes
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.discovery import every_rule


class Standing(Enum):
    """How a change is dealt with."""

    JUDGED = "judged"
    """Rules or tables know the type, and have looked at it."""
    HARMLESS = "harmless"
    """Nothing is opened, lost or weakened by it, whatever its values are."""
    UNKNOWN = "unknown"
    """Nobody can tell from what is known here."""


@cache
def named() -> frozenset[str]:
    """The types that a rule names: of those it knows what matters in them."""
    rows = (name for rule in every_rule() for row in rule.watches for name in row.type_names)
    return frozenset((*rows, *(name for rule in every_rule() for name in rule.types)))


def created(type_: str) -> Standing:
    """What is known of a new resource of this type."""
    if type_ in named():
        return Standing.JUDGED
    return Standing.HARMLESS if type_ in harmless_changes.CREATED else Standing.UNKNOWN


def updated(type_: str) -> Standing:
    """What is known of a change of a resource of this type in place."""
    if type_ in named():
        return Standing.JUDGED
    return Standing.HARMLESS if type_ in harmless_changes.UPDATED else Standing.UNKNOWN


def destroyed(type_: str) -> Standing:
    """What is known of the destruction of a resource of this type. What only its name says does not count."""
    holder = holders.holder_of(type_)
    if holder is None or (holder.guessed and holder.kind is not Kind.HARMLESS):
        return Standing.UNKNOWN
    if type_ in named():
        return Standing.JUDGED
    if holder.guessed and type_ not in harmless_changes.DESTROYED:
        return Standing.UNKNOWN
    return Standing.HARMLESS if holder.kind is Kind.HARMLESS else Standing.JUDGED


def both(one: Standing, other: Standing) -> Standing:
    """What is known of a replacement: no more than of its two halves."""
    if Standing.UNKNOWN in (one, other):
        return Standing.UNKNOWN
    return Standing.JUDGED if Standing.JUDGED in (one, other) else Standing.HARMLESS
