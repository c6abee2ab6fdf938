"""Schedule expressions of AWS: `cron(...)`, `rate(...)` and `at(...)`, each in a time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestrator.emulator.server.schedules import cron

UNITS = {"minute": 60, "hour": 3600, "day": 86400}


class ExpressionError(ValueError):
    """AWS refuses the expression or its time zone."""


@dataclass(frozen=True)
class Once:
    """`at(...)`."""

    moment: datetime


@dataclass(frozen=True)
class Rate:
    """`rate(...)`."""

    every: timedelta


@dataclass(frozen=True)
class Recurring:
    """`cron(...)`."""

    cron: cron.Cron
    zone: ZoneInfo


Expression = Once | Rate | Recurring


def parse(text: str, zone_name: str = "UTC") -> Expression:
    """The expression in that time zone. Raises `ExpressionError`."""
    try:
        zone = ZoneInfo(zone_name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ExpressionError(f"Invalid timezone: {zone_name}") from error
    kind = re.fullmatch(r"(cron|rate|at)\((.*)\)", text)
    try:
        if kind is None:
            raise ValueError("it begins with cron(, rate( or at(")
        return {"cron": _cron, "rate": _rate, "at": _at}[kind[1]](kind[2], zone)
    except ValueError as error:
        raise ExpressionError(f"Invalid Schedule Expression {text}: {error}") from error


def _cron(text: str, zone: ZoneInfo) -> Expression:
    return Recurring(cron.parse(text), zone)


def _rate(text: str, zone: ZoneInfo) -> Expression:
    match = re.fullmatch(r"([1-9]\d{0,8}) (minute|hour|day)(s?)", text)
    if match is None:
        raise ValueError("a rate is a number above 0 and minutes, hours or days")
    if (match[1] == "1") is bool(match[3]):
        raise ValueError("1 takes minute, hour or day, every other number minutes, hours or days")
    return Rate(timedelta(seconds=int(match[1]) * UNITS[match[2]]))


def _at(text: str, zone: ZoneInfo) -> Expression:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        raise ValueError("a time is yyyy-mm-ddThh:mm:ss")
    return Once(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))


def next_due(
    expression: Expression, after: datetime, began: datetime, start: datetime | None = None, end: datetime | None = None
) -> datetime | None:
    """When it is due next, later than `after`; None if it never is again.

    `began`: when the schedule was made, which is the first time of a rate. `start` and `end` bound what recurs.
    """
    if isinstance(expression, Once):
        return expression.moment if expression.moment > after else None
    first = max(began, start) if start is not None else began
    if isinstance(expression, Rate):
        passed = max(0, (after - first) // expression.every + 1) if after >= first else 0
        due: datetime | None = first + passed * expression.every
    else:
        due = expression.cron.after(max(after, first - timedelta(microseconds=1)), expression.zone)
    return None if due is None or (end is not None and due > end) else due.astimezone(UTC)
