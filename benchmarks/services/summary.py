"""Figures from rounds: medians, spreads, ratios, and whether they reach what is aimed at."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from . import probe

WORDS_TO_EXPRESS_LEAST: Final = 5.0
WORDS_TO_RAW_LEAST: Final = 0.6
SAVE_TO_BOTOCORE_LEAST: Final = 0.95
HEALTH_P99_MOST_MS: Final = 50.0
IMAGE_MOST_MB: Final = {"website": 60, "words": 60, "save": 65}


@dataclass(frozen=True)
class Spread:
    """A median with the least and the greatest value."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of the values of all rounds."""
        return cls(statistics.median(values), min(values), max(values))

    @classmethod
    def ratio(cls, values: Sequence[float], others: Sequence[float]) -> Spread:
        """Of the ratios within each round, which share the machine's state at that time."""
        return cls.of([value / other for value, other in zip(values, others, strict=True)])


@dataclass(frozen=True)
class Target:
    """Something aimed at, and what was found."""

    what: str
    found: str
    aim: str
    reached: bool


def targets(results: dict[str, Any]) -> list[Target]:
    """All that are in the results."""
    found = []
    if words := results.get("words"):
        found += [
            _at_least("words to Express", words["service"], words["express"], WORDS_TO_EXPRESS_LEAST),
            _at_least("words to raw ASGI, constant bytes", words["service"], words["raw_bytes"], WORDS_TO_RAW_LEAST),
            _at_least("words to raw ASGI, same endpoint", words["service"], words["raw_words"], WORDS_TO_RAW_LEAST),
        ]
    if save := results.get("save"):
        rates = save["writes_per_second"]
        p99 = probe.p99(save["health_ms"])
        most = HEALTH_P99_MOST_MS
        found += [
            _at_least(
                "save to bare botocore, same settings",
                rates["service"],
                rates["botocore_tuned"],
                SAVE_TO_BOTOCORE_LEAST,
            ),
            Target("save's health p99 under load", f"{p99:.1f} ms", f"under {most:.0f} ms", p99 < most),
        ]
    if images := results.get("images"):
        found += [_image(name, images["services"][name], most) for name, most in IMAGE_MOST_MB.items()]
    return found


def _image(name: str, image: dict[str, Any], most_mb: int) -> Target:
    size_mb = image["compressed_bytes"] / 1e6
    return Target(f"{name}'s image, compressed", f"{size_mb:.1f} MB", f"at most {most_mb} MB", size_mb <= most_mb)


def _at_least(what: str, values: Sequence[float], others: Sequence[float], least: float) -> Target:
    ratio = Spread.ratio(values, others)
    return Target(what, f"{ratio.median:.2f}", f"at least {least}", ratio.median >= least)
