"""What is to be said of a plan's cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CostLine:
    """What changes for one resource, in dollars per month. `what` names what is paid for, before and after."""

    address: str
    what: str
    monthly: Decimal


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A resource whose change costs something that is not known, and why."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cost:
    """How much more (or less, below zero) the priced part of a plan costs per month.

    `regions` are those whose prices were used. `lines` have the largest amount first. `notes` say what comes on top of
    a price in `lines`. `compiled` is the day of the table of prices.
    """

    monthly: Decimal
    regions: tuple[str, ...]
    compiled: str
    lines: tuple[CostLine, ...]
    unpriced: tuple[Unpriced, ...] = ()
    notes: tuple[str, ...] = ()
