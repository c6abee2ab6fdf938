"""JSON in strings: how a plan holds container definitions, policies and whatever else AWS wants as a document."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import msgspec

DEPTH = 100
"""No value that describes infrastructure has more levels; what has is left a string, or refused."""

BEGINS = frozenset("{[ \t\r\n")
"""A text that begins otherwise is no JSON with a structure."""
_NESTED = frozenset((dict, list))


UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What msgspec raises for JSON that it cannot read."""


def loads(data: str | bytes | msgspec.Raw) -> Any:
    """What `json.loads` gives, and its errors, in half the time."""
    try:
        return msgspec.json.decode(data)
    except UNREADABLE:
        # Python takes more: NaN, halves of pairs of characters, numbers of any size.
        return json.loads(data if isinstance(data, str) else bytes(data))


def decoded(value: Any) -> Any:
    """A JSON string's structure; the value itself if it is none. Shared between callers: not to be changed."""
    return _decoded(value) if isinstance(value, str) and value[:1] in BEGINS else value


# Rules ask for the same string one after the other, so few need to be kept.
@lru_cache(maxsize=512)
def _decoded(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        structure = loads(text)
    except (ValueError, RecursionError):
        return text
    brackets = text.count("{") + text.count("[")
    return text if brackets > DEPTH and too_deep(structure) else structure


def too_deep(value: Any) -> bool:
    """True if a value has more than `DEPTH` levels of objects and lists."""
    here = [value] if type(value) in _NESTED else []
    for _ in range(DEPTH + 1):
        if not here:
            return False
        here = [
            inner
            for item in here
            for inner in (item.values() if type(item) is dict else item)
            if type(inner) in _NESTED
        ]
    return True
