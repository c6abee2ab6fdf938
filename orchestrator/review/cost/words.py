"""What all renderings say of the cost alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from orchestrator.review.cost.result import Cost
from orchestrator.review.render.text import visible

NOT_IN_IT = "data transfer, requests, storage, discounts and taxes"
LINES = 30


def dollars(amount: Decimal) -> str:
    """`+$36.04`, `-$1,204.50`."""
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{'-' if cents < 0 else '+' if cents else ''}${abs(cents):,}"


def headline(cost: Cost) -> str:
    """`Cost: about +$36.04 per month; of 2 resources it is not known.`"""
    if not cost.lines:
        return "Cost: not known."
    amount = f"about {dollars(cost.monthly)}" if round(cost.monthly, 2) else "about the same"
    count = len(cost.unpriced)
    unknown = f"; of {count:,} {'resource' if count == 1 else 'resources'} it is not known" if count else ""
    return f"Cost: {amount} per month{unknown}."


def basis(cost: Cost) -> str:
    """Whose prices these are and what is not in them; empty if there are none."""
    if not cost.lines:
        return ""
    said = (
        f"{' and '.join(cost.regions)} list prices (table of {cost.compiled}), on demand, for 730 hours, of what "
        f"has a price here. Without {NOT_IN_IT}."
    )
    return visible(f"{said} On top of that come {_list(cost.notes)}." if cost.notes else said)


def unknown(cost: Cost) -> list[tuple[str, Sequence[str]]]:
    """Why a cost is not known, and of which resources."""
    reasons: dict[str, list[str]] = {}
    for item in cost.unpriced:
        reasons.setdefault(item.reason, []).append(item.address)
    return list(reasons.items())


def lines(cost: Cost) -> Iterator[tuple[str, str, str]]:
    """Amount, address and what is paid for, the largest first."""
    for line in cost.lines[:LINES]:
        yield dollars(line.monthly), line.address, line.what


def left_out(cost: Cost) -> str:
    """How many lines are not shown; empty if all are."""
    rest = cost.lines[LINES:]
    more = "resource" if len(rest) == 1 else "resources"
    return f"{len(rest):,} more {more}: {dollars(sum((it.monthly for it in rest), Decimal(0)))}" if rest else ""


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
