"""The picture of what changes among what, as SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from orchestrator.review.model import Review, Severity
from orchestrator.review.render import graph, layout, text
from orchestrator.review.render.graph import Graph, Node
from orchestrator.review.render.layout import Layout, Place
from orchestrator.review.render.rows import target

WIDTH = 1040  # pixels that the page has on a large screen
SMALLEST = 0.72  # of the letters' size: what is wider is grouped, or left out
KINDS = {"+": "create", "~": "update", "±": "replace", "-": "delete", "×": "forget"}
NAMES = {
    "+": "added",
    "~": "changed",
    "±": "replaced",
    "-": "destroyed",
    "×": "forgotten",
    "→": "moved",
    "←": "imported",
}


def of_review(review: Review) -> Iterator[str]:
    """A figure, whole on a screen; nothing if it would show no more than the list does, or cannot be read."""
    drawn, places = _readable(review)
    if drawn is None or places is None:
        return
    scale = min(1.0, WIDTH / max(places.width, 1))
    yield '<figure><div class="picture" role="region" aria-label="What changes among what" tabindex="0">'
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{places.width * scale:.0f}" '
        f'height="{places.height * scale:.0f}" '
        f'viewBox="0 0 {places.width:.0f} {places.height:.0f}" role="group" '
        'aria-labelledby="picture-title picture-text">'
    )
    yield '<title id="picture-title">What changes among what</title>'
    yield f'<desc id="picture-text">{escape(_description(drawn))}</desc>'
    for box, place in places.boxes.items():
        if box:
            yield _box(box, place)
    yield from _edges(drawn, places)
    for node in drawn.nodes:
        yield _node(node, places.nodes[node.key])
    yield "</svg></div>"
    yield f"<figcaption>{_legend(drawn)}</figcaption></figure>"


def _readable(review: Review) -> tuple[Graph | None, Layout | None]:
    """The finest grouping in which something that changes refers to something that does, and that fits on a screen."""
    for drawn in graph.ways(review):
        changed = {node.key for node in drawn.nodes if node.changes}
        if drawn.left_out or not any(start in changed and end in changed for start, end in drawn.edges):
            continue
        places = layout.of_graph(drawn)
        if places.width * SMALLEST <= WIDTH:
            return drawn, places
    return None, None


def _description(drawn: Graph) -> str:
    changed = [node for node in drawn.nodes if node.changes]
    first = "; ".join(f"{_name(node)} is {NAMES.get(node.action, 'changed')}" for node in changed[:20])
    more = f"; and {len(changed) - 20} more" if len(changed) > 20 else ""
    return f"{first}{more}."


def _name(node: Node) -> str:
    return text.cut(text.visible(f"{node.kind} {node.name}".strip()), 80)


def _legend(drawn: Graph) -> str:
    signs = {sign for node in drawn.nodes for sign, _ in node.changes}
    said = [
        f'<span class="{KINDS.get(sign, "update")}"><b class="sign">{sign}</b>{name}</span>'
        for sign, name in NAMES.items()
        if sign in signs
    ]
    if any(not node.changes for node in drawn.nodes):
        said.append('<span class="unchanged">dashed: unchanged</span>')
    if drawn.edges:
        said.append("<span>→ leads to what refers to a resource</span>")
    if drawn.grouped:
        said.append(f"<span>grouped by {drawn.grouped}</span>")
    return " ".join(said)


def _box(box: str, place: Place) -> str:
    name = escape(_fitting(text.visible(box), place.width - 20, 6.6))
    label = f'<text x="{place.x + 12:.1f}" y="{place.y + 18:.1f}">{name}</text>'
    return f'<g class="box"><rect {_rectangle(place)} rx="8"/>{label}</g>'


def _rectangle(place: Place) -> str:
    return f'x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{place.height:.1f}"'


def _node(node: Node, place: Place) -> str:
    grave = " grave" if node.severity and node.severity > Severity.MEDIUM else ""
    kind = KINDS.get(node.action, "update") + grave
    room = place.width - 40
    count = f" × {node.total}" if node.total > 1 else ""
    title = escape(_fitting(text.visible(node.kind), room, 8.4, len(count)) + count)
    x, middle = place.x, place.y + place.height / 2
    shape = f'<rect {_rectangle(place)} rx="5"/>'
    sign = f'<text class="mark" x="{x + 17:.1f}" y="{middle + 6:.1f}">{node.action}</text>' if node.changes else ""
    baseline = middle - 2 if node.name else middle + 5
    lines = f'<text class="kind" x="{x + 32:.1f}" y="{baseline:.1f}">{title}</text>'
    if node.name:
        name = escape(_fitting(text.visible(node.name), room, 7.0))
        lines += f'<text class="name" x="{x + 32:.1f}" y="{middle + 14:.1f}">{name}</text>'
    flag = _flag(node.severity, x + place.width, place.y) if node.severity else ""
    summary = ", ".join(f"{number} {NAMES.get(sign, '')}" for sign, number in node.changes) or "unchanged"
    whole = f"<title>{escape(_name(node))}: {escape(summary)}</title>{shape}{sign}{lines}{flag}"
    if not node.changes:
        return f'<g class="node unchanged">{whole}</g>'
    return f'<a class="node {kind}" href="#{target(node.address)}">{whole}</a>'


def _flag(severity: Severity, x: float, y: float) -> str:
    if severity is Severity.LOW:
        return ""
    return (
        f'<g class="flag {severity}"><circle cx="{x - 4:.1f}" cy="{y + 4:.1f}" r="9"/>'
        f'<text x="{x - 4:.1f}" y="{y + 8.5:.1f}">!</text></g>'
    )


def _edges(drawn: Graph, places: Layout) -> Iterator[str]:
    changed = {node.key for node in drawn.nodes if node.changes}
    for start, end in sorted(drawn.edges):
        kind = "edge" if start in changed and end in changed else "edge quiet"
        points = layout.way(places.nodes[start], places.nodes[end], places.nodes.values())
        yield f'<path class="{kind}" d="{_curve(points)}"/><path class="{kind} tip" d="{_tip(*points[-1])}"/>'


def _tip(x: float, y: float) -> str:
    """The head of an arrow that arrives level."""
    return f"M{x - 7:.1f} {y - 4:.1f}L{x:.1f} {y:.1f}L{x - 7:.1f} {y + 4:.1f}z"


def _curve(points: list[tuple[float, float]]) -> str:
    """A line that leaves and arrives level."""
    drawn = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        bend = min(90.0, (x2 - x1) / 2) if x2 > x1 else 60.0
        drawn += f"C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return drawn


def _fitting(content: str, room: float, each: float, taken: int = 0) -> str:
    return text.cut(content, max(9, int(room / each) - taken))
