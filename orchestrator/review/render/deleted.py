"""The headline's lines about what was deleted outside of Terraform, for all renderings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.review.model import Deleted, Review
from orchestrator.review.render.words import number

ADDRESSES = 6


@dataclass(frozen=True, slots=True)
class Line:
    """`Deleted outside of Terraform, what it held is gone:`, the addresses that are shown, how many more there are.

    `lost` marks the line that a reviewer must not overlook.
    """

    says: str
    addresses: tuple[str, ...]
    more: str
    lost: bool


def lines(review: Review) -> list[Line]:
    """What is lost, what is merely made again, what nobody asks for any more. Nothing where nothing was deleted."""
    lost = [item for item in review.deleted if item.lost]
    again = [item for item in review.deleted if item.made_again and not item.lost]
    other = [item for item in review.deleted if not item.made_again and not item.lost]
    held = "what it held is gone" if len(lost) == 1 else "what they held is gone"
    return [
        line
        for line in (
            _line(held, lost, lost=True),
            _line("made again by this plan", again),
            _line("not made again by this plan", other),
        )
        if line.addresses
    ]


def _line(what: str, items: Sequence[Deleted], *, lost: bool = False) -> Line:
    shown = tuple(item.address for item in items[:ADDRESSES])
    left = len(items) - len(shown)
    count = f" ({number(len(items), 'resource')})" if len(items) > 1 else ""
    return Line(f"Deleted outside of Terraform, {what}{count}:", shown, f"and {left:,} more" if left > 0 else "", lost)
