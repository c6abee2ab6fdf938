"""Sizes of machines, by the names of their classes."""

from __future__ import annotations

from orchestrator.review.rules.kit.comparisons import Comparison

_SIZES = ("nano", "micro", "small", "medium", "large", "xlarge")


def smaller(before: str, after: str) -> bool:
    """True if a class of machine (`db.m6g.2xlarge`) is certainly smaller than another; families are not compared."""
    old, new = _rank(before), _rank(after)
    return old is not None and new is not None and new < old


def _rank(name: str) -> float | None:
    for part in name.split("."):
        if part in _SIZES:
            return float(_SIZES.index(part))
        times = part.removesuffix("xlarge")
        if part.endswith("xlarge") and times.isdigit():
            return len(_SIZES) - 2 + float(times)
    return None


def _class(value: object) -> str | None:
    return value if isinstance(value, str) and _rank(value) is not None else None


smaller_class = Comparison("becomes a smaller class", ("db.m6g.2xlarge", "db.m6g.large"), _class, smaller)
