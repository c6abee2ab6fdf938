"""Copilot's schedules as expressions of EventBridge: what each becomes, and where Copilot did something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.importing.mapping import schedule
from orchestrator.project.schema import checks

CONVERTED = (
    ("@hourly", "cron(0 * * * ? *)"),
    ("@daily", "cron(0 0 * * ? *)"),
    ("@midnight", "cron(0 0 * * ? *)"),
    ("@weekly", "cron(0 0 ? * SUN *)"),
    ("@monthly", "cron(0 0 1 * ? *)"),
    ("@annually", "cron(0 0 1 1 ? *)"),
    ("@every 1m", "rate(1 minute)"),
    ("@every 1h30m", "rate(90 minutes)"),
    ("@every 24h", "rate(1440 minutes)"),
    ("0 9 * * 1", "cron(0 9 ? * MON *)"),
    ("0 9 * * 1-5", "cron(0 9 ? * MON-FRI *)"),
    ("0 9 * * TUE-SAT", "cron(0 9 ? * TUE-SAT *)"),
    ("0 9 * * mon,wed", "cron(0 9 ? * MON,WED *)"),
    ("0 9 * * 0", "cron(0 9 ? * SUN *)"),
    ("0 9 ? * 6", "cron(0 9 ? * SAT *)"),
    ("0 9 1 * *", "cron(0 9 1 * ? *)"),
    ("0 9 1,15 * ?", "cron(0 9 1,15 * ? *)"),
    ("*/15 * * * *", "cron(0/15 * * * ? *)"),
    ("5/20 8-17 * * *", "cron(5-59/20 8-17 * * ? *)"),
    ("0 0-12/4 * * *", "cron(0 0-12/4 * * ? *)"),
    ("0  0  1  JAN-MAR  *", "cron(0 0 1 1-3 ? *)"),
    ("0 0 1 */3 *", "cron(0 0 1 1/3 ? *)"),
    ("*/1 * * * *", "cron(* * * * ? *)"),
    ("cron(0 12 L * ? 2027)", "cron(0 12 L * ? 2027)"),
    ("rate(5 minutes)", "rate(5 minutes)"),
)
# In these Copilot ran the job at other times than the expression says.
DIFFERENT = (
    ("0 0 */2 * *", "cron(0 0 1/2 * ? *)", "every day"),
    ("0 0 * * */2", "cron(0 0 ? * SUN,TUE,THU,SAT *)", "every day"),
    ("0 0 * * 1-5/2", "cron(0 0 ? * MON,WED,FRI *)", "the step"),
    ("0 0 * * 7", "cron(0 0 ? * SUN *)", "day 8"),
    ("0 0 * * 5-7", "cron(0 0 ? * SUN,FRI,SAT *)", "day 8"),
)
REFUSED = (
    ("0 0 13 * 5", "a day of the month and a day of the week"),
    ("@every 30s", "whole number of minutes"),
    ("@every 90s", "whole number of minutes"),
    ("@every day", "whole number of minutes"),
    ("@reboot", "neither five fields"),
    ("* * * *", "neither five fields"),
    ("0 0 * * * *", "neither five fields"),
    ("60 0 * * *", "`60` is not between 0 and 59"),
    ("0 24 * * *", "`24` is not between 0 and 23"),
    ("0 0 0 * *", "`0` is not between 1 and 31"),
    ("0 0 1 13 *", "`13` is not between 1 and 12"),
    ("0 0 * * 8", "`8` is not between 0 and 7"),
    ("0 0 * * FRI-MON", "begins after its end"),
    ("30-10 0 * * *", "begins after its end"),
    ("*/0 * * * *", "`*/0` is no part"),
    ("a b c d e", "`c` is not between"),
    ("1-2-3 0 * * *", "`1-2-3` is no part"),
)


@pytest.mark.parametrize(("written", "expected"), CONVERTED)
def test_a_schedule_is_converted(written: str, expected: str) -> None:
    assert schedule.convert(written) == schedule.Schedule(expected)


@pytest.mark.parametrize(("written", "expected", "said"), DIFFERENT)
def test_it_is_said_where_copilot_ran_a_job_at_other_times(written: str, expected: str, said: str) -> None:
    found = schedule.convert(written)
    assert found.expression == expected
    assert said in found.differs


@pytest.mark.parametrize(("written", "said"), REFUSED)
def test_what_cannot_be_converted_has_a_reason(written: str, said: str) -> None:
    found = schedule.convert(written)
    assert found.expression == ""
    assert said in found.problem


def test_the_schema_takes_every_expression() -> None:
    for expression in {*(expected for _, expected in CONVERTED), *(expected for _, expected, _ in DIFFERENT)}:
        assert checks.check("nightly", Path(), {"kind": "job", "schedule": expression}).complaints == ()
