"""Which services are deployed once more because a service that they call is new."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.project.manifest import Service
from orchestrator.standby import callers
from orchestrator.standby.callers import SETTLING, Times

SHOP = Service("shop", Path(), ("/shop",), calls=("pricing", "tax"))
SERVICES = [
    SHOP,
    Service("pricing", Path(), kind="backend"),
    Service("tax", Path(), kind="backend", calls=("pricing",)),
    replace(SHOP, name="page", calls=()),
    Service("nightly", Path(), kind="job", schedule="rate(1 day)", calls=("pricing",)),
]
NAMED = frozenset({"pricing", "tax"})
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(made: int, deployed: int) -> Times:
    """A service that was made and last deployed so many minutes after the start."""
    return Times(START + timedelta(minutes=made), START + timedelta(minutes=deployed))


@pytest.mark.parametrize(
    ("times", "named", "late"),
    [
        # made side by side, and a backend that came later
        ({"shop": at(0, 0), "pricing": at(0, 0), "tax": at(0, 0)}, NAMED, {"shop": 0, "tax": 0}),
        ({"shop": at(0, 5), "pricing": at(9, 9), "tax": at(0, 0)}, NAMED, {"shop": 9, "tax": 9}),
        ({"shop": at(0, 10), "pricing": at(9, 9), "tax": at(0, 10)}, NAMED, {}),
        # one of them is done, and then the run was killed
        ({"shop": at(0, 10), "pricing": at(9, 9), "tax": at(0, 0)}, NAMED, {"tax": 9}),
        # a new version of a backend is nothing new, nor is one that is not there yet
        ({"shop": at(0, 1), "pricing": at(0, 20), "tax": at(0, 1)}, NAMED, {}),
        ({"shop": at(0, 0)}, NAMED, {}),
        ({"pricing": at(9, 9)}, NAMED, {}),
        # it was something else than a backend before, for however long
        ({"shop": at(0, 1), "pricing": at(0, 20), "tax": at(0, 21)}, {"tax"}, {"shop": 20}),
        ({"shop": at(0, 21), "pricing": at(0, 20), "tax": at(0, 1)}, {"pricing"}, {}),
        ({"page": at(0, 0), "nightly": at(0, 0), "pricing": at(9, 9)}, NAMED, {}),
    ],
)
def test_those_are_late_that_were_deployed_before_a_name_that_they_call(
    times: dict[str, Times], named: set[str], late: dict[str, int]
) -> None:
    expected = {name: START + timedelta(minutes=minutes) for name, minutes in late.items()}
    assert callers.late(SERVICES, times, named) == expected


@pytest.mark.parametrize(("behind", "late"), [(timedelta(), True), (SETTLING, True), (2 * SETTLING, False)])
def test_a_deployment_that_begins_right_behind_the_name_may_not_know_it(behind: timedelta, late: bool) -> None:
    times = {"pricing": Times(START, START), "shop": Times(START, START + behind)}
    assert ("shop" in callers.late(SERVICES, times, NAMED)) is late
