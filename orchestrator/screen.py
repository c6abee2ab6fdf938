"""Lines as a terminal shows them: how wide it is, and long lines folded at words instead of at its edge.

Escape sequences and combining characters take no room; Korean, Chinese and Japanese ones take two columns each.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from typing import TextIO

# What terminals are taken for that do not say how wide they are.
USUAL_COLUMNS = 80
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
# What reads as one word: the command at a sentence's end, a request with its answer, a bracket, what stands between
# backquotes, or has no space.
_WORD = re.compile(
    r"(?<=\. next:  )[^(]{1,70}$"
    r"|(?:(?<!\S)(?:GET|POST|PUT|PATCH|DELETE) \S{1,60} \d{3}\b"
    r"|\([^()]{1,76}\)|(?<!\x1b)\[[^\[\]\x1b]{1,60}\]|`[^`]{1,60}`|\S)+"
)
_PLAIN_WORD = re.compile(r"\S+")
# A whole line to be copied into a shell, which reads on at a backslash; between quotes it would not.
_COMMAND = re.compile(
    r"\s*(?:next: +)?(?:\w+=\S+ )*(?:python3 \S*orchestrate\.py|terraform -chdir=\S+|take_over(?:\(\) \{)?)(?: \S+)+"
)
_COMMAND_WORD = re.compile(r"(?:'[^']*'|\"[^\"]*\"|\S)+")
_COLUMN = re.compile(r"(?<=\S)\s{2,}(?=\S)")
_MARGIN = re.compile(r"\s*\| ")
_ADDRESS = re.compile(r"(?:module|data|[a-z0-9]+_[a-z0-9_]+)\.")
_BEFORE_A_DOT = re.compile(r"(?=\.)(?![^\[]*\])")


def columns(stream: TextIO) -> int | None:
    """How many columns the terminal has that the stream is shown on, None if it is shown on none."""
    try:
        return (os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS) if stream.isatty() else None
    except (OSError, ValueError):
        return None


def width(text: str) -> int:
    """The columns that a line takes."""
    shown = _STYLE.sub("", text) if "\x1b" in text else text
    return len(shown) if shown.isascii() else sum(map(_cells, shown))


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def folded(text: str, columns: int) -> str:
    """The text with its long lines folded.

    What goes on stands below the last column of its line, a step further in if there is none. Brackets are not torn,
    and what is to be copied as a whole (a path, a URL) is left longer than the terminal is wide. A command that fills
    its line is folded as a shell takes it.
    """
    return "\n".join(part for line in text.split("\n") for part in _folded(line, columns))


def _folded(line: str, columns: int) -> Iterator[str]:
    if width(line) <= columns:
        yield line
        return
    shell = _COMMAND.fullmatch(line) is not None and " (" not in line
    margin = _MARGIN.match(line)
    begin = len(line) - len(line.lstrip())
    least = margin[0] if margin else " " * (begin + 2)
    hang = margin[0] if margin else " " * _hang(line, columns)
    end, room = (" \\", columns - 2) if shell else ("", columns)
    current = ""
    for gap, word in _words(line, shell, room - width(least)):
        if not current.strip() or width(current + gap + word) <= room:
            current += gap + word
            continue
        yield current + end
        current = (hang if width(hang + word) <= room else least) + word
    yield current


def _hang(line: str, columns: int) -> int:
    """Where what goes on begins: at the last column of the line that leaves half of the terminal for it."""
    places = [width(line[: found.end()]) for found in _COLUMN.finditer(line)]
    return max((place for place in places if place <= columns // 2), default=len(line) - len(line.lstrip()) + 2)


def _words(line: str, shell: bool, room: int) -> Iterator[tuple[str, str]]:
    """The words of a line, each with the space before it; what is too long for a line in parts, if it has any."""
    end = 0
    for found in (_COMMAND_WORD if shell else _WORD).finditer(line):
        gap, end = line[end : found.start()], found.end()
        if shell or width(found[0]) <= room:
            yield gap, found[0]
            continue
        for space, part in _parts(found[0]):
            yield space or gap, part
            gap = ""


def _parts(word: str) -> Iterator[tuple[str, str]]:
    """Where a long word can be folded: an address before its dots, a bracket at the words in it."""
    if _ADDRESS.match(_STYLE.sub("", word)):
        yield from (("", part) for part in _BEFORE_A_DOT.split(word))
        return
    end = 0
    for found in _PLAIN_WORD.finditer(word):
        yield word[end : found.start()], found[0]
        end = found.end()
