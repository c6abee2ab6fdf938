"""How far back logs begin: `90s`, `10m`, `2h`, `3d`; a plain number means minutes."""

from __future__ import annotations

import re

DEFAULT = "10m"
_SECONDS = {"s": 1, "m": 60, "": 60, "h": 3600, "d": 86400}
_FORM = re.compile(r"([0-9]{1,9})([smhd]?)", re.ASCII)


def seconds(text: str) -> int:
    """So many seconds. Raises `ValueError` with what is wrong."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no time: write 90s, 10m, 2h or 3d (a plain number means minutes)")
    return int(found[1]) * _SECONDS[found[2]]


def milliseconds(back: int, now_ms: int) -> int:
    """The moment that many seconds before now, in milliseconds since 1970; nothing was logged before that."""
    return max(0, now_ms - back * 1000)


def following(since: int, seen: list[int], now: int, overlap: int) -> int:
    """From when on the next look asks, in milliseconds since 1970: a little before the newest line seen.

    Looks overlap, for lines arrive late. A clock that was set back writes lines that are older than those before: then
    it asks from its new time on.
    """
    return min(max(since, *seen), now) - overlap if seen else min(since, now - overlap)
