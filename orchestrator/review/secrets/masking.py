"""Puts `UNKNOWN` and `Sensitive` where Terraform's trees beside the values say so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from orchestrator.review.values import UNKNOWN, Sensitive


def with_unknown(value: Any, tree: Any) -> Any:
    """The value with `UNKNOWN` wherever `after_unknown` says true; what is unknown may be missing in the value."""
    if tree is True:
        return UNKNOWN
    if not marks(tree):
        return value
    if isinstance(tree, dict):
        known: dict[str, Any] = value if isinstance(value, dict) else {}
        merged = dict(known)
        for name, inner in tree.items():
            if marks(inner):
                merged[name] = with_unknown(known.get(name), inner)
        return merged
    items = value if isinstance(value, list) else []
    return [with_unknown(item, inner) for item, inner in zip_longest(items, tree)]


def masked(value: Any, *trees: Any) -> Any:
    """The value with `Sensitive` wherever one of the `*_sensitive` trees says true.

    A tree may be the other side's. Where it does not fit the value, more is masked rather than less. Null stays null.
    """
    for tree in trees:
        value = _masked(value, tree)
    return value


def _masked(value: Any, tree: Any) -> Any:
    if value is None or value is UNKNOWN or isinstance(value, Sensitive) or not marks(tree):
        return value
    if tree is True:
        return Sensitive(value)
    if isinstance(tree, dict) and isinstance(value, dict):
        return {name: _masked(item, tree[name]) if name in tree else item for name, item in value.items()}
    if isinstance(tree, list) and isinstance(value, list):
        if len(tree) == len(value):
            return [_masked(item, inner) for item, inner in zip(value, tree, strict=True)]
        # Elements came or went: nothing tells which one a mark belongs to, so each mark counts for all.
        kinds = [inner for inner in tree if marks(inner)]
        return [masked(item, *kinds) for item in value]
    return Sensitive(value)


def hidden(value: Any, tree: Any) -> Iterator[Any]:
    """The values that a tree says are sensitive."""
    if value is None or not marks(tree):
        return
    if isinstance(tree, dict) and isinstance(value, dict):
        for name, inner in tree.items():
            yield from hidden(value.get(name), inner)
    elif isinstance(tree, list) and isinstance(value, list) and len(tree) == len(value):
        for item, inner in zip(value, tree, strict=True):
            yield from hidden(item, inner)
    else:
        yield value


def marks(tree: Any) -> bool:
    """True if there is a true anywhere in a tree."""
    if not tree or tree is True:
        return tree is True
    if isinstance(tree, dict):
        return any(map(marks, tree.values()))
    return isinstance(tree, list) and any(map(marks, tree))
