"""How many tasks: Copilot's `count`, a number or how it is scaled, as `count`, `scaling` and `capacity`.

An environment's `count` is read together with the manifest's own: Copilot merges what scales, field by field, and a
service here has either a number or limits between which it is scaled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.importing.item import Context, Item, Sets, odd
from orchestrator.importing.tree import Place, Value

_METRICS = {"cpu_percentage": "cpu", "memory_percentage": "memory", "requests": "requests"}
_RANGE = re.compile(r"([0-9]{1,5})\s*-\s*([0-9]{1,5})")
_COOLDOWN = "cooldowns are the same for all services (terraform/modules/ecs_service)"
_RESPONSE_TIME = "tasks are not scaled by their response time: use `requests` or `cpu`; `alarms.latency` watches it"
_SPOT = "FARGATE_SPOT"
_SPREAD = "an environment has a number of tasks instead, so each of the others has the limits"
_NO_METRIC = "nothing that tasks can be scaled by here is named: the number of tasks stays at its minimum"


@dataclass(frozen=True)
class _Leaf:
    """One key: what it says of the number or of `scaling`, or why it says nothing."""

    place: Place
    number: int | None = None
    scaling: Mapping[str, int] | None = None
    spot_after: int | None = None
    into: str = ""
    needs: Place = ()
    why: str = ""
    instead: str = ""
    odd: Item | None = None


def count(context: Context, base: Value | None, overrides: Mapping[str, Value]) -> Iterator[Item]:
    """Items for the manifest's own `count` and those of environments."""
    own = list(_read(context, ("count",), base)) if base is not None else []
    each = {name: list(_read(context, ("environments", name, "count"), value)) for name, value in overrides.items()}
    each = {name: _measured(leaves, _scaling(own)) for name, leaves in each.items()}
    own = _measured(own, {})
    scaled = _scaling(own)
    # A number cannot replace limits that are there for all: then they stand in the environments that have them.
    spread = bool(scaled) and any(_number(leaves) is not None for leaves in each.values())
    targets = [name for name in context.application.environments if spread and name not in each]
    for leaf in own:
        sets = _sets(leaf, ())
        if spread and leaf.scaling:
            sets = tuple((("environments", name, "scaling", key), count) for name in targets for key, count in
                         leaf.scaling.items())  # fmt: skip
            sets += ((("count",), leaf.scaling["min"]),) if "min" in leaf.scaling else ()
            leaf = replace(leaf, why=_joined(leaf.why, _SPREAD))
        yield _item(context, leaf, sets)
    for name, leaves in each.items():
        found = _scaling(leaves)
        inherited = {key: value for key, value in scaled.items() if key not in found} if found else {}
        for leaf in leaves:
            sets = _sets(leaf, ("environments", name))
            if leaf.scaling:
                sets += tuple((("environments", name, "scaling", key), value) for key, value in inherited.items())
                inherited = {}
            yield _item(replace(context, environment=name), leaf, sets)


def _scaling(leaves: list[_Leaf]) -> dict[str, int]:
    return {key: value for leaf in leaves for key, value in (leaf.scaling or {}).items()}


def _measured(leaves: list[_Leaf], inherited: Mapping[str, int]) -> list[_Leaf]:
    """Limits need something to scale by, and messages per task need a task."""
    found = {**inherited, **_scaling(leaves)}
    if found.keys() <= {"min", "max"}:
        return [
            replace(leaf, scaling=None, number=leaf.scaling.get("min"), why=_NO_METRIC, instead=_NO_METRIC)
            if leaf.scaling
            else leaf
            for leaf in leaves
        ]
    if "backlog" in found and found.get("min") == 0:
        why = "at least one task, for the messages are divided by the tasks"
        return [
            replace(leaf, scaling={**leaf.scaling, "min": 1}, why=why)
            if leaf.scaling and "min" in leaf.scaling
            else leaf
            for leaf in leaves
        ]
    return leaves


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _number(leaves: list[_Leaf]) -> int | None:
    return next((leaf.number for leaf in leaves if leaf.number is not None), None)


def _sets(leaf: _Leaf, above: Place) -> Sets:
    sets: list[tuple[Place, Any]] = []
    if leaf.number is not None:
        sets.append(((*above, "count"), leaf.number))
    sets += [((*above, "scaling", key), value) for key, value in (leaf.scaling or {}).items()]
    if leaf.spot_after is not None:
        sets.append(((*above, "capacity"), {"fargate_spot": {"base": leaf.spot_after}}))
    return tuple(sets)


