"""How far back logs begin, and following them while clocks are late, early or set back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.running import log_since

HOUR = 3_600_000
OVERLAP = 5000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10", 600), ("10m", 600), ("90s", 90), ("2h", 7200), ("3d", 259_200), ("0", 0), (" 5m ", 300)],
)
def test_a_time_is_seconds_minutes_hours_or_days(text: str, seconds: int) -> None:
    assert log_since.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "-5", "10w", "1h30m", "1.5h", "10 m", "m", "٣m", "9" * 10])
def test_what_is_no_time_is_refused_with_the_form_that_is_one(text: str) -> None:
    with pytest.raises(ValueError, match="write 90s, 10m, 2h or 3d"):
        log_since.seconds(text)


def test_nothing_is_asked_for_from_before_1970() -> None:
    assert log_since.milliseconds(999_999_999 * 86400, HOUR) == 0
    assert log_since.milliseconds(3600, 2 * HOUR) == HOUR


def test_the_next_look_asks_from_a_little_before_the_newest_line() -> None:
    assert log_since.following(0, [HOUR, HOUR + 1000], HOUR + 2000, OVERLAP) == HOUR + 1000 - OVERLAP


def test_where_nothing_was_written_it_asks_for_the_same_again() -> None:
    assert log_since.following(HOUR, [], 2 * HOUR, OVERLAP) == HOUR


def test_lines_written_after_the_clock_was_set_back_are_seen() -> None:
    since = log_since.following(0, [10 * HOUR], 10 * HOUR, OVERLAP)
    set_back = 9 * HOUR
    assert log_since.following(since, [], set_back, OVERLAP) <= set_back


@given(st.integers(0, 10 * HOUR), st.lists(st.integers(0, 10 * HOUR)), st.integers(0, 10 * HOUR))
def test_a_line_that_is_written_now_is_always_asked_for(since: int, seen: list[int], now: int) -> None:
    assert log_since.following(since, seen, now, OVERLAP) <= now
