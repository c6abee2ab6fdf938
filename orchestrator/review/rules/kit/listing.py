"""Lists in sentences."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 5


def listed(items: Iterable[object], most: int = _MOST) -> str:
    """The items, separated by semicolons; of many only the first, and how many more there are."""
    texts = list(dict.fromkeys(str(item) for item in items))
    rest = len(texts) - most
    return "; ".join(texts[:most]) + (f"; and {rest} more" if rest > 0 else "")
