"""When a job runs: Copilot's schedules as expressions of EventBridge.

Copilot takes cron with five fields, @daily and the like, @every DURATION, and what EventBridge takes. Its conversion of
the five fields changes the meaning in some cases; here an expression becomes what cron means by it, and the report says
where Copilot did something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.importing.tree import Value

NAMED = {
    "@hourly": "cron(0 * * * ? *)", "@daily": "cron(0 0 * * ? *)", "@midnight": "cron(0 0 * * ? *)",
    "@weekly": "cron(0 0 ? * SUN *)", "@monthly": "cron(0 0 1 * ? *)", "@yearly": "cron(0 0 1 1 ? *)",
    "@annually": "cron(0 0 1 1 ? *)",
}  # fmt: skip
NEVER = "none"
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_PART = re.compile(r"(\*|\?|(\w+)(?:-(\w+))?)(?:/([0-9]+))?")


@dataclass(frozen=True)
class Schedule:
    """An expression and, if Copilot ran it at other times, when; or why there is none."""

    expression: str = ""
    differs: str = ""
    problem: str = ""


def convert(text: str) -> Schedule:
    """The expression for a schedule as Copilot takes it."""
    text = " ".join(text.split())
    if text in NAMED:
        return Schedule(NAMED[text])
    if text.startswith("@every "):
        return _rate(text.removeprefix("@every "))
    if re.fullmatch(r"(cron|rate)\(.+\)", text):
        return Schedule(text)
    fields = text.split(" ")
    if len(fields) != 5:
        return Schedule(problem="neither five fields of cron nor an expression of EventBridge")
    try:
        return _cron(*fields)
    except ValueError as error:
        return Schedule(problem=str(error))


def _rate(duration: str) -> Schedule:
    seconds = Value(0, "text", duration).as_seconds()
    if seconds is None or seconds < 60 or seconds % 60:
        return Schedule(problem="not a whole number of minutes or hours")
    minutes = int(seconds // 60)
    return Schedule(f"rate({minutes} minute{'s' if minutes > 1 else ''})")


def _cron(minute: str, hour: str, day: str, month: str, weekday: str) -> Schedule:
    days, weekdays = _field(day, 1, 31), _weekdays(weekday)
    if days != "*" and weekdays != "*":
        raise ValueError(
            "a day of the month and a day of the week, which Copilot refuses; EventBridge takes one of them"
        )
    rest = [_field(minute, 0, 59), _field(hour, 0, 23)]
    months = _field(month, 1, 12, _MONTHS)
    chosen = ["?", months, weekdays] if weekdays != "*" else [days, months, "?"]
    return Schedule(f"cron({' '.join([*rest, *chosen])} *)", _differs(day, weekday, days, weekdays))


def _differs(day: str, weekday: str, days: str, weekdays: str) -> str:
    """When Copilot ran it, where that is not when it says: a field with * in it is * to it, and it adds 1 to digits."""
    if (days != "*" and "*" in day) or (weekdays != "*" and "*" in weekday):
        return f"Copilot ran it every day, for it takes `{day if days != '*' else weekday}` for `*`"
    if "/" in weekday:
        return f"Copilot added 1 to every digit of `{weekday}`, also to the step"
    if "7" in weekday:
        return f"Copilot made day 8 of the 7 in `{weekday}`, which EventBridge refuses"
    return ""


def _field(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> str:
    """A field as EventBridge has it: a step begins at a number, not at *."""
    parts = []
    for part in text.split(","):
        found = _part(part)
        if found["all"]:
            if found["step"] in ("", "1"):
                return "*"
            parts.append(f"{low}/{found['step']}")
            continue
        ends = [_number(word, low, high, names) for word in (found["first"], found["last"]) if word]
        if len(ends) == 2 and ends[0] > ends[1]:
            raise ValueError(f"`{part}` begins after its end")
        if len(ends) == 1 and found["step"]:
            ends.append(high)
        parts.append("-".join(map(str, ends)) + (f"/{found['step']}" if found["step"] else ""))
    return ",".join(parts)


def _weekdays(text: str) -> str:
    """The days of the week by name, for their numbers differ: Sunday is 0 in cron and 1 in EventBridge."""
    chosen: set[int] = set()
    for part in text.split(","):
        found = _part(part)
        first = 0 if found["all"] else _number(found["first"], 0, 7, _DAYS, first=0)
        last = 6 if found["all"] or (found["step"] and not found["last"]) else first
        if found["last"]:
            last = _number(found["last"], 0, 7, _DAYS, first=0)
        if first > last:
            raise ValueError(f"`{part}` begins after its end")
        chosen |= {day % 7 for day in range(first, last + 1, int(found["step"] or 1))}
    if len(chosen) == 7:
        return "*"
    days = sorted(chosen)
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}"
    return ",".join(_DAYS[day] for day in days)


def _part(text: str) -> dict[str, str]:
    found = _PART.fullmatch(text)
    if not found or (found[4] and int(found[4]) == 0):
        raise ValueError(f"`{text}` is no part of a cron expression")
    is_all = found[1] in ("*", "?")
    return {"all": found[1] if is_all else "", "first": found[2] or "", "last": found[3] or "", "step": found[4] or ""}


def _number(word: str, low: int, high: int, names: tuple[str, ...], first: int = 1) -> int:
    if word.upper() in names:
        return names.index(word.upper()) + first
    number = int(word) if re.fullmatch(r"[0-9]{1,4}", word) else -1
    if not low <= number <= high:
        raise ValueError(f"`{word}` is not between {low} and {high}")
    return number
