"""A service.yaml as a text that every YAML reader reads the same."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator.importing.tree import Place
from orchestrator.project import yaml_text
from orchestrator.project.schema import describe
from orchestrator.project.schema.service import Service

SCHEMA_LINE = "# yaml-language-server: $schema=../service.schema.json"
WIDTH = 110
_PLAIN = re.compile(r"[A-Za-z_/.][A-Za-z0-9_./-]*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def render(values: Mapping[str, Any], notes: Sequence[str], source: str, report: str) -> str:
    """The file: what needs attention first, then the keys in the schema's order."""
    lines = [SCHEMA_LINE]
    if notes:
        head = f"Imported from {source}; {report} has all of its keys. What needs your attention:"
        lines += _comment(head, "# ", "# ")
        lines += [line for note in notes for line in _comment(note, "# - ", "#   ")]
    lines.append("")
    for name in _ordered((), values):
        lines += _entry((name,), values[name])
    return "\n".join(lines) + "\n"


def _comment(note: str, first: str, rest: str) -> Iterator[str]:
    """A comment on as many lines as it takes."""
    line, begin = "", first
    for word in note.split():
        if line and len(begin) + len(line) + len(word) >= WIDTH:
            yield begin + line
            line, begin = "", rest
        line = f"{line} {word}" if line else word
    yield begin + line


def _ordered(place: Place, values: Mapping[str, Any]) -> list[str]:
    """Keys of the schema in its order, environments by name, and other names as they came."""
    about = describe.at(Service, place)
    if place == ("environments",):
        return sorted(values)
    order = (
        list(describe.keys(about.type))
        if about and isinstance(about.type, type) and dataclasses.is_dataclass(about.type)
        else []
    )
    return sorted(values, key=lambda name: order.index(name) if name in order else len(order))


def _entry(place: Place, value: Any) -> Iterator[str]:
    indent = "  " * (len(place) - 1)
    key = f"{indent}{scalar(place[-1])}:"
    if isinstance(value, Mapping):
        if not value:
            yield f"{key} {{}}"
            return
        yield key
        for name in _ordered(place, value):
            yield from _entry((*place, name), value[name])
    elif isinstance(value, (list, tuple)):
        flow = f"{key} [{', '.join(scalar(item) for item in value)}]"
        if len(flow) <= WIDTH:
            yield flow
            return
        yield key
        for item in value:
            yield f"{indent}  - {scalar(item)}"
    else:
        yield f"{key} {scalar(value)}"


def scalar(value: Any) -> str:
    """A scalar; text in quotes where it could be read as something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and not yaml_text.composed(f"{text}: {text}")[1]:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
