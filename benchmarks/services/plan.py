"""How much is measured: rounds, seconds, connections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Every round measures all candidates once, in turn, so that a slower minute is slower for all of them."""

    rounds: int
    warm_seconds: int
    """Load before the measurement, for just-in-time compilers and pools."""
    words_seconds: int
    save_seconds: int
    starts: int
    """Cold starts of each service."""
    words_connections: int = 32
    save_connections: int = 64
    threads: int = 16
    """Of the botocore rival; the save service has as many."""


FULL = Plan(rounds=5, warm_seconds=2, words_seconds=4, save_seconds=8, starts=15)
QUICK = Plan(rounds=2, warm_seconds=1, words_seconds=1, save_seconds=2, starts=2)
