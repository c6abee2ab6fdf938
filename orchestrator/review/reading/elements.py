"""Which element of one list is which of another: by name where they have names, else by what they have in common."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from orchestrator.review.reading.json_text import decoded
from orchestrator.review.values import UNKNOWN, AttributePath, Sensitive

NOTHING: Final = object()
"""Stands for the element that is not there."""

# What tells elements apart, in AWS's documents and in Terraform's blocks.
_NAMES = ("name", "Name", "Sid", "sid", "key", "Key", "id", "Id", "containerPort", "rule_number", "priority")
_SEQUENCES = frozenset(("command", "entryPoint", "entry_point", "args", "arguments", "interpreter"))
_MOST_COMPARISONS = 2_500


class Pair(NamedTuple):
    """Two elements that are one, or one that has no other. `place` is its part of the path."""

    place: str | int
    old: Any
    new: Any


def is_empty(value: Any) -> bool:
    """True for null, "", [] and {}: what providers use for each other."""
    return value is None or (isinstance(value, str | list | Mapping) and not value)


def as_mapping(items: list[Any]) -> dict[str, Any] | None:
    """A list of names and values (a container's `environment`) as what it means; None if the list is none."""
    found: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, dict) or len(item) != 2:
            return None
        name = item.get("name")
        if not isinstance(name, str) or name in found:
            return None
        if "value" in item:
            found[name] = item["value"]
        elif "valueFrom" in item:
            found[name] = item["valueFrom"]
        else:
            return None
    return found


def match(before: list[Any], after: list[Any], path: AttributePath, in_json: bool) -> list[Pair] | None:
    """The elements in pairs, `after`'s order first. None for lists that are only readable as a whole (a command)."""
    if path and path[-1] in _SEQUENCES:
        return None
    if len(before) == len(after) == 1 and not (in_json and _name(before, after)):
        return [Pair(0, before[0], after[0])]
    name = _name(before, after)
    return _by_name(before, after, name, in_json) if name else _by_content(before, after)


def order_counts(before: list[Any], after: list[Any], path: AttributePath, in_json: bool) -> bool:
    """True if a list in another order is another list.

    Terraform writes sets in one order, so what it shows in another is a list. In JSON, statements and whatever is in
    them have no order for AWS, nor have elements with names.
    """
    if [_key(item) for item in before] == [_key(item) for item in after]:
        return False
    return not (in_json and ("Statement" in path or _name(before, after)))


def _name(before: list[Any], after: list[Any]) -> str:
    everything = [*before, *after]
    if not all(isinstance(item, Mapping) for item in everything):
        return ""
    for name in _NAMES:
        if all(isinstance(item.get(name), str | int) for item in everything):
            old, new = ({item[name] for item in items} for items in (before, after))
            if len(old) == len(before) and len(new) == len(after):
                return name
    return ""


def _by_name(before: list[Any], after: list[Any], name: str, in_json: bool) -> list[Pair]:
    old = {item[name]: (place, item) for place, item in enumerate(before)}
    pairs = []
    for place, item in enumerate(after):
        known = old.pop(item[name], None)
        pairs.append(Pair(item[name] if in_json else place, known[1] if known else NOTHING, item))
    pairs += [Pair(value if in_json else place, item, NOTHING) for value, (place, item) in old.items()]
    return pairs


def _by_content(before: list[Any], after: list[Any]) -> list[Pair]:
    same: defaultdict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(before):
        same[_key(item)].append(place)
    partners: dict[int, int] = {}
    for place, item in enumerate(after):
        if places := same[_key(item)]:
            partners[place] = places.pop(0)
    left = [place for places in same.values() for place in places]
    new = [place for place in range(len(after)) if place not in partners]
    partners.update(_alike(before, after, sorted(left), new))
    taken = set(partners.values())
    pairs = [
        Pair(place, before[partners[place]] if place in partners else NOTHING, item) for place, item in enumerate(after)
    ]
    return pairs + [Pair(place, item, NOTHING) for place, item in enumerate(before) if place not in taken]


def _alike(before: list[Any], after: list[Any], old: list[int], new: list[int]) -> Iterator[tuple[int, int]]:
    """Pairs of places (after, before) of elements that have at least half in common, the most alike first."""
    if len(old) == len(new) == 1:
        yield new[0], old[0]
        return
    if len(old) * len(new) > _MOST_COMPARISONS:
        yield from zip(new, old, strict=False)
        return
    scores = [(_in_common(before[one], after[other]), one, other) for one in old for other in new]
    free_old, free_new = set(old), set(new)
    for score, one, other in sorted(scores, key=lambda item: (-item[0], item[1], item[2])):
        if score >= 0.5 and one in free_old and other in free_new:
            free_old.remove(one)
            free_new.remove(other)
            yield other, one


def _in_common(one: Any, other: Any) -> float:
    if not isinstance(one, Mapping) or not isinstance(other, Mapping) or not one or not other:
        return 0.0
    same = [name for name, value in one.items() if name in other and other[name] == value]
    return len(same) / max(len(one), len(other))


def _key(value: Any) -> str:
    return json.dumps(decoded(value), sort_keys=True, default=_stand_in)


def _stand_in(value: Any) -> str:
    if value is UNKNOWN:
        return "\0unknown"
    if isinstance(value, Sensitive):
        return f"\0{hash(value)}"
    return repr(value)
