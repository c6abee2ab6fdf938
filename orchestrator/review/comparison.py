"""Whether two plans do the same, and in words what they do differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review import structures
from orchestrator.review.model import Action, Difference, Output, Plan, Resource
from orchestrator.review.render import leaks
from orchestrator.review.values import Path, dotted, shown

_WORDS = {
    Action.CREATE: "created",
    Action.UPDATE: "changed",
    Action.REPLACE: "replaced",
    Action.DELETE: "destroyed",
    Action.FORGET: "forgotten",
}
_LIMIT = 80
_WHOLE = 1 << 24
_ABSENT: Any = object()


def differences(reviewed: Plan, now: Plan) -> list[str]:
    """In words, what `now` does otherwise than `reviewed`, ordered by address. Empty if both do the same.

    Compared is what is done to objects and outputs: the order of the plans, drift, and what another change merely
    brings along do not count. Hidden values are compared and stay hidden.
    """
    told: list[str] = []
    secrets = reviewed.secrets | now.secrets
    for then_, now_ in _pairs(_by_address(reviewed), _by_address(now)):
        told += _resource(then_, now_, secrets)
    for before, after in _pairs(_by_name(reviewed), _by_name(now)):
        told += _output(before, after, secrets)
    return [leaks.removed(line, secrets) for line in told]


def _by_address(plan: Plan) -> dict[str, Resource]:
    return {f"{item.address} (deposed {item.deposed})" if item.deposed else item.address: item for item in plan.changed}


def _by_name(plan: Plan) -> dict[str, Output]:
    return {item.name: item for item in plan.outputs if item.action is not Action.NO_OP}


def _pairs(then_: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    for key in sorted(then_.keys() | now.keys()):
        yield then_.get(key), now.get(key)


def _resource(reviewed: Resource | None, now: Resource | None, secrets: frozenset[str]) -> Iterator[str]:
    if reviewed is None or now is None:
        one = reviewed or now
        assert one is not None
        what = " was reviewed, and is not done now" if now is None else ", and that was not reviewed"
        yield f"{one.address}: to be {_done(one)}{what}"
        return
    address = now.address
    if _done(reviewed) != _done(now):
        yield f"{address}: to be {_done(reviewed)} was reviewed, now to be {_done(now)}"
        return
    if now.action is Action.REPLACE and reviewed.create_before_destroy != now.create_before_destroy:
        first = "made before the old one goes" if now.create_before_destroy else "destroyed before the new one is made"
        yield f"{address}: its replacement is now {first}, which was not reviewed"
    yield from _values(address, _changes(reviewed), _changes(now), secrets)


def _done(item: Resource) -> str:
    """What happens to a resource: two that read the same are the same kind of thing."""
    words = [_WORDS[item.action]] if item.action in _WORDS else []
    if item.moved_from:
        words.append(f"moved from {item.moved_from}")
    if item.import_id:
        words.append(f"imported from {shown(item.import_id, _LIMIT)}")
    return " and ".join(words) or "left alone"


def _changes(item: Resource) -> dict[Path, tuple[Any, Any]]:
    """Per path the value before and after, `_ABSENT` where there is none."""
    if item.action is Action.CREATE:
        return {path: (_ABSENT, value) for path, value in _leaves(item.after or {}, ())}
    if item.action in (Action.DELETE, Action.FORGET):
        # Which object goes. The rest of it goes along, whatever it has become meanwhile.
        before = item.before or {}
        return {(name,): (before[name], _ABSENT) for name in ("id", "arn") if before.get(name) is not None}
    return {change.path: _both(change) for change in item.differences if not change.noise}


def _both(change: Difference) -> tuple[Any, Any]:
    return (_ABSENT if change.added else change.before, _ABSENT if change.removed else change.after)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The single values in a value; an empty list or object is one of them, JSON strings are looked into."""
    value = structures.decoded(value)
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    elif path:
        yield path, value


def _values(
    address: str,
    reviewed: Mapping[Path, tuple[Any, Any]],
    now: Mapping[Path, tuple[Any, Any]],
    secrets: frozenset[str],
) -> Iterator[str]:
    # The order is that of the plans: paths mix texts and numbers, which do not sort.
    for path in dict.fromkeys([*reviewed, *now]):
        then_, later = reviewed.get(path), now.get(path)
        if then_ == later:
            continue
        name = dotted(path)
        if then_ is None and later is not None:
            yield f"{address}: {name} {_arrow(later, secrets)} was not reviewed"
        elif later is None and then_ is not None:
            yield f"{address}: {name} {_arrow(then_, secrets)} was reviewed, and is not done now"
        elif then_ is not None and later is not None:
            old, new = _arrow(then_, secrets), _arrow(later, secrets)
            yield f"{address}: {name} {old} was reviewed, now {new if new != old else 'it is another value'}"


def _arrow(values: tuple[Any, Any], secrets: frozenset[str]) -> str:
    before, after = (None if value is _ABSENT else _short(value, secrets) for value in values)
    if before is None:
        return f"= {after}"
    return f"{before} removed" if after is None else f"{before} -> {after}"


def _short(value: Any, secrets: frozenset[str]) -> str:
    """A value in one line, cut only after what is secret in it is gone: half a secret would not be found."""
    return shown(leaks.removed(shown(value, _WHOLE), secrets), _LIMIT)


def _output(reviewed: Output | None, now: Output | None, secrets: frozenset[str]) -> Iterator[str]:
    name = (reviewed or now).name  # type: ignore[union-attr]  # one of the two is there
    for line in _values(f"output {name}", _value(reviewed), _value(now), secrets):
        yield line.replace(": value ", ": ", 1)


def _value(output: Output | None) -> dict[Path, tuple[Any, Any]]:
    return {} if output is None else {("value",): (output.before, output.after)}
