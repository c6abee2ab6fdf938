"""Following logs while clocks are late, early or set back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.cli.verbs.inspect import logs

HOUR = 3_600_000


def test_the_next_look_asks_from_a_little_before_the_newest_line() -> None:
    assert logs.following(0, [HOUR, HOUR + 1000], HOUR + 2000) == HOUR + 1000 - 5000


def test_where_nothing_was_written_it_asks_for_the_same_again() -> None:
    assert logs.following(HOUR, [], 2 * HOUR) == HOUR


def test_lines_written_after_the_clock_was_set_back_are_seen() -> None:
    since = logs.following(0, [10 * HOUR], 10 * HOUR)
    set_back = 9 * HOUR
    assert logs.following(since, [], set_back) <= set_back


@given(st.integers(0, 10 * HOUR), st.lists(st.integers(0, 10 * HOUR)), st.integers(0, 10 * HOUR))
def test_a_line_that_is_written_now_is_always_asked_for(since: int, seen: list[int], now: int) -> None:
    assert logs.following(since, seen, now) <= now
