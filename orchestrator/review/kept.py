"""What a reviewed plan replaces for Terraform's mark alone, and a later one keeps because the mark is gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from orchestrator.review.model import Action, Output, Plan, Resource
from orchestrator.review.reading import structures
from orchestrator.review.values import UNKNOWN

TAINTED = "replace_because_tainted"
# What is done to a thing at most, in order: nothing, a change of it, another one in its place.
_LESS = {Action.NO_OP: 0, Action.UPDATE: 1, Action.REPLACE: 2}
_ABSENT: Any = object()
_NOT_SET: tuple[Any, ...] = (None, "", 0, [], {}, _ABSENT)


def tainted(plan: Plan) -> Iterator[Resource]:
    """What the plan replaces for its mark."""
    return (item for item in plan.resources if item.action is Action.REPLACE and item.action_reason == TAINTED)


def is_only_marked(item: Resource) -> bool:
    """True if it is replaced for its mark, and nothing else would replace it."""
    return item.action is Action.REPLACE and item.action_reason == TAINTED and not item.replace_paths


def settled(reviewed: Plan, now: Plan, kept: Collection[str]) -> tuple[Plan, Plan]:
    """Both plans without what keeping does: the `kept` themselves, and what was known only after their replacement.

    Left in, and so told as a difference, is everything else: a kept object that is another one or gets another value
    than was reviewed, and every value that was known then and is another now.
    """
    if not kept or not all(_is_kept(reviewed, now, address) for address in kept):
        return reviewed, now
    later = {item.address: item for item in now.resources if not item.deposed}
    resources, gone = [], set(kept)
    for item in reviewed.resources:
        found = later.get(item.address)
        if item.deposed or item.address in gone:
            resources += [item] if item.deposed else []
        elif _is_less(item, found):
            gone.add(item.address)
        else:
            resources.append(_filled(item, found) if found is not None else item)
    outputs = {item.name: item for item in now.outputs}
    same, dropped = [], set()
    for output in reviewed.outputs:
        other = outputs.get(output.name)
        if _is_settled(output, other):
            dropped.add(output.name)
        else:
            same.append(output)
    return (
        replace(reviewed, resources=tuple(resources), outputs=tuple(same)),
        replace(
            now,
            resources=tuple(item for item in now.resources if item.deposed or item.address not in gone),
            outputs=tuple(item for item in now.outputs if item.name not in dropped),
        ),
    )


def _is_kept(reviewed: Plan, now: Plan, address: str) -> bool:
    """True if it was to be replaced for its mark alone, and is the same object with the values that were reviewed."""
    then_, later = _at(reviewed, address), _at(now, address)
    if then_ is None or not is_only_marked(then_):
        return False
    if later is None or later.action not in (Action.NO_OP, Action.UPDATE) or later.moved_from or later.import_id:
        return False
    same = (then_.before or {}).get("id") == (later.before or {}).get("id")
    return same and fits(then_.after, later.after, later.before)


def _at(plan: Plan, address: str) -> Resource | None:
    return next((item for item in plan.resources if item.address == address and not item.deposed), None)


def _is_less(then_: Resource, later: Resource | None) -> bool:
    """True if less is done now, for a value that was not known has turned out to be the one that is there."""
    if not then_.managed:
        # Data that were to be read after the replacement are read by now.
        return then_.action is Action.READ and later is None
    if then_.action not in _LESS or later is None or later.action not in _LESS:
        return False
    less = _LESS[later.action] < _LESS[then_.action]
    moved = then_.moved_from != later.moved_from or then_.import_id != later.import_id
    return less and not moved and _has_unknown(then_.after) and fits(then_.after, later.after, later.before)


def _filled(then_: Resource, later: Resource) -> Resource:
    """The reviewed resource with the values that are known by now, if the others are the reviewed ones."""
    if then_.action is not later.action or not _has_unknown(then_.after):
        return then_
    if not fits(then_.after, later.after, later.before):
        return then_
    return replace(then_, after=later.after, differences=later.differences)


def _is_settled(then_: Output, later: Output | None) -> bool:
    if not _has_unknown(then_.after):
        return False
    return later is None or fits(then_.after, later.after)


def fits(reviewed: Any, now: Any, there: Any = _ABSENT) -> bool:
    """True if a value is the reviewed one, wherever that was known. What is in a JSON string counts by its parts.

    Where the configuration sets nothing, the reviewed plan of a new object has null, and what is `there` has what
    AWS made of that: as long as it is not changed, that is the same.
    """
    if reviewed is UNKNOWN:
        return True
    if reviewed is None:
        return now in _NOT_SET or (there is not _ABSENT and _is_same(now, there))
    one, other, old = (structures.decoded(value) for value in (reviewed, now, there))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        before = old if isinstance(old, Mapping) else {}
        names = one.keys() | other.keys()
        return all(fits(one.get(name), other.get(name), before.get(name, _ABSENT)) for name in names)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        olds = old if isinstance(old, list | tuple) and len(old) == len(other) else [_ABSENT] * len(other)
        return len(one) == len(other) and all(map(fits, one, other, olds))
    return _is_same(one, other)


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_has_unknown(item) for item in value)
    return value is UNKNOWN
