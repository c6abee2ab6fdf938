"""Schedule expressions of AWS, and when they are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.emulator.server.schedules import expression
from orchestrator.emulator.server.schedules.expression import ExpressionError

# A Thursday.
NOW = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)


def due(text: str, zone: str = "UTC", after: datetime = NOW, count: int = 3) -> list[str]:
    """The next times, in UTC."""
    parsed = expression.parse(text, zone)
    found: list[str] = []
    moment: datetime | None = after
    while len(found) < count:
        moment = expression.next_due(parsed, moment, NOW - timedelta(days=1000)) if moment else None
        if moment is None:
            break
        found.append(f"{moment:%Y-%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("0 10 * * ? *", ["2026-01-01 10:00", "2026-01-02 10:00", "2026-01-03 10:00"]),
        ("0/15 * * * ? *", ["2026-01-01 00:15", "2026-01-01 00:30", "2026-01-01 00:45"]),
        ("5-20/10 0 * * ? *", ["2026-01-01 00:05", "2026-01-01 00:15", "2026-01-02 00:05"]),
        ("0 0 ? * 7 *", ["2026-01-03 00:00", "2026-01-10 00:00", "2026-01-17 00:00"]),
        ("0 8 ? * MON-FRI *", ["2026-01-01 08:00", "2026-01-02 08:00", "2026-01-05 08:00"]),
        ("0 0 ? * 1-5 *", ["2026-01-04 00:00", "2026-01-05 00:00", "2026-01-06 00:00"]),
        ("0 0 ? * 6#3 *", ["2026-01-16 00:00", "2026-02-20 00:00", "2026-03-20 00:00"]),
        ("0 0 ? * FRI#5 *", ["2026-01-30 00:00", "2026-05-29 00:00", "2026-07-31 00:00"]),
        ("0 0 ? * 6L *", ["2026-01-30 00:00", "2026-02-27 00:00", "2026-03-27 00:00"]),
        ("0 0 ? * L *", ["2026-01-03 00:00", "2026-01-10 00:00", "2026-01-17 00:00"]),
        ("0 0 L * ? *", ["2026-01-31 00:00", "2026-02-28 00:00", "2026-03-31 00:00"]),
        ("0 0 LW * ? *", ["2026-01-30 00:00", "2026-02-27 00:00", "2026-03-31 00:00"]),
        ("0 0 L-3 * ? *", ["2026-01-28 00:00", "2026-02-25 00:00", "2026-03-28 00:00"]),
        ("0 0 1W * ? *", ["2026-02-02 00:00", "2026-03-02 00:00", "2026-04-01 00:00"]),
        ("0 0 31W * ? *", ["2026-01-30 00:00", "2026-03-31 00:00", "2026-05-29 00:00"]),
        ("0 0 31 * ? *", ["2026-01-31 00:00", "2026-03-31 00:00", "2026-05-31 00:00"]),
        ("0 0 29 2 ? *", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("0 0 15,L * ? *", ["2026-01-15 00:00", "2026-01-31 00:00", "2026-02-15 00:00"]),
        ("0 0 ? * FRI-MON *", ["2026-01-02 00:00", "2026-01-03 00:00", "2026-01-04 00:00"]),
        ("0 22-2 * * ? *", ["2026-01-01 01:00", "2026-01-01 02:00", "2026-01-01 22:00"]),
        ("0 0 1 1 ? 2027/2", ["2027-01-01 00:00", "2029-01-01 00:00", "2031-01-01 00:00"]),
        ("0 0 1 jan ? 2027", ["2027-01-01 00:00"]),
        ("0 0 ? feb mon *", ["2026-02-02 00:00", "2026-02-09 00:00", "2026-02-16 00:00"]),
        ("0 0 30 2 ? *", []),
        ("0 0 1 1 ? 2025", []),
    ],
)
def test_a_cron_expression_is_due_as_on_aws(fields: str, expected: list[str]) -> None:
    assert due(f"cron({fields})") == expected


@pytest.mark.parametrize(
    "text",
    [
        "cron(0 0 * * * *)", "cron(0 0 ? * ? *)", "cron(60 0 * * ? *)", "cron(0 24 * * ? *)", "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * 0 *)", "cron(0 0 0 * ? *)", "cron(0 0 1 * ? 2200)", "cron(0  0 1 * ? *)", "cron(0 0 1 * ?)",
        "cron(0/0 0 1 * ? *)", "cron(0 0 L-31 * ? *)", "cron(0 0 32W * ? *)", "cron(0 0 ? * FRI#6 *)",
        "cron(0 0 1 13 ? *)", "cron(0 0 1 FOO ? *)", "cron(² 0 1 * ? *)",
        "rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "rate(01 minute)", "rate(1 week)", "rate(1.5 hours)",
        "rate(5  minutes)", "Rate(5 minutes)", "at(2026-01-01)", "at(2026-01-01T00:00)", "at(2026-13-01T00:00:00)",
        "@daily", "0 0 * * ? *", "", "cron(0 0 1 * ? *) ",
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="Invalid Schedule Expression"):
        expression.parse(text)


def test_a_time_zone_is_that_of_the_expression() -> None:
    assert due("cron(0 8 * * ? *)", "Europe/Berlin", count=1) == ["2026-01-01 07:00"]
    assert due("cron(0 8 * * ? *)", "Europe/Berlin", NOW.replace(month=7), 1) == ["2026-07-01 06:00"]
    assert due("at(2026-07-01T08:00:00)", "America/New_York") == ["2026-07-01 12:00"]
    for zone in ("Europe/Nowhere", "../etc/passwd", "/etc/passwd"):
        with pytest.raises(ExpressionError, match="Invalid timezone"):
            expression.parse("rate(1 day)", zone)


def test_an_hour_that_the_clock_leaves_out_does_not_come_and_one_that_it_repeats_comes_once() -> None:
    spring, autumn = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert due("cron(30 2 * * ? *)", "Europe/Berlin", spring, 2) == ["2026-03-30 00:30", "2026-03-31 00:30"]
    assert due("cron(30 2 * * ? *)", "Europe/Berlin", autumn, 2) == ["2026-10-25 00:30", "2026-10-26 01:30"]


def test_a_rate_begins_at_once_and_goes_on_from_there() -> None:
    rate = expression.parse("rate(10 minutes)")

    def after(seconds: float) -> float:
        found = expression.next_due(rate, NOW + timedelta(seconds=seconds), NOW)
        assert found is not None
        return (found - NOW).total_seconds()

    assert [after(seconds) for seconds in (-60, 0, 1, 600, 1199)] == [0, 600, 600, 1200, 1200]


def test_a_schedule_that_recurs_has_a_start_and_an_end() -> None:
    start, end = NOW + timedelta(hours=1), NOW + timedelta(hours=3)
    for text, first in (("rate(1 hour)", start), ("cron(0 * * * ? *)", datetime(2026, 1, 1, 2, tzinfo=UTC))):
        parsed = expression.parse(text)
        assert expression.next_due(parsed, NOW, NOW, start, end) == first
        assert expression.next_due(parsed, end, NOW, start, end) is None


def test_a_single_time_comes_once() -> None:
    assert due("at(2026-01-01T00:01:00)") == ["2026-01-01 00:01"]
    assert due("at(2026-01-01T00:00:00)") == []
