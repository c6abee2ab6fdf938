"""Cron expressions of AWS: six fields, with `?`, `L`, `W` and `#`.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
FIRST_YEAR, LAST_YEAR = 1970, 2199

OnDay = Callable[[date], bool]


class CronError(ValueError):
    """The text is no cron expression of AWS."""


@dataclass(frozen=True)
class Cron:
    """When it is due."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    on_day: tuple[OnDay, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time later than the moment, None if there is none."""
        day = moment.astimezone(zone).date()
        while day.year <= self.years[-1]:
            if day.year not in self.years or day.month not in self.months:
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
                continue
            if any(fits(day) for fits in self.on_day):
                for due in self._on(day, zone):
                    if due > moment:
                        return due
            day += timedelta(days=1)
        return None

    def _on(self, day: date, zone: ZoneInfo) -> list[datetime]:
        times = [datetime.combine(day, time(hour, minute), zone) for hour in self.hours for minute in self.minutes]
        # A time that the clock leaves out does not come; one that it repeats comes once, the first time.
        return [due for due in times if due.astimezone(ZoneInfo("UTC")).astimezone(zone).time() == due.time()]


def parse(fields: str) -> Cron:
    """The expression between `cron(` and `)`. Raises `CronError`."""
    parts = fields.split(" ")
    if len(parts) != 6:
        raise CronError("it needs six fields with one space between them: minutes hours day month weekday year")
    minutes, hours, day, month, weekday, year = (part.upper() for part in parts)
    if (day == "?") is (weekday == "?"):
        raise CronError("one of day and weekday must be ?, and only one")
    return Cron(
        _numbers(minutes, "minutes", 0, 59),
        _numbers(hours, "hours", 0, 23),
        tuple(_days(day) if weekday == "?" else _weekdays(weekday)),
        _numbers(month, "month", 1, 12, MONTHS),
        _numbers(year, "year", FIRST_YEAR, LAST_YEAR),
    )


def _numbers(text: str, what: str, low: int, high: int, names: tuple[str, ...] = ()) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        found.update(_range(part, what, low, high, names))
    return tuple(sorted(found))


def _range(part: str, what: str, low: int, high: int, names: tuple[str, ...]) -> list[int]:
    span, slash, step = part.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
        raise CronError(f"{part!r} is no {what}: after / stands a number above 0")
    first, dash, last = span.partition("-")
    if span == "*":
        begin, end = low, high
    else:
        begin = _number(first, what, low, high, names)
        end = _number(last, what, low, high, names) if dash else (high if slash else begin)
    # FRI-MON and 22-2 go around.
    values = list(range(begin, end + 1)) if begin <= end else [*range(begin, high + 1), *range(low, end + 1)]
    return values[:: int(step or 1)]


def _number(text: str, what: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise CronError(f"{text!r} is no {what} from {low} to {high}")
    return int(text)


def _days(text: str) -> list[OnDay]:
    return [_day(part) for part in text.split(",")]


def _day(part: str) -> OnDay:
    if part == "LW":
        return lambda day: day == _nearest(_last(day))
    if part == "L":
        return lambda day: day == _last(day)
    if match := re.fullmatch(r"L-(\d{1,2})", part):
        back = int(match[1])
        if back > 30:
            raise CronError(f"{part!r} is no day: at most L-30")
        return lambda day: day == _last(day) - timedelta(days=back)
    if match := re.fullmatch(r"(\d{1,2})W", part):
        wanted = _number(match[1], "day", 1, 31, ())
        return lambda day: wanted <= _last(day).day and day == _nearest(day.replace(day=wanted))
    numbers = _range(part, "day", 1, 31, ())
    return lambda day: day.day in numbers


def _weekdays(text: str) -> list[OnDay]:
    return [_weekday(part) for part in text.split(",")]


def _weekday(part: str) -> OnDay:
    if part == "L":
        part = "7"
    if match := re.fullmatch(r"(\w+)#(\d)", part):
        wanted, number = _number(match[1], "weekday", 1, 7, DAYS), int(match[2])
        if not 1 <= number <= 5:
            raise CronError(f"{part!r} is no weekday: from #1 to #5")
        return lambda day: _of(day) == wanted and (day.day - 1) // 7 + 1 == number
    if len(part) > 1 and part.endswith("L"):
        wanted = _number(part[:-1], "weekday", 1, 7, DAYS)
        return lambda day: _of(day) == wanted and (_last(day) - day).days < 7
    numbers = _range(part, "weekday", 1, 7, DAYS)
    return lambda day: _of(day) in numbers


def _of(day: date) -> int:
    """1 is Sunday."""
    return day.isoweekday() % 7 + 1


def _last(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _nearest(day: date) -> date:
    """The nearest weekday in the same month."""
    if day.isoweekday() == 6:
        return day - timedelta(days=1) if day.day > 1 else day + timedelta(days=2)
    if day.isoweekday() == 7:
        return day + timedelta(days=1) if day != _last(day) else day - timedelta(days=2)
    return day
