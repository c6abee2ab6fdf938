"""Where things are on a timeline."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.picture import scale


@pytest.mark.parametrize(
    ("whole", "marks"),
    [(0.0, [0]), (0.4, [0]), (2.6, [0, 1, 2]), (30.0, [0, 5, 10, 15, 20, 25]), (63.0, [0, 15, 30, 45]), (1e5, None)],
)
def test_the_marks_are_few_and_round(whole: float, marks: list[int] | None) -> None:
    found = scale.ticks(whole)
    assert len(found) <= scale.MARKS + 1
    assert marks is None or found == marks


def test_marks_are_labelled_all_in_seconds_or_all_in_minutes() -> None:
    assert scale.labels([0, 30, 60, 90]) == ["0 s", "30 s", "60 s", "90 s"]
    assert scale.labels([0, 120, 240]) == ["0 min", "2 min", "4 min"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (12.34, "12.3 s"), (99.9, "99.9 s"), (99.96, "1 min 40 s"), (3725, "62 min 5 s")],
)
def test_a_duration_is_said_as_people_do(seconds: float, said: str) -> None:
    assert scale.duration(seconds) == said


@given(st.floats(-10, 1e5), st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_bar_lies_within_the_timeline_and_can_be_seen(start: float, seconds: float, whole: float) -> None:
    found = re.fullmatch(r'x="([\d.]+)%" width="([\d.]+)%"', scale.bar(start, seconds, whole))
    assert found
    left, width = float(found[1]), float(found[2])
    assert width >= scale.SMALLEST
    assert left + width <= 100.02
