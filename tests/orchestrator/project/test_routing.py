"""Places of paths among a load balancer's rules: one each, longer ones first, and nobody moves."""

from __future__ import annotations

from itertools import islice, pairwise
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.project.routing import listener_priority, places, priorities
from tests.orchestrator.project.manifests import sharing

# Few letters and lengths: many share a place. The last have little room.
PATHS = st.one_of(
    st.text("ab", min_size=1, max_size=6).map("/{}".format),
    st.text("ab/", min_size=1, max_size=4).map(lambda end: "/" + "x" * 120 + end),
).filter(lambda path: "//" not in path and not path.endswith("/"))
ROOM = len(places("/" + "x" * 120))
SOME = st.sets(PATHS, max_size=ROOM)


def test_a_path_alone_has_the_same_place_whatever_others_there_are() -> None:
    alone = priorities(["/api/words"], {})
    assert priorities(["/", "/api", "/api/words", "/api/story"], {}).items() >= alone.items()
    assert "/" not in priorities(["/"], {})


@pytest.mark.parametrize("new_is_first", [True, False])
def test_what_is_deployed_keeps_its_place_when_another_path_wants_it(new_is_first: bool) -> None:
    words, other = "/api/words", next(sharing("/api/words"))
    assert other < words
    old, new = (words, other) if new_is_first else (other, words)
    standing = priorities([old], {})
    now = priorities([old, new], standing)
    assert now[old] == standing[old]
    assert now[new] == listener_priority(new) + 1


def test_a_new_path_waits_for_no_rule_that_goes() -> None:
    """Both are changed at the same time: the place is still taken when the new rule is made."""
    one, two, three = "/api/words", *islice(sharing("/api/words"), 2)
    first = priorities([one, two], priorities([one], {}))
    second = priorities([one, three], first)
    assert second[one] == first[one]
    assert second[three] not in first.values()
    # And nobody moves into the place that has become free since.
    assert priorities([one, three], second) == second


@given(SOME, SOME)
def test_each_has_a_place_of_its_own_and_longer_ones_come_first(before: set[str], after: set[str]) -> None:
    standing = priorities(before, {})
    found = priorities(after, standing)
    assert found.keys() == after
    assert len(set(found.values())) == len(found)
    assert all(1000 <= number < 48_000 for number in found.values())
    assert all(found[path] == standing[path] for path in before & after)
    by_length = sorted(found, key=lambda path: found[path])
    assert [len(path) for path in by_length] == sorted((len(path) for path in found), reverse=True)


def test_a_place_of_another_length_is_not_kept() -> None:
    """Such as an earlier version of this program gave."""
    assert priorities(["/api"], {"/api": 1000}) == {"/api": listener_priority("/api")}


def test_where_all_are_taken_one_that_goes_makes_room() -> None:
    long = "/" + "x" * 120
    full = priorities([f"{long}{letter}" for letter in ascii_lowercase[:ROOM]], {})
    assert len(set(full.values())) == ROOM
    assert priorities([f"{long}z"], full)[f"{long}z"] in full.values()


def test_no_two_lengths_share_a_place() -> None:
    rooms = [places("/" + "x" * length) for length in range(1, 126)]
    assert all(after.stop <= before.start for before, after in pairwise(rooms))
    assert (rooms[0].stop, rooms[-1].start) == (48_000, 1000)
