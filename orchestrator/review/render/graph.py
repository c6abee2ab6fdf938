"""What changes among what: the nodes and edges of the picture, few enough to be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from orchestrator.review.model import Action, Resource, Review, Severity
from orchestrator.review.render import words

MOST = 60
"""Nodes that a picture can hold and still be read."""
AROUND = 24
"""Nodes up to which unchanged neighbours are drawn as well."""
NEIGHBOURS = 8
"""Of more of them, only those that stand between changed ones are."""

Edges = frozenset[tuple[str, str]]
"""From what is referred to, to what refers to it: the way in which a change spreads."""


@dataclass(frozen=True, slots=True)
class Node:
    """One block of the configuration, or a group of them. `changes` counts its instances by sign; an unchanged one has
    none. `address` is that of the first instance, for a link to it."""

    key: str
    box: str
    kind: str
    name: str
    changes: tuple[tuple[str, int], ...] = ()
    severity: Severity | None = None
    address: str = ""

    @property
    def total(self) -> int:
        """How many instances change."""
        return sum(count for _, count in self.changes)

    @property
    def action(self) -> str:
        """The sign of the gravest change; a space if there is none."""
        return min((sign for sign, _ in self.changes), key="-±×~+→←·".find, default=" ")


@dataclass(frozen=True)
class Graph:
    """Nodes in the plan's order, and the edges between them. `grouped` says by what they were put together."""

    nodes: tuple[Node, ...] = ()
    edges: Edges = frozenset()
    grouped: str = ""
    left_out: int = 0


@dataclass
class _Growing:
    first: Resource
    signs: Counter[str] = field(default_factory=Counter)
    severity: Severity | None = None


def without_keys(address: str) -> str:
    """An address without its instances' keys: `module.service["a"].x.y[0]` is `module.service.x.y`."""
    return re.sub(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]', "", address)


def of_review(review: Review) -> Graph:
    """The changed resources, their neighbours if there is room, and how they refer to each other."""
    return next(ways(review))


def ways(review: Review) -> Iterator[Graph]:
    """The same from the finest grouping that is small enough to the coarsest one; one at least."""
    plan = review.plan
    findings: dict[str, Severity] = {}
    for finding in review.findings:
        if not finding.excepted:
            findings[finding.address] = max(finding.severity, findings.get(finding.address, finding.severity))
    known = {without_keys(item.address): item for item in plan.resources}
    edges = {(edge.target, edge.source) for edge in plan.edges}
    for grouped, key in _WAYS:
        nodes = _nodes(plan.changed, findings, key)
        left_out = max(0, len(nodes) - MOST)
        if left_out and key is not _WAYS[-1][1]:
            continue
        nodes = dict(list(nodes.items())[:MOST])
        if not grouped and len(nodes) <= AROUND and (around := _around(nodes, edges, known)):
            yield _joined(nodes | around, edges, grouped, left_out)
        group = {address: key(item)[0] for address, item in known.items()} if grouped else {}
        yield _joined(nodes, {(group.get(a, a), group.get(b, b)) for a, b in edges}, grouped, left_out)


def _joined(nodes: dict[str, Node], edges: Iterable[tuple[str, str]], grouped: str, left_out: int) -> Graph:
    kept = {(start, end) for start, end in edges if start in nodes and end in nodes and start != end}
    return Graph(tuple(nodes.values()), reduced(kept), grouped, left_out)


Key = Callable[[Resource], tuple[str, str, str, str]]


def _alone(item: Resource) -> tuple[str, str, str, str]:
    return without_keys(item.address), without_keys(item.module), _short(item.type), item.name


def _short(kind: str) -> str:
    """A type without its provider: every node of a picture would begin with the same word."""
    return kind.partition("_")[2] or kind


def _by_type(item: Resource) -> tuple[str, str, str, str]:
    box = without_keys(item.module)
    return f"{box}|{item.type}", box, _short(item.type), ""


def _by_module(item: Resource) -> tuple[str, str, str, str]:
    box = without_keys(item.module)
    return f"{box}|", "", words.module_name(box).removeprefix("module."), "module"


def _by_top_module(item: Resource) -> tuple[str, str, str, str]:
    box = ".".join(without_keys(item.module).split(".")[:2])
    return f"{box}|", "", words.module_name(box).removeprefix("module."), "module"


_WAYS: tuple[tuple[str, Key], ...] = (
    ("", _alone),
    ("module and type", _by_type),
    ("module", _by_module),
    ("outermost module", _by_top_module),
)


def _nodes(changed: Iterable[Resource], findings: dict[str, Severity], group: Key) -> dict[str, Node]:
    growing: dict[tuple[str, str, str, str], _Growing] = {}
    for item in changed:
        node = growing.setdefault(group(item), _Growing(item))
        node.signs[words.sign(item)] += 1
        severity = findings.get(item.address)
        if severity and (node.severity is None or severity > node.severity):
            node.severity = severity
    return {
        key: Node(key, box, kind, name, tuple(sorted(it.signs.items())), it.severity, it.first.address)
        for (key, box, kind, name), it in growing.items()
    }


def _around(nodes: dict[str, Node], edges: Iterable[tuple[str, str]], known: dict[str, Resource]) -> dict[str, Node]:
    """The unchanged resources next to the changed ones, if they are few; data sources are not shown."""
    beside: dict[str, set[str]] = {}
    for start, end in edges:
        for one, other in ((start, end), (end, start)):
            if one in nodes and other not in nodes and other in known and known[other].managed:
                beside.setdefault(other, set()).add(one)
    if len(beside) > NEIGHBOURS:
        beside = {other: changed for other, changed in beside.items() if len(changed) > 1}
    if len(nodes) + len(beside) > AROUND:
        return {}
    quiet = [item for address, item in known.items() if address in beside and item.action is Action.NO_OP]
    return {_alone(item)[0]: Node(*_alone(item)) for item in quiet}


def reduced(edges: set[tuple[str, str]]) -> Edges:
    """The edges without those that a longer way says as well. Where edges go in a circle, they all stay."""
    after: dict[str, set[str]] = {}
    for start, end in edges:
        after.setdefault(start, set()).add(end)

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(after.get(start, ()))
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting.extend(after.get(one, ()))
        return seen

    reachable = {start: reach(start) for start in after}
    return frozenset(
        (start, end)
        for start, end in edges
        if start in reachable.get(end, ())
        or not any(
            end in reachable.get(between, ())
            for between in after[start]
            if start not in reachable.get(between, ()) and between not in (end, *reachable.get(end, ()))
        )
    )
