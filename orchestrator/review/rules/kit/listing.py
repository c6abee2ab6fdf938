"""Lists in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.review.model import Resource
from orchestrator.review.rules.kit.attributes import at, blocks, hidden

_MOST = 5


def listed(items: Iterable[object], most: int = _MOST) -> str:
    """The items, separated by semicolons; of many only the first, and how many more there are."""
    texts = list(dict.fromkeys(str(item) for item in items))
    rest = len(texts) - most
    return "; ".join(texts[:most]) + (f"; and {rest} more" if rest > 0 else "")


def missing_items(resource: Resource, name: str, key: str) -> list[str]:
    """The keys of nested blocks that were there and are not any more; none if what will be there is not known."""
    if hidden(at(resource.after, name)):
        return []
    after = [item.get(key) for item in blocks(resource.after, name)]
    if any(hidden(value) for value in after):
        return []
    return [str(value) for item in blocks(resource.before, name) if (value := item.get(key)) not in after]
