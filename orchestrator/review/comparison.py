"""Whether two plans do the same, and in words what they do differently."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Difference, Invocation, Output, Plan, Resource
from orchestrator.review.reading import structures
from orchestrator.review.reading.configuration import without_keys
from orchestrator.review.secrets import leaks
from orchestrator.review.secrets.labels import labels
from orchestrator.review.values import AttributePath, dotted, shown

_WORDS = {
    Action.CREATE: "created",
    Action.UPDATE: "changed",
    Action.REPLACE: "replaced",
    Action.DELETE: "destroyed",
    Action.FORGET: "forgotten",
    Action.READ: "read",
}
_LIMIT = 80
_WHOLE = 1 << 24
_ABSENT: Any = object()
_OBJECT: AttributePath = ("(the object)",)


def differences(reviewed: Plan, now: Plan) -> list[str]:
    """In words, what `now` does otherwise than `reviewed`, ordered by address. Empty if both do the same.

    Compared is what is done to objects and outputs, what is read and which actions run for it, and, where a value is
    known only after apply, what it is made of: the order of the plans, drift, and what another change merely brings
    along do not count. Hidden values are compared and stay hidden.
    """
    lines: list[str] = []
    secrets = reviewed.secrets | now.secrets
    for then_, now_ in _pairs(_by_address(reviewed), _by_address(now)):
        lines += _resource(then_, now_, secrets)
    both = _blocks(reviewed) & _blocks(now)
    for then_, now_ in _pairs(_references(reviewed, both), _references(now, both)):
        lines += _referred(then_, now_)
    for then_, now_ in _pairs(_invocations(reviewed), _invocations(now)):
        lines += _invocation(then_, now_, secrets)
    if reviewed.complete != now.complete:
        lines.append(f"the plan is now {'complete' if now.complete else 'incomplete'}, and the reviewed one was not")
    for before, after in _pairs(_by_name(reviewed), _by_name(now)):
        lines += _output(before, after, secrets)
    names = labels(reviewed) | labels(now)
    return [leaks.removed(line, secrets, names=names) for line in lines]


def _by_address(plan: Plan) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for item in _acting(plan):
        name = f"{item.address} (deposed {item.deposed})" if item.deposed else item.address
        # Addresses whose keys are hidden can look the same; none of them may get lost.
        same = sum(other == name or other.startswith(f"{name} (number ") for other in found) if name in found else 0
        found[f"{name} (number {same + 1})" if same else name] = item
    return found


def _acting(plan: Plan) -> Iterator[Resource]:
    """What something happens to; data that is read only during apply can still become anything."""
    yield from plan.changed
    yield from (item for item in plan.resources if not item.managed and item.action is Action.READ)


def _by_name(plan: Plan) -> dict[str, Output]:
    return {item.name: item for item in plan.outputs if item.action is not Action.NO_OP}


def _pairs(then_: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    for key in sorted(then_.keys() | now.keys()):
        yield then_.get(key), now.get(key)


def _blocks(plan: Plan) -> set[str]:
    made = (Action.CREATE, Action.UPDATE, Action.REPLACE)
    return {without_keys(item.address) for item in plan.changed if item.action in made}


def _references(plan: Plan, blocks: Collection[str]) -> dict[str, tuple[str, frozenset[str]]]:
    """Per block what it refers to: two values that are known after apply look the same."""
    found: dict[str, set[str]] = {}
    for edge in plan.edges:
        if edge.source in blocks:
            found.setdefault(edge.source, set()).add(edge.target)
    return {source: (source, frozenset(targets)) for source, targets in found.items()}


def _referred(reviewed: tuple[str, frozenset[str]] | None, now: tuple[str, frozenset[str]] | None) -> Iterator[str]:
    address = (reviewed or now)[0]  # type: ignore[index]  # one of the two is there
    before, after = (found[1] if found else frozenset() for found in (reviewed, now))
    for target in sorted(before ^ after):
        what = "was reviewed, and it does not now" if target in before else "was not reviewed"
        yield f"{address}: that it refers to {target} {what}"


def _invocations(plan: Plan) -> dict[str, Invocation]:
    """Per action and event, and number among the same ones."""
    found: dict[str, Invocation] = {}
    for one in plan.invocations:
        key = f"{one.address} {one.when}"
        found[f"{key} {sum(other.startswith(key) for other in found)}"] = one
    return found


def _invocation(reviewed: Invocation | None, now: Invocation | None, secrets: frozenset[str]) -> Iterator[str]:
    one = now or reviewed
    assert one is not None
    what = f"{one.address}: to be run{f' {one.when}' if one.when else ''}"
    if reviewed is None or now is None:
        yield f"{what}{' was reviewed, and is not done now' if now is None else ', and that was not reviewed'}"
        return
    then_, later = (dict(_given(item)) for item in (reviewed, now))
    yield from _values(what, then_, later, secrets)


def _given(one: Invocation) -> Iterator[tuple[AttributePath, tuple[Any, Any]]]:
    for path, value in _leaves(one.values, ("values",)):
        yield path, (_ABSENT, value)


def _resource(reviewed: Resource | None, now: Resource | None, secrets: frozenset[str]) -> Iterator[str]:
    if reviewed is None or now is None:
        one = reviewed or now
        assert one is not None
        what = " was reviewed, and is not done now" if now is None else ", and that was not reviewed"
        yield f"{one.address}: to be {_done(one)}{what}"
        return
    address = now.address
    if _what(reviewed) != _what(now):
        then_, later = _done(reviewed), _done(now)
        yield f"{address}: to be {then_} was reviewed, now to be {later if later != then_ else f'{later}, of another'}"
        return
    if now.action is Action.REPLACE and reviewed.create_before_destroy != now.create_before_destroy:
        first = "made before the old one goes" if now.create_before_destroy else "destroyed before the new one is made"
        yield f"{address}: its replacement is now {first}, which was not reviewed"
    yield from _values(address, _changes(reviewed), _changes(now), secrets)


def _what(item: Resource) -> tuple[object, ...]:
    """What happens to a resource, whole: words may be cut."""
    return item.action, item.moved_from, item.import_id, item.provider, _lets_go(item)


def _lets_go(item: Resource) -> bool:
    """True if an object is made and the one that was there is only forgotten."""
    return item.action is Action.CREATE and item.before is not None


def _done(item: Resource) -> str:
    words = [_WORDS[item.action]] if item.action in _WORDS else []
    if _lets_go(item):
        words.append("its old object forgotten")
    if item.moved_from:
        words.append(f"moved from {item.moved_from}")
    if item.import_id:
        words.append(f"imported from {shown(item.import_id, _LIMIT)}")
    return " and ".join(words) or "left alone"


def _changes(item: Resource) -> dict[AttributePath, tuple[Any, Any]]:
    """Per path the value before and after, `_ABSENT` where there is none."""
    if item.action in (Action.CREATE, Action.READ):
        return {path: (_ABSENT, value) for path, value in _leaves(item.after or {}, ())}
    if item.action in (Action.DELETE, Action.FORGET):
        # Which object goes. The rest of it goes along, whatever it has become meanwhile.
        before = item.before or {}
        return {(name,): (before[name], _ABSENT) for name in ("id", "arn") if before.get(name) is not None}
    changes = {change.path: _both(change) for change in item.differences if not change.noise}
    old = (item.before or {}).get("id")
    # Which object it is done to; an ARN may have a revision in it, which moves on with every deploy.
    return changes if old is None or ("id",) in changes else {_OBJECT: (old, old), **changes}


def _both(change: Difference) -> tuple[Any, Any]:
    return (_ABSENT if change.added else change.before, _ABSENT if change.removed else change.after)


def _leaves(value: Any, path: AttributePath) -> Iterator[tuple[AttributePath, Any]]:
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
    reviewed: Mapping[AttributePath, tuple[Any, Any]],
    now: Mapping[AttributePath, tuple[Any, Any]],
    secrets: frozenset[str],
) -> Iterator[str]:
    # The order is that of the plans: paths mix texts and numbers, which do not sort.
    for path in dict.fromkeys([*reviewed, *now]):
        then_, later = reviewed.get(path), now.get(path)
        if _same(then_, later):
            continue
        name = dotted(path)
        if then_ is None and later is not None:
            yield f"{address}: {name} {_arrow(later, secrets)} was not reviewed"
        elif later is None and then_ is not None:
            yield f"{address}: {name} {_arrow(then_, secrets)} was reviewed, and is not done now"
        elif then_ is not None and later is not None:
            old, new = _arrow(then_, secrets), _arrow(later, secrets)
            yield f"{address}: {name} {old} was reviewed, now {new if new != old else 'it is another value'}"


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same kind: to Python 1 is True, to what reads a JSON document it is not."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    return bool(one == other)


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


def _value(output: Output | None) -> dict[AttributePath, tuple[Any, Any]]:
    return {} if output is None else {("value",): (output.before, output.after)}
