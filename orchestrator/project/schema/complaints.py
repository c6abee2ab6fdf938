"""What is wrong with a manifest's values, in words: the place of each, what it is, and how to correct it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails, ValidationError

from orchestrator.project.schema import describe
from orchestrator.project.schema.rules import kind

Place = tuple[int | str, ...]
_NUMBERS = ("int_type", "int_parsing", "int_from_float")
_MAPPINGS = ("dict_type", "mapping_type", "dataclass_type")
_LISTS = ("list_type", "tuple_type")


@dataclass(frozen=True)
class Complaint:
    """`place` leads from the top to the value: keys and numbers of elements."""

    place: Place
    text: str
    fix: str


def of(error: ValidationError, model: type) -> Iterator[Complaint]:
    """Every complaint of a validation."""
    for detail in error.errors(include_url=False):
        # "[key]" is pydantic's word for the key of a mapping, in place of its value.
        place = tuple(part for part in detail["loc"] if part != "[key]")
        yield Complaint(place, *_words(detail, place, model))


def unknown(name: str, known: Mapping[str, Any], above: Place = ()) -> tuple[str, str]:
    """What to say of a key that there is not."""
    near = difflib.get_close_matches(name, known, n=1)
    fix = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
    below = f" in {'.'.join(map(str, above))}" if above else ""
    return f"unknown key {name!r}{below}", fix


def label(place: Place, model: type) -> str:
    """How a sentence begins that is about the value at a place."""
    above, name = place[:-1], place[-1] if place else ""
    parent = describe.at(model, above) if above else None
    if parent is not None and describe.is_mapping_of_text(parent.type):
        return f"{'.'.join(map(str, above))!r} sets {name}"
    return repr(".".join(map(str, place)))


def _words(detail: ErrorDetails, place: Place, model: type) -> tuple[str, str]:
    what, value = detail["type"], detail["input"]
    about = describe.at(model, place)
    name = label(place, model)
    if what == "rule":
        context = detail["ctx"]
        # About a name itself one speaks as of the mapping that it is in.
        begins = repr(".".join(map(str, place[:-1]))) if detail["loc"][-1] == "[key]" else name
        return str(context["text"]).replace("{label}", begins), str(context["fix"])
    if what in ("missing", "missing_argument"):
        example = about.example if about and about.example else "..."
        return f"the key {name} is missing", f"add `{place[-1]}: {example}`"
    if what in ("unexpected_keyword_argument", "extra_forbidden"):
        parent = describe.at(model, place[:-1])
        return unknown(str(place[-1]), describe.keys(parent.type) if parent else {}, place[:-1])
    if about is None:
        return f"{name} is {kind(value)}: {detail['msg']}", "see docs/service-yaml.md"
    if what in _NUMBERS:
        return f"{name} is {kind(value)}, not a whole number", f"write a number {_limits(about)}, unquoted"
    if what in ("greater_than_equal", "less_than_equal"):
        return f"{name} is \0written\0", f"use {about.low} to {about.high}"
    if what == "literal_error":
        return f"{name} is \0written\0", f"use one of {', '.join(map(str, describe.choices(about.type)))}"
    if what in ("bool_type", "bool_parsing"):
        return f"{name} is {kind(value)}, not true or false", "write true or false, unquoted"
    if what == "string_type" and " sets " in name:
        fix = f'quote it: {place[-1]}: "\0written\0"' if not isinstance(value, (list, dict)) else "write text"
        return f"{name} to {kind(value)}, not text", fix
    if what == "string_type":
        return f"{name} is {kind(value)}, not text", 'quote it: "\0written\0"'
    if what in _MAPPINGS:
        return f"{name} is {kind(value)}, not a mapping", f"write {_example(about, 'NAME: value lines below it')}"
    if what in _LISTS:
        return f"{name} is {kind(value)}, not a list", f"write a list: {_example(about, '[...]')}"
    return f"{name} is \0written\0: {detail['msg']}", f"write {_example(about, 'another value')}"


def _limits(about: describe.Key) -> str:
    if about.low is None or about.high is None:
        return "of digits alone"
    return f"from {about.low} to {about.high}"


def _example(about: describe.Key, otherwise: str) -> str:
    return f"{about.name}: {about.example}" if about.example and about.name else otherwise
