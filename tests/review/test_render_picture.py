"""The picture of what changes among what: each node has its own place, and the same plan gives the same picture."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review.model import Action, Edge, Plan, Resource, Review, Severity, Verdict
from orchestrator.review.render import graph, layout, picture
from orchestrator.review.render.graph import Graph, Node, reduced
from tests.review import samples
from tests.review.samples import resource

NAMES = st.sampled_from([f"node{number}" for number in range(12)])
EDGES = st.sets(st.tuples(NAMES, NAMES).filter(lambda edge: edge[0] != edge[1]), max_size=30)


def review_of(*resources: Resource, edges: Iterable[Edge] = ()) -> Review:
    """A review that is nothing but a plan."""
    counts = samples.nothing().counts
    return Review(plan=Plan(resources=resources, edges=tuple(edges)), verdict=Verdict.SAFE, because="", counts=counts)


def reach(edges: Iterable[tuple[str, str]], start: str) -> set[str]:
    """Where the edges lead to from here."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        one = waiting.pop()
        new = {end for begin, end in edges if begin == one} - seen
        seen |= new
        waiting += new
    return seen


def test_instances_of_one_block_are_one_node() -> None:
    drawn = graph.of_review(samples.deploy())
    task = next(node for node in drawn.nodes if node.kind == "ecs_task_definition")
    assert (task.box, task.name, task.total, task.action) == ("module.service", "this", 2, "±")
    assert task.address == 'module.service["words"].aws_ecs_task_definition.this'


def test_keys_are_taken_out_of_addresses_whatever_is_in_them() -> None:
    assert graph.without_keys('module.a["x]\\"[.y"].aws_b.c[0]') == "module.a.aws_b.c"


def test_unchanged_neighbours_are_drawn_if_there_is_room() -> None:
    drawn = graph.of_review(samples.deploy())
    quiet = {node.key for node in drawn.nodes if not node.changes}
    assert "module.ecs_cluster.aws_ecs_cluster.this" in quiet
    assert "module.dynamodb.aws_dynamodb_table.this" not in quiet, "two steps away"


def test_of_many_neighbours_only_those_between_changes_are_drawn() -> None:
    middle = [resource(f"aws_m.n{number}", Action.NO_OP) for number in range(graph.NEIGHBOURS + 1)]
    edges = [Edge("aws_a.x", item.address) for item in middle] + [Edge("aws_b.x", middle[0].address)]
    changed = (resource("aws_a.x", Action.UPDATE), resource("aws_b.x", Action.UPDATE))
    drawn = graph.of_review(review_of(*changed, *middle, edges=edges))
    assert {node.key for node in drawn.nodes} == {"aws_a.x", "aws_b.x", "aws_m.n0"}


def test_a_finding_marks_its_node_unless_it_is_excepted() -> None:
    drawn = graph.of_review(samples.dangerous())
    assert {node.kind: node.severity for node in drawn.nodes if node.changes} == {
        "dynamodb_table": Severity.CRITICAL,
        "s3_bucket": Severity.CRITICAL,
        "security_group": Severity.CRITICAL,
        "iam_role_policy": Severity.HIGH,
        "lb": Severity.HIGH,
        "ecs_service": Severity.HIGH,
        "ssm_parameter": None,
    }


@pytest.mark.parametrize(
    ("modules", "types", "names", "grouped", "nodes"),
    [
        (5, 3, 4, "", 60),
        (5, 3, 5, "module and type", 15),
        (20, 4, 1, "module", 20),
    ],
)
def test_a_large_plan_is_grouped_until_it_can_be_read(
    modules: int, types: int, names: int, grouped: str, nodes: int
) -> None:
    drawn = graph.of_review(
        review_of(
            *(
                resource(f"module.m{module}.aws_t{kind}.n{name}", Action.CREATE)
                for module in range(modules)
                for kind in range(types)
                for name in range(names)
            )
        )
    )
    assert (drawn.grouped, len(drawn.nodes)) == (grouped, nodes)
    assert sum(node.total for node in drawn.nodes) == modules * types * names


def test_what_no_grouping_makes_small_is_cut_and_said_to_be() -> None:
    drawn = graph.of_review(review_of(*(resource(f"module.m{n}.aws_t.x", Action.CREATE) for n in range(100))))
    assert len(drawn.nodes) == graph.MOST
    assert drawn.left_out == 100 - graph.MOST


@settings(deadline=None)
@given(EDGES)
def test_leaving_out_an_edge_that_a_longer_way_says_loses_no_way(edges: set[tuple[str, str]]) -> None:
    kept = reduced(edges)
    assert kept <= edges
    for name in {end for edge in edges for end in edge}:
        assert reach(kept, name) == reach(edges, name)


