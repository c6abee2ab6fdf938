"""The literal values of a tfvars file. Terraform judges the file; this reads the settings that Python needs as well.

Strings, numbers, booleans, null, lists and maps are read. What holds anything else, such as a heredoc or a template, is
left out: a caller that needs it asks whether the name is `assigned`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_ASSIGNMENT = re.compile(r"^([A-Za-z_][\w-]*)[ \t]*=(?!=)", re.MULTILINE)
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\\n]|\\[^\n])*)"')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_ESCAPE = re.compile(r'\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[nrt"\\])|\\')
_TEMPLATE = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")
_END_OF_VALUE = re.compile(r"[ \t]*(?:\r?$|#|//|/\*)", re.MULTILINE)
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
DEEPEST = 20


def values(text: str) -> dict[str, Any]:
    """The values of all top-level assignments that are literals."""
    return {name: value for name, value, _ in _assignments(text) if value is not _NO_LITERAL}


def assigned(text: str) -> set[str]:
    """The names of all top-level assignments."""
    return {name for name, _, _ in _assignments(text)}


def lines(text: str) -> dict[str, int]:
    """The line, from 1, of each top-level assignment."""
    return {name: text.count("\n", 0, at) + 1 for name, _, at in _assignments(text)}


_NO_LITERAL = object()


def _assignments(text: str) -> Iterator[tuple[str, Any, int]]:
    """Name, value and beginning of each top-level assignment."""
    at = 0
    while found := _ASSIGNMENT.search(text, at):
        at = found.end()
        try:
            value, at = _value(text, _after_space(text, at), 0)
            if not _END_OF_VALUE.match(text, at):
                value = _NO_LITERAL
        except ValueError:
            value = _NO_LITERAL
        yield found[1], value, found.start()


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """The literal that begins at `at`, and where it ends. Raises `ValueError` where there is none."""
    if depth > DEEPEST:
        raise ValueError("too deep")
    if found := _STRING.match(text, at):
        return _unescaped(found[1]), found.end()
    if found := _NUMBER.match(text, at):
        number = float(found[0])
        return int(number) if number.is_integer() else number, found.end()
    if text[at : at + 1] == "[":
        return _list(text, at + 1, depth + 1)
    if text[at : at + 1] == "{":
        return _map(text, at + 1, depth + 1)
    found = _NAME.match(text, at)
    if found is None or found[0] not in _WORDS:
        raise ValueError("no literal")
    return _WORDS[found[0]], found.end()


def _list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while text[(at := _after_space(text, at)) : at + 1] != "]":
        item, at = _value(text, at, depth)
        items.append(item)
        at = _after_space(text, at)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            raise ValueError("no list")
    return items, at + 1


def _map(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    entries: dict[str, Any] = {}
    while text[(at := _after_space(text, at)) : at + 1] != "}":
        if quoted := _STRING.match(text, at):
            name, at = _unescaped(quoted[1]), quoted.end()
        elif bare := _NAME.match(text, at):
            name, at = bare[0], bare.end()
        else:
            raise ValueError("no name")
        at = _after_space(text, at)
        if text[at : at + 1] not in ("=", ":"):
            raise ValueError("no value")
        entries[name], at = _value(text, _after_space(text, at + 1), depth)
        at = _after_space(text, at)
        if text[at : at + 1] == ",":
            at += 1
    return entries, at + 1


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _unescaped(text: str) -> str:
    if _TEMPLATE.search(text):
        raise ValueError("a template")

    def character(found: re.Match[str]) -> str:
        what = found[1]
        if what is None:
            raise ValueError("no escape")
        return _ESCAPES.get(what) or chr(int(what[1:], 16))

    return _ESCAPE.sub(character, text).replace("$${", "${").replace("%%{", "%{")