def _item(context: Context, leaf: _Leaf, sets: Sets) -> Item:
    if leaf.odd is not None:
        return leaf.odd
    instead = leaf.instead
    if leaf.spot_after is not None:
        instead = f'set capacity_provider = "{_SPOT}" in the environment\'s tfvars'
    elif leaf.scaling and not context.has("scaling"):
        # What service.yaml cannot say yet: as many tasks as Copilot starts with.
        instead = "the number of tasks stays at its minimum"
        sets = ((context.target("count"), leaf.scaling["min"]),) if "min" in leaf.scaling else ()
        return Item(leaf.place, sets, why=instead if sets else "", instead=instead)
    return Item(leaf.place, sets, into=leaf.into, needs=leaf.needs, why=leaf.why, instead=instead)


def _read(context: Context, place: Place, value: Value) -> Iterator[_Leaf]:
    number = value.as_number()
    if number is not None:
        yield _Leaf(place, number=number)
        return
    if value.kind == "nothing":
        yield _Leaf(place, into="nothing: it is empty")
        return
    if not value.is_mapping:
        instead = "App Runner's own scaling has no counterpart: write `count` or `scaling`"
        is_app_runner = context.type == "Request-Driven Web Service"
        yield (
            _Leaf(place, instead=instead)
            if is_app_runner
            else _Leaf(place, odd=odd(place, value, "a number or a mapping"))
        )
        return
    for name, below in value.pairs:
        here = (*place, name)
        if name == "range":
            yield from _range(here, below)
        elif name == "spot":
            yield _whole(here, below, lambda leaf, number: replace(leaf, number=number, spot_after=0))
        elif name in _METRICS:
            yield from _metric(here, below, _METRICS[name])
        elif name == "cooldown":
            yield _Leaf(here, instead=_COOLDOWN)
        elif name == "response_time":
            yield _Leaf(here, instead=_RESPONSE_TIME)
        elif name == "queue_delay":
            yield from _queue_delay(here, below)


def _whole(place: Place, value: Value, then: Any) -> _Leaf:
    number = value.as_number()
    if number is None:
        return _Leaf(place, odd=odd(place, value, "a whole number"))
    leaf: _Leaf = then(_Leaf(place), number)
    return leaf


def _range(place: Place, value: Value) -> Iterator[_Leaf]:
    found = _RANGE.fullmatch((value.as_text() or "").strip())
    if found:
        yield _Leaf(place, scaling={"min": int(found[1]), "max": int(found[2])})
    elif not value.is_mapping:
        yield _Leaf(place, odd=odd(place, value, "MIN-MAX or a mapping"))
    for name, below in value.pairs:
        here = (*place, name)
        if name in ("min", "max"):
            yield _whole(here, below, lambda leaf, number, name=name: replace(leaf, scaling={name: number}))
        elif name == "spot_from":
            yield _whole(here, below, lambda leaf, number: replace(leaf, spot_after=max(number - 1, 0)))


def _metric(place: Place, value: Value, key: str) -> Iterator[_Leaf]:
    if not value.is_mapping:
        yield _whole(place, value, lambda leaf, number: replace(leaf, scaling={key: number}))
    for name, below in value.pairs:
        if name == "value":
            yield _whole((*place, name), below, lambda leaf, number: replace(leaf, scaling={key: number}))
        elif name == "cooldown":
            yield _Leaf((*place, name), instead=_COOLDOWN)


def _queue_delay(place: Place, value: Value) -> Iterator[_Leaf]:
    """Copilot keeps to as many messages per task as it works off in the time that is acceptable."""
    latency, each = (value.get(name) for name in ("acceptable_latency", "msg_processing_time"))
    seconds = [item.as_seconds() if item is not None else None for item in (latency, each)]
    backlog = int(seconds[0] / seconds[1]) if seconds[0] and seconds[1] else 0
    if not value.is_mapping or not backlog:
        yield _Leaf(place, odd=odd(place, value, "a mapping with acceptable_latency and msg_processing_time"))
        return
    for name, _ in value.pairs:
        here = (*place, name)
        if name == "acceptable_latency":
            why = "the two times make a number of messages that may wait per task"
            yield _Leaf(here, scaling={"backlog": backlog}, why=why)
        elif name == "msg_processing_time":
            yield _Leaf(here, into="scaling.backlog", needs=("scaling", "backlog"))
        elif name == "cooldown":
            yield _Leaf(here, instead=_COOLDOWN)