@settings(max_examples=200, deadline=None)
@given(EDGES, st.lists(st.tuples(NAMES, st.sampled_from(["", "a", "b", "c"])), min_size=1, unique_by=lambda it: it[0]))
def test_nodes_and_boxes_never_overlap_and_stay_inside(
    edges: set[tuple[str, str]], members: list[tuple[str, str]]
) -> None:
    nodes = tuple(Node(name, box, "type", name, (("+", 1),)) for name, box in members)
    known = {name for name, _ in members}
    drawn = Graph(nodes, frozenset(edge for edge in edges if set(edge) <= known))
    places = layout.of_graph(drawn)
    assert places == layout.of_graph(drawn)
    for rectangles in (places.nodes.values(), places.boxes.values()):
        for a, b in combinations(rectangles, 2):
            beside = a.x + a.width <= b.x or b.x + b.width <= a.x
            assert beside or a.y + a.height <= b.y or b.y + b.height <= a.y
    for node in nodes:
        place, box = places.nodes[node.key], places.boxes[node.box]
        assert box.x <= place.x and place.x + place.width <= box.x + box.width
        assert box.y <= place.y and place.y + place.height <= box.y + box.height
    assert all(it.x >= 0 and it.x + it.width <= places.width for it in places.boxes.values())
    assert all(it.y >= 0 and it.y + it.height <= places.height for it in places.boxes.values())


def test_what_refers_to_something_stands_to_its_right() -> None:
    drawn = graph.of_review(samples.dangerous())
    places = layout.of_graph(drawn).nodes
    assert drawn.edges
    assert all(places[start].x + places[start].width < places[end].x for start, end in drawn.edges)


def test_a_line_goes_around_what_stands_in_its_way() -> None:
    start, end = layout.Place(0, 0, 10, 44), layout.Place(200, 0, 10, 44)
    between = layout.Place(90, 0, 20, 44)
    assert len(layout.way(start, end, [start, end])) == 2
    points = layout.way(start, end, [start, end, between])
    assert len(points) == 4
    assert all(not 0 <= y <= 44 for _, y in points[1:3])


def test_circles_in_the_configuration_are_drawn_too() -> None:
    edges = [Edge("aws_a.x", "aws_b.x"), Edge("aws_b.x", "aws_a.x")]
    review = review_of(resource("aws_a.x", Action.CREATE), resource("aws_b.x", Action.CREATE), edges=edges)
    assert "".join(picture.of_review(review)).count('class="edge"') == 2


def test_one_change_alone_has_no_picture() -> None:
    assert list(picture.of_review(review_of(resource("aws_a.x", Action.CREATE)))) == []
    assert list(picture.of_review(samples.nothing())) == []


def test_a_reader_who_does_not_see_it_is_told_what_is_in_it() -> None:
    drawn = "".join(picture.of_review(samples.dangerous()))
    assert 'aria-labelledby="picture-title picture-text"' in drawn
    assert "dynamodb_table this is replaced" in drawn
    assert "s3_bucket archive is destroyed" in drawn


def test_a_picture_does_not_depend_on_the_order_of_the_edges() -> None:
    review = samples.first()
    turned = replace(review, plan=replace(review.plan, edges=review.plan.edges[::-1]))
    assert list(picture.of_review(turned)) == list(picture.of_review(review))


def test_nothing_is_drawn_where_no_change_refers_to_another() -> None:
    apart = review_of(resource("aws_a.x", Action.CREATE), resource("aws_b.x", Action.CREATE))
    assert list(picture.of_review(apart)) == []
    edges = [Edge("aws_a.x", "aws_vpc.x"), Edge("aws_b.x", "aws_vpc.x")]
    quiet = resource("aws_vpc.x", Action.NO_OP)
    by_another = review_of(resource("aws_a.x", Action.CREATE), resource("aws_b.x", Action.CREATE), quiet, edges=edges)
    assert list(picture.of_review(by_another)) == []


def test_a_picture_is_never_wider_than_its_letters_can_be_read() -> None:
    count = 40
    made = [resource(f"module.m{number}.aws_a.x", Action.CREATE) for number in range(count)]
    chain = [Edge(f"module.m{n + 1}.aws_a.x", f"module.m{n}.aws_a.x") for n in range(count - 1)]
    assert list(picture.of_review(review_of(*made, edges=chain))) == []
    few = review_of(*made[:4], edges=chain[:3])
    (svg,) = (line for line in picture.of_review(few) if line.startswith("<svg"))
    width, whole = re.search(r'width="(\d+)"', svg), re.search(r'viewBox="0 0 (\d+)', svg)
    assert width and whole and int(width[1]) <= picture.WIDTH
    assert int(width[1]) / int(whole[1]) >= picture.SMALLEST


def test_every_edge_has_the_head_of_an_arrow() -> None:
    drawn = "".join(picture.of_review(samples.dangerous()))
    assert drawn.count('class="edge tip"') + drawn.count('class="edge quiet tip"') == drawn.count("<path") / 2
    assert "→ leads to what refers to a resource" in drawn
