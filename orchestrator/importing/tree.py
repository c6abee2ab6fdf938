"""A YAML text as Copilot reads it: each value as it is written, with its line.

Copilot is written in Go and reads with yaml.v3: keys are text, whatever they look like, and a number, a boolean or a
date where text is wanted is the text as it is written. PyYAML parses, but none of its types are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import yaml

Place = tuple[str, ...]
Kind = Literal["text", "number", "boolean", "nothing", "list", "mapping"]
MOST_VALUES = 20_000
DEEPEST = 60
_NOTHING = ("", "~", "null", "Null", "NULL")
# yaml.v3 takes the words of YAML 1.1 too, where a boolean is wanted.
_TRUE = ("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y")
_FALSE = ("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_OTHER_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0[xob][0-9a-fA-F_]+")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Unreadable(Exception):
    """A text that Copilot could not read either: the line, why, and what to do about it."""

    def __init__(self, line: int, reason: str, fix: str = "correct it, then import again") -> None:
        super().__init__(reason)
        self.line, self.reason, self.fix = line, reason, fix


@dataclass(frozen=True)
class Value:
    """A value. `text` is a scalar as it is written; `entries` are those of a mapping, `items` those of a list."""

    line: int
    kind: Kind
    text: str = ""
    entries: tuple[tuple[str, int, Value], ...] = ()
    items: tuple[Value, ...] = ()

    @property
    def is_mapping(self) -> bool:
        """True for keys and values, also for none of them."""
        return self.kind == "mapping"

    @property
    def pairs(self) -> tuple[tuple[str, Value], ...]:
        """The keys and values of a mapping."""
        return tuple((name, value) for name, _, value in self.entries)

    def get(self, *place: str) -> Value | None:
        """The value below these keys."""
        here: Value | None = self
        for step in place:
            here = next((value for name, value in here.pairs if name == step), None) if here else None
        return here

    def as_text(self) -> str | None:
        """A scalar as it is written; None for anything else."""
        return self.text if self.kind in ("text", "number", "boolean") else None

    def as_number(self) -> int | None:
        """A whole number."""
        return int(self.text.replace("_", "")) if self.kind == "number" and _INTEGER.fullmatch(self.text) else None

    def as_truth(self) -> bool | None:
        """True or false."""
        return True if self.text in _TRUE else False if self.text in _FALSE else None

    def as_seconds(self) -> float | None:
        """A duration as Go writes it: 90s, 1h30m, 250ms."""
        parts = _DURATION.findall(self.text) if self.kind == "text" else []
        if not parts or "".join(number + unit for number, unit in parts) != self.text:
            return None
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)

    def as_texts(self) -> tuple[str, ...] | None:
        """A list of scalars."""
        found = [item.as_text() for item in self.items]
        return tuple(text for text in found if text is not None) if self.kind == "list" and None not in found else None

    def leaves(self, above: Place = ()) -> Iterator[tuple[Place, Value]]:
        """Every value without keys below it, and its place: a scalar, an empty mapping, a list without mappings."""
        below: list[tuple[str, Value]] = [(name, value) for name, value in self.pairs]
        if any(item.is_mapping for item in self.items):
            below = [(f"[{number}]", item) for number, item in enumerate(self.items)]
        if not below:
            yield above, self
        for name, value in below:
            yield from value.leaves((*above, name))

    def line_of(self, place: Place) -> int:
        """The line of the key at a place, or of the last on the way there that exists."""
        here, line = self, self.line
        for step in place:
            found = [(number, value) for name, number, value in here.entries if name == step]
            found += [(item.line, item) for number, item in enumerate(here.items) if f"[{number}]" == step]
            if not found:
                break
            line, here = found[0]
        return line


def shown(place: Place) -> str:
    """A place as it is written in messages: http.additional_rules[0].path."""
    return ".".join(place).replace(".[", "[")


def parse(text: str) -> tuple[Value, int | None]:
    """The first document, and the line at which a second one begins. Raises `Unreadable`."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_node() if loader.check_node() else None
        more = loader.peek_event().start_mark.line + 1 if loader.check_node() else None
        return _Tree().value(node) if node is not None else Value(1, "nothing"), more
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + 1 if mark else 1
        raise _not_yaml(text, line, reason) from error
    except RecursionError as error:
        raise Unreadable(1, "it is nested too deep") from error


def _not_yaml(text: str, line: int, reason: str) -> Unreadable:
    if "{{" in text or "{%" in text:
        fix = "import what the template is rendered to"
        return Unreadable(line, f"not YAML, but a template ({reason})", fix)
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    if written.rstrip("\"'").endswith("::"):
        return Unreadable(line, f"not YAML: {reason}, at `{written.strip()[:60]}`", "put the value in quotes")
    if "mapping values are not allowed" in reason or "expected <block end>" in reason:
        fix = "compare the indentation of this line with the lines before it, then import again"
        return Unreadable(line, f"not YAML: {reason}, at `{written.strip()[:60]}`", fix)
    return Unreadable(line, f"not YAML: {reason}")


class _Tree:
    def __init__(self) -> None:
        self._number = 0

    def value(self, node: yaml.Node, depth: int = 0) -> Value:
        self._number += 1
        line = node.start_mark.line + 1
        if self._number > MOST_VALUES or depth > DEEPEST:
            raise Unreadable(line, "it has too many values, or an alias that holds itself")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, line)
        if isinstance(node, yaml.SequenceNode):
            return Value(line, "list", items=tuple(self.value(item, depth + 1) for item in node.value))
        own: dict[str, tuple[int, Value]] = {}
        merged: dict[str, tuple[int, Value]] = {}
        for key, below in node.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise Unreadable(at, "a key that is a list or a mapping, as a template has it", _RENDER)
            if key.value == "<<" and key.style is None:
                for name, number, value in self._merge(below, depth + 1):
                    merged.setdefault(name, (number, value))
                continue
            name = _scalar(key, at).text
            if name in own:
                raise Unreadable(at, f"the key {name} stands twice, first in line {own[name][0]}", "keep one of them")
            own[name] = at, self.value(below, depth + 1)
        entries = {**own, **{name: value for name, value in merged.items() if name not in own}}
        return Value(line, "mapping", entries=tuple((name, at, value) for name, (at, value) in entries.items()))

    def _merge(self, node: yaml.Node, depth: int) -> Iterator[tuple[str, int, Value]]:
        for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            found = self.value(item, depth)
            if not found.is_mapping:
                raise Unreadable(found.line, "<< stands before something that is no mapping")
            yield from found.entries


_RENDER = "import what the template is rendered to"


def _scalar(node: yaml.ScalarNode, line: int) -> Value:
    text = str(node.value)
    if re.search("[\ud800-\udfff\0]", text):
        raise Unreadable(line, "a character that no text can hold", "write the character itself")
    if node.style is not None:
        return Value(line, "text", text)
    if text in _NOTHING:
        return Value(line, "nothing")
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return Value(line, "boolean", text)
    is_number = _INTEGER.fullmatch(text) or _OTHER_NUMBER.fullmatch(text)
    return Value(line, "number" if is_number else "text", text)
