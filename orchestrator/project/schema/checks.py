"""Values of a manifest checked by the schema, and by what holds between its keys. Decides only."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from orchestrator.project.schema import between, complaints, describe
from orchestrator.project.schema.complaints import Complaint, Place
from orchestrator.project.schema.service import Service


@dataclass(frozen=True)
class Result:
    """The service, or None and why."""

    service: Service | None
    complaints: tuple[Complaint, ...] = ()


@functools.cache
def adapter() -> TypeAdapter[Service]:
    """The validator; it is made at its first use."""
    return TypeAdapter(Service)


def check(name: str, folder: Path, values: Mapping[str, Any], unclear: Set[str] = frozenset()) -> Result:
    """A service from the values of its keys. Of the keys that are `unclear` nothing is said."""
    try:
        service = adapter().validate_python({"name": name, "folder": folder, **values})
    except ValidationError as error:
        found = [item for item in complaints.of(error, Service) if not item.place or item.place[0] not in unclear]
        found += [*_empty(values), *_two_origins(values)]
        return Result(
            None, (*found, *between.sizes(values, {str(item.place[0]) for item in found if item.place} | unclear))
        )
    found = [*_empty(values), *_two_origins(values), *between.sizes(values, unclear)]
    found += between.complaints(service, values.keys() | unclear)
    return Result(None if found else service, tuple(found))


def _empty(value: Any, place: Place = ()) -> Iterator[Complaint]:
    """Keys without a value, where the schema would take that for a key that is not there."""
    if value is None:
        about = describe.at(Service, place)
        if about is not None and about.is_optional:
            text = f"{complaints.label(place, Service)} is empty"
            yield Complaint(place, text, "write a value behind it, or remove it")
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _empty(below, (*place, name))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _empty(below, (*place, number))


def _two_origins(values: Mapping[str, Any]) -> Iterator[Complaint]:
    """An image is taken as it is, or built."""
    if "image" in values and "build" in values:
        yield Complaint(("image",), "'image' and 'build' are both given", "keep one of them")
