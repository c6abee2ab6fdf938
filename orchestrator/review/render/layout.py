"""Where the picture's boxes and nodes stand. The same graph always gives the same places; lengths are in pixels.

Modules stand in columns, each to the right of what it refers to; in a module its nodes do likewise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from orchestrator.review.render.graph import Graph, Node

NODE_HEIGHT = 44.0
GAP = 12.0
COLUMN_GAP = 40.0
BOX_GAP = 26.0
BOX_COLUMN_GAP = 64.0
PADDING = 14.0
HEADING = 26.0
MARGIN = 8.0
ROWS = 7  # nodes above each other in a module, then another column
WIDEST, NARROWEST = 250.0, 128.0
SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """The whole picture's size, and the place of every box and node by its key."""

    width: float
    height: float
    boxes: Mapping[str, Place]
    nodes: Mapping[str, Place]


def of_graph(graph: Graph) -> Layout:
    """Places for everything in the graph."""
    members: dict[str, list[Node]] = {}
    for node in graph.nodes:
        members.setdefault(node.box, []).append(node)
    box_of = {node.key: node.box for node in graph.nodes}
    insides = {box: _inside(nodes, graph.edges) for box, nodes in members.items()}
    between = {(box_of[a], box_of[b]) for a, b in graph.edges if box_of[a] != box_of[b]}
    columns = arranged(list(members), between)
    boxes: dict[str, Place] = {}
    x = MARGIN
    heights = [sum(insides[box][1] for box in column) + BOX_GAP * (len(column) - 1) for column in columns]
    tallest = max(heights, default=0.0)
    for column, height in zip(columns, heights, strict=True):
        y = MARGIN + (tallest - height) / 2
        widest = max(insides[box][0] for box in column)
        for box in column:
            width, tall, _ = insides[box]
            boxes[box] = Place(x + (widest - width) / 2, y, width, tall)
            y += tall + BOX_GAP
        x += widest + BOX_COLUMN_GAP
    nodes = {
        key: Place(boxes[box].x + place.x, boxes[box].y + place.y, place.width, place.height)
        for box, (_, _, places) in insides.items()
        for key, place in places.items()
    }
    return Layout(max(x - BOX_COLUMN_GAP, 0) + MARGIN, tallest + 2 * MARGIN, boxes, nodes)


def _inside(nodes: Sequence[Node], edges: Iterable[tuple[str, str]]) -> tuple[float, float, dict[str, Place]]:
    """A module's width and height, and its nodes' places in it."""
    keys = {node.key: node for node in nodes}
    own = {(a, b) for a, b in edges if a in keys and b in keys}
    columns = [
        column[first : first + ROWS] for column in arranged(list(keys), own) for first in range(0, len(column), ROWS)
    ]
    tallest = max(len(column) for column in columns) * (NODE_HEIGHT + GAP) - GAP
    places: dict[str, Place] = {}
    x = PADDING
    for column in columns:
        width = max(node_width(keys[key]) for key in column)
        y = HEADING + PADDING / 2 + (tallest - len(column) * (NODE_HEIGHT + GAP) + GAP) / 2
        for key in column:
            places[key] = Place(x, y, width, NODE_HEIGHT)
            y += NODE_HEIGHT + GAP
        x += width + COLUMN_GAP
    return x - COLUMN_GAP + PADDING, HEADING + PADDING * 1.5 + tallest, places


def node_width(node: Node) -> float:
    """Room for its two lines of text and its sign."""
    count = len(f" × {node.total}") if node.total > 1 else 0
    return min(WIDEST, max(NARROWEST, 46 + max(8.4 * (len(node.kind) + count), 7.0 * len(node.name))))


def way(start: Place, end: Place, others: Iterable[Place]) -> list[tuple[float, float]]:
    """The points of a line from the right side of a place to the left side of another: two, or four if it must go
    around places that stand between."""
    x1, y1, x2, y2 = start.x + start.width, start.y + start.height / 2, end.x, end.y + end.height / 2
    low, high = min(y1, y2) - 6, max(y1, y2) + 6
    between = [it for it in others if it.x > x1 and it.x + it.width < x2]
    if not any(it.y < high and it.y + it.height > low for it in between):
        return [(x1, y1), (x2, y2)]
    lanes = [y1, y2, *(it.y - GAP / 2 for it in between), *(it.y + it.height + GAP / 2 for it in between)]
    free = [lane for lane in lanes if not any(it.y - 4 < lane < it.y + it.height + 4 for it in between)]
    lane = min(free, key=lambda y: (abs(y - y1) + abs(y - y2), y))
    first, last = min(it.x for it in between), max(it.x + it.width for it in between)
    return [(x1, y1), (first - 6, lane), (last + 6, lane), (x2, y2)]


def arranged(keys: list[str], edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The keys in columns: each right of those from which an edge leads to it, with few crossings."""
    into: dict[str, list[str]] = {key: [] for key in keys}
    out: dict[str, list[str]] = {key: [] for key in keys}
    for start, end in sorted(edges):
        into[end].append(start)
        out[start].append(end)
    depth = _depths(keys, into)
    # What nothing leads to stands next to what it leads to.
    for key in keys:
        if not into[key] and out[key]:
            depth[key] = max(0, min(depth[end] for end in out[key]) - 1)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key in keys:
        columns[depth[key]].append(key)
    columns = [column for column in columns if column]
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        near = into if forward else out
        row = {key: float(place) for column in columns for place, key in enumerate(column)}
        for _, column in pairwise(columns if forward else columns[::-1]):
            wanted = {
                key: sum(row[other] for other in near[key]) / len(near[key]) if near[key] else row[key]
                for key in column
            }
            column.sort(key=lambda key: wanted[key])
            row.update((key, float(place)) for place, key in enumerate(column))
    return columns


def _depths(keys: list[str], into: Mapping[str, list[str]]) -> dict[str, int]:
    """The longest way to each key; an edge that closes a circle does not count."""
    depth: dict[str, int] = {}
    on_the_way: set[str] = set()

    def of(key: str) -> int:
        if key not in depth:
            on_the_way.add(key)
            depth[key] = 1 + max((of(other) for other in into[key] if other not in on_the_way), default=-1)
            on_the_way.discard(key)
        return depth[key]

    for key in keys:
        of(key)
    return depth
