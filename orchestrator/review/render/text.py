"""Text from a plan, made safe to print and short enough to read. What it means stays as it was."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any

from orchestrator.review.values import UNKNOWN, Sensitive

# Control characters, those that turn or hide text (bidirectional, zero width, tags), lone surrogates, and what CI
# systems take for a command wherever it stands in what they log (`##[set-output ...]`, `##vso[...]`).
_COMMAND = r"#(?=#(?:\[|vso\[|teamcity\[))"
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]|" + _COMMAND
)
DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
KEPT_LINES = 400  # of a long text on each side: comparing more takes longer than anybody reads
CONTEXT = 24  # characters kept around the place where two long values differ


def visible(text: str) -> str:
    """The text in one line, with everything that a screen would hide or obey written out: `\\u202e`, `\\n`."""
    return UNSEEN.sub(_written_out, text) if UNSEEN.search(text) else text


def _written_out(match: re.Match[str]) -> str:
    character = match.group()
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    number = ord(character)
    return short or (f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}")


def commands_escaped(whole: str, escaped: str) -> str:
    """A file's text with the first `#` of everything that a CI system would take for a command written as `escaped`."""
    return re.sub(_COMMAND, lambda _: escaped, whole)


def no_commands(whole: str) -> str:
    """Lines of which none begins like a command to GitHub's runner, which reads over leading spaces: `::add-mask::`."""
    return re.sub(r"^(\s*):(?=:)", r"\1\\u003a", whole, flags=re.MULTILINE)


def value(item: Any) -> str:
    """A value in one line: a string bare if that leaves no doubt, else as JSON."""
    if isinstance(item, str):
        bare = item != "" and item == item.strip()
        return visible(item) if bare else visible(json.dumps(item, ensure_ascii=False))
    if item is UNKNOWN or isinstance(item, Sensitive):
        return repr(item)
    return visible(json.dumps(item, ensure_ascii=False, default=repr))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters: the beginning and the end."""
    if len(text) <= limit:
        return text
    tail = min(limit // 3, 40)
    return f"{text[: limit - tail - 1]}…{text[len(text) - tail :]}" if limit > 8 else text[:limit]


def pair(before: Any, after: Any, limit: int) -> tuple[str, str]:
    """Two values that differ, each at most `limit` characters, cut so that the difference stays in sight."""
    if isinstance(before, Sensitive) and isinstance(after, Sensitive):
        return "(sensitive)", "(sensitive)" if before == after else "(sensitive, another value)"
    old, new = value(before), value(after)
    if old == new:
        old, new = (visible(json.dumps(item, ensure_ascii=False, default=repr)) for item in (before, after))
    if max(len(old), len(new)) <= limit:
        return old, new
    short = DIGEST.sub(r"\1…", old), DIGEST.sub(r"\1…", new)
    if short[0] != short[1]:
        old, new = short
    if max(len(old), len(new)) <= limit:
        return old, new
    start, end = _common(old, new), 0
    shorter = min(len(old), len(new)) - start
    end = _common(old[::-1][:shorter], new[::-1][:shorter])
    return _around(old, start, end, limit), _around(new, start, end, limit)


def _around(whole: str, start: int, end: int, limit: int) -> str:
    """The part of a text that differs from another one's, with a little of what is before and after it."""
    first = max(0, start - CONTEXT)
    last = min(len(whole), max(len(whole) - end + CONTEXT, first + limit // 2))
    part = whole[first if first > 1 else 0 : last]
    head, tail = "…" if first > 1 else "", "…" if last < len(whole) else ""
    room = limit - len(head)
    return head + part + tail if len(part) + len(tail) <= room else f"{head}{part[: room - 1]}…"


def _common(one: str, other: str) -> int:
    """How many characters are the same at the beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def has_lines(item: Any) -> bool:
    """True for a text of several lines: it is compared line by line."""
    return isinstance(item, str) and "\n" in item.strip("\n")


def line_changes(before: str, after: str, limit: int = 160) -> Iterator[tuple[str, str]]:
    """The lines of two texts that differ, with one line around them: pairs of `-`, `+` or space and the line."""
    old, new = before.split("\n"), after.split("\n")
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    first = max(0, start - 1)
    old, new = old[first : len(old) - end + min(end, 1)], new[first : len(new) - end + min(end, 1)]
    left_out = max(0, len(old) - KEPT_LINES) + max(0, len(new) - KEPT_LINES)
    old, new = old[:KEPT_LINES], new[:KEPT_LINES]
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(1):
        for kind, a, b, c, d in group:
            changes = [(" ", old[a:b])] if kind == "equal" else [("-", old[a:b]), ("+", new[c:d])]
            for sign, lines in changes:
                yield from ((sign, cut(visible(line), limit)) for line in lines)
    if left_out:
        yield " ", f"… {left_out} more lines"
