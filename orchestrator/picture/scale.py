"""The scale of a timeline: where things are on it, in percent of its width, and its marks."""

from __future__ import annotations

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
MARKS = 6  # as many labels as a phone has room for
SMALLEST = 0.5  # percent: what was over in no time is seen all the same


def duration(seconds: float) -> str:
    """`12.3 s`, or `2 min 5 s`."""
    if seconds < 99.95:
        return f"{max(0.0, seconds):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def labels(marks: list[int]) -> list[str]:
    """Their labels, all in minutes (`2 min`) or all in seconds (`90 s`)."""
    if all(at % 60 == 0 for at in marks):
        return [f"{at // 60} min" for at in marks]
    return [f"{at} s" for at in marks]


def ticks(whole: float) -> list[int]:
    """The marks of a timeline of that many seconds, from 0; none so far to the right that its label has no room."""
    step = next((step for step in STEPS if whole / step <= MARKS), max(STEPS, key=lambda step: step))
    while whole / step > MARKS:
        step *= 2
    return [at for at in range(0, int(whole) + 1, step) if at <= whole * 0.95]


def percent(at: float, whole: float) -> str:
    """Where that time is."""
    return f"{_share(at, whole):.2f}%"


def bar(start: float, seconds: float, whole: float) -> str:
    """The attributes of a bar: `x` and `width`. It lies within the timeline, and can be seen."""
    width = max(SMALLEST, _share(seconds, whole))
    left = min(_share(start, whole), 100 - width)
    return f'x="{max(0.0, left):.2f}%" width="{min(width, 100):.2f}%"'


def _share(seconds: float, whole: float) -> float:
    return min(100.0, max(0.0, seconds / whole * 100)) if whole > 0 else 0.0
