"""IAM's wildcards: `*` is any text, `?` any one character, `${*}` and `${?}` the characters themselves."""

from __future__ import annotations

import re
from functools import lru_cache

_ESCAPED = {"${*}": "\ue000", "${?}": "\ue001", "${$}": "\ue002"}
_OTHER = "\uefff"
"""A character that is in no pattern: it stands for all characters that neither pattern names."""


def _tokens(pattern: str) -> str:
    if "${" in pattern:
        for escaped, stand_in in _ESCAPED.items():
            pattern = pattern.replace(escaped, stand_in)
    return re.sub(r"\*+", "*", pattern)


@lru_cache(maxsize=16_384)
def covers(wide: str, narrow: str) -> bool:
    """True if every text that `narrow` matches is matched by `wide`. Exact, also where both have wildcards."""
    if wide in ("*", narrow):
        return True
    (start, end), (begins, ends) = _literals(wide), _literals(narrow)
    if not (begins.startswith(start) and ends.endswith(end)):
        return False  # a wildcard stands where only one text would do; nearly all pairs end here
    wide, narrow = _tokens(wide), _tokens(narrow)
    if not _wild(wide):
        return wide == narrow
    if not _wild(narrow):
        return _matches(wide, narrow)
    return _includes(wide, narrow)


def one_covers(patterns: frozenset[str], narrow: str) -> bool:
    """True if one of the patterns covers `narrow`."""
    return narrow in patterns or any(covers(wide, narrow) for wide in _wild_ones(patterns))


@lru_cache(maxsize=2_048)
def _wild_ones(patterns: frozenset[str]) -> tuple[str, ...]:
    # Those with `${` too: they may be the same character written otherwise.
    return tuple(pattern for pattern in patterns if _wild(pattern) or "${" in pattern)


@lru_cache(maxsize=16_384)
def overlap(one: str, other: str) -> bool:
    """True if some text is matched by both."""
    if "*" in (one, other) or one == other:
        return True
    one, other = _tokens(one), _tokens(other)
    seen: set[tuple[int, int]] = set()
    ways = [(0, 0)]
    while ways:
        i, j = ways.pop()
        if (i, j) in seen:
            continue
        seen.add((i, j))
        a, b = one[i : i + 1], other[j : j + 1]
        if not a and not b:
            return True
        if a == "*":
            ways.append((i + 1, j))
        if b == "*":
            ways.append((i, j + 1))
        if a and b and (a in "*?" or b in "*?" or a == b):
            ways.append((i if a == "*" else i + 1, j if b == "*" else j + 1))
    return False


@lru_cache(maxsize=16_384)
def _literals(pattern: str) -> tuple[str, str]:
    """What every text that a pattern matches begins and ends with."""
    parts = re.split(r"[*?]", _tokens(pattern))
    return parts[0], parts[-1]


def _wild(tokens: str) -> bool:
    return "*" in tokens or "?" in tokens


def _matches(tokens: str, text: str) -> bool:
    if "?" not in tokens and tokens.count("*") == 1:
        # Nearly all of them; most patterns are asked for once, and making an expression costs more than looking.
        start, _, end = tokens.partition("*")
        return len(text) >= len(start) + len(end) and text.startswith(start) and text.endswith(end)
    # Not as an expression: one of many `*` takes for ever. What follows a `*` is tried at the next place instead.
    at = place = 0
    star, tried = -1, 0
    while place < len(text):
        token = tokens[at : at + 1]
        if token == "*":
            star, tried, at = at, place, at + 1
        elif token and token in (text[place], "?"):
            at, place = at + 1, place + 1
        elif star >= 0:
            at, tried = star + 1, tried + 1
            place = tried
        else:
            return False
    return not tokens[at:].strip("*")


def _includes(wide: str, narrow: str) -> bool:
    """Walks both patterns as automata: wherever `narrow` can be, the places where `wide` can be (a set, as bits)."""
    letters = [*sorted({*wide, *narrow} - {"*", "?"}), _OTHER]
    end = 1 << len(wide)
    stays = sum(1 << i for i, c in enumerate(wide) if c == "*")
    takes = {letter: sum(1 << i for i, c in enumerate(wide) if c in (letter, "?")) for letter in letters}

    def rested(places: int) -> int:
        while more := (places & stays) << 1 & ~places:
            places |= more
        return places

    seen: set[tuple[int, int]] = set()
    ways = [(0, rested(1))]
    while ways:
        at, places = ways.pop()
        if (at, places) in seen:
            continue
        seen.add((at, places))
        if at == len(narrow):
            if not places & end:
                return False
            continue
        token = narrow[at]
        if token == "*":
            ways.append((at + 1, places))
        for letter in letters if token in "*?" else (token,):
            after = rested((places & stays) | (places & takes[letter]) << 1)
            ways.append((at if token == "*" else at + 1, after))
    return True
