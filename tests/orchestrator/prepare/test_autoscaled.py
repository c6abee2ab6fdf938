"""Numbers of tasks that autoscaling has set, and what of them a deploy keeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestrator.prepare import autoscaled
from orchestrator.prepare.autoscaled import Autoscaled, Limits
from orchestrator.project.manifest import Service
from orchestrator.project.schema.sizing import Scaling, ScalingTime

MORNING = ScalingTime(cron="0 8 ? * MON-FRI *", min=4, max=10)
WORDS = Service("words", Path("words"), ("/words",), scaling=Scaling(min=2, max=6, cpu=60, schedule=(MORNING,)))
SAVE = Service("save", Path("save"), ("/save",), count=3)
OWN, MOVED = Limits(2, 6), Limits(4, 10)


@pytest.mark.parametrize(
    ("running", "live", "count"),
    [
        ({}, {}, 2),  # it does not exist yet
        ({"words": 3, "save": 9}, {"words": OWN}, 3),
        ({"words": 0}, {}, 2),  # it was paused
        ({"words": 9}, {"words": OWN}, 6),
        ({"words": 9}, {"words": MOVED}, 9),
        ({"words": 3}, {"words": MOVED}, 4),
        ({"words": 9}, {"words": Limits(1, 100)}, 6),  # somebody else's: the manifest's come back
    ],
)
def test_the_number_that_runs_stays_within_the_limits(
    running: Mapping[str, int], live: Mapping[str, Limits], count: int
) -> None:
    found = autoscaled.keep([WORDS, SAVE], running, live)
    assert found.counts == {"words": count}
    assert found.limits == ({"words": MOVED} if live.get("words") == MOVED else {})


def test_only_limits_that_a_schedule_has_moved_are_given_to_terraform() -> None:
    assert Autoscaled({"words": 3}).variables == {}
    assert Autoscaled({"words": 5}, {"words": MOVED}).variables == {"live_limits": {"words": {"min": 4, "max": 10}}}
