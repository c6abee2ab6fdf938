"""`.dockerignore` as the container engine reads it (moby/patternmatcher; docs.docker.com/build/concepts/context).

It is not .gitignore's language: a pattern counts from the context's root, the last one that matches decides, a folder's
verdict is its contents', and a wildcard in an exception is not expanded to look into a folder that is left out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NAME = ".dockerignore"
_SPECIAL = re.compile(r"[*?\[\]\\]")


class Unusable(Exception):
    """A line that the engine refuses, or reads in a way that nobody means; `fix` says what to write."""

    def __init__(self, line: int, text: str, fix: str) -> None:
        super().__init__(text)
        self.line = line
        self.fix = fix


@dataclass(frozen=True)
class Pattern:
    """A line of the file: its number, as written, and what it matches. An `exception` begins with `!`."""

    line: int
    written: str
    exception: bool
    text: str
    expression: re.Pattern[str]


# For each pattern whether it matches a folder, in the patterns' order: what is in the folder is matched as well.
Above = tuple[bool, ...]


@dataclass(frozen=True)
class Ignore:
    """The patterns of a context, in their order."""

    patterns: tuple[Pattern, ...]

    def look(self, path: str, above: Above = ()) -> tuple[Pattern | None, Above]:
        """The pattern that leaves `path` out, or None if it goes along, and what is to be said of things in it.

        `above` is what was said of its folder.
        """
        because: Pattern | None = None
        told: list[bool] = []
        for index, pattern in enumerate(self.patterns):
            matches = bool(above) and above[index]
            # A pattern that could change nothing is not asked, and so does not count for what is in a folder either.
            if not matches and pattern.exception == (because is not None):
                matches = pattern.expression.fullmatch(path) is not None
            told.append(matches)
            if matches:
                because = None if pattern.exception else pattern
        return because, tuple(told)

    def may_hold_exceptions(self, folder: str) -> bool:
        """Whether a folder that is left out is looked into all the same: an exception's text leads there."""
        return any(pattern.exception and f"{pattern.text}/".startswith(f"{folder}/") for pattern in self.patterns)


def parse(text: str) -> Ignore:
    """The patterns of a file's text. Raises `Unusable`."""
    return Ignore(tuple(_patterns(text.removeprefix("\ufeff").split("\n"))))


def _patterns(lines: Sequence[str]) -> Iterator[Pattern]:
    for number, line in enumerate(lines, 1):
        written = line.strip()
        if line.startswith("#") or not written:
            continue
        exception = written.startswith("!")
        text = _clean(written.removeprefix("!").strip())
        if len(text) > 1:
            text = text.removeprefix("/")
        # The engine puts the ! back and cleans the whole again: `!/` comes out as `!`, and `/!x` as an exception.
        text = _clean(f"!{text}" if exception else text)
        exception = text.startswith("!")
        text = text.removeprefix("!")
        if exception and not text:
            raise Unusable(number, f"{written!r} takes nothing back", "write a path behind the !")
        yield Pattern(number, written, exception, text, _expression(number, text))


def _clean(path: str) -> str:
    """As Go's path.Clean: Python's keeps two slashes at the beginning."""
    return posixpath.normpath(re.sub("^/+", "/", path)) if path else ""


def _expression(line: int, text: str) -> re.Pattern[str]:
    if not _SPECIAL.search(text):
        return re.compile(re.escape(text))
    if text.startswith("**") and not _SPECIAL.search(text[2:]):
        # **/x is any x, **x is whatever ends with x, ** is everything.
        rest = text[2:]
        alone = f"|{re.escape(rest[1:])}" if rest.startswith("/") else ""
        return re.compile(f".*{re.escape(rest)}{alone}", re.DOTALL)
    if text.endswith("**") and not _SPECIAL.search(text[:-2]):
        return re.compile(f"{re.escape(text[:-2])}.*", re.DOTALL)
    return re.compile("".join(_translated(line, text)))


def _translated(line: int, text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if text.startswith("**", position - 1):
            position += 2 if text.startswith("/", position + 1) else 1
            yield "(.*/)?" if position < len(text) else ".*"
        elif character == "*":
            yield "[^/]*"
        elif character == "?":
            yield "[^/]"
        elif character == "[":
            found, position = _class(line, text, position)
            yield found
        elif character == "\\":
            yield re.escape(_escaped(line, text, position))
            position += 1
        else:
            # The engine leaves ^ to its regular expressions, where it matches nothing but the beginning.
            yield "^" if character == "^" else re.escape(character)


def _escaped(line: int, text: str, position: int) -> str:
    r"""The character behind a backslash. The engine takes \a and \1 for what regular expressions call so."""
    if position == len(text):
        raise Unusable(line, f"{text!r} ends in a backslash", "leave it out, or write two of them")
    if text[position].isalnum() or not text[position].isascii():
        raise Unusable(
            line, f"the engine reads \\{text[position]} as something else", f"write {text[position]} without \\"
        )
    return text[position]


def _class(line: int, text: str, position: int) -> tuple[str, int]:
    """A class of characters from behind its [ to behind its ]."""
    broken = Unusable(line, f"{text!r} has a [ that is not closed or holds nothing", r"close it with ], or write \[")
    negated = text.startswith("^", position)
    position += negated
    parts: list[str] = []

    def one() -> str:
        nonlocal position
        if position >= len(text) or text[position] in "-]":
            raise broken
        character = text[position]
        position += 1
        if character in "*?":
            raise Unusable(line, f"the engine reads {character} in a [ ] as something else", f"write \\{character}")
        if character == "\\":
            character = _escaped(line, text, position)
            position += 1
        return character

    while not (parts and text.startswith("]", position)):
        low = high = one()
        if text.startswith("-", position):
            position += 1
            high = one()
        if high < low:
            raise Unusable(line, f"{text!r} has the range {low}-{high}", f"write {high}-{low}")
        parts.append(f"{re.escape(low)}-{re.escape(high)}")
    return f"[{'^' if negated else ''}{''.join(parts)}]", position + 1
