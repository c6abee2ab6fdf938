"""Reading values out of a resource, whatever stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator.review.model import Resource
from orchestrator.review.values import UNKNOWN, AttributePath, Sensitive


def at(values: Any, path: AttributePath | str) -> Any:
    """The value at a path; None if there is nothing, `UNKNOWN` if what it would be in is unknown.

    A path may be written with dots; a nested block that there is one of is passed through:
    `at(after, "point_in_time_recovery.enabled")` reads `{"point_in_time_recovery": [{"enabled": true}]}`.
    """
    here = values
    for part in path.split(".") if isinstance(path, str) else path:
        if isinstance(part, str) and isinstance(here, list | tuple):
            here = here[0] if here else None
        if here is UNKNOWN or isinstance(here, Sensitive):
            return here
        if isinstance(here, Mapping):
            here = here.get(part)
        elif isinstance(here, list | tuple) and isinstance(part, int):
            here = here[part] if -len(here) <= part < len(here) else None
        else:
            return None
    return here


def blocks(values: Any, name: str) -> list[Mapping[str, Any]]:
    """The nested blocks of this name, as far as they are known."""
    found = at(values, name)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list | tuple) else []


def items(values: Any, name: str) -> Sequence[Any]:
    """The items of the list of this name; none of a list that is not known, or of what is no list."""
    found = at(values, name)
    return found if isinstance(found, list | tuple) else ()


def hidden(value: Any) -> bool:
    """True if the value cannot be judged: known only after apply, or sensitive."""
    return value is UNKNOWN or isinstance(value, Sensitive)


def switch(value: Any) -> bool | None:
    """A yes or no, also one that is written as text; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "1": True, "on": True, "enabled": True, "false": False, "0": False, "off": False}.get(
            value.lower(), False if value.lower() in ("disabled", "suspended") else None
        )
    return None


def number(value: Any) -> float | None:
    """A number, also one that is written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def attribute_path(resource: Resource, written: str) -> AttributePath:
    """The real path of an attribute that is written with dots, with the index of nested blocks."""
    path: list[str | int] = []
    values = [resource.before, resource.after]
    for part in written.split("."):
        if any(isinstance(value, list | tuple) for value in values):
            path.append(0)
            values = [value[0] if isinstance(value, list | tuple) and value else None for value in values]
        path.append(part)
        values = [value.get(part) if isinstance(value, Mapping) else None for value in values]
    return tuple(path)


def values_at(values: Any, names: Sequence[str], here: AttributePath = ()) -> Iterator[tuple[AttributePath, Any]]:
    """All values at a path through nested blocks, each with its real path: of every block and every item of a list."""
    if isinstance(values, list | tuple):
        for index, item in enumerate(values):
            yield from values_at(item, names, (*here, index))
    elif not names:
        yield here, values
    elif isinstance(values, Mapping):
        yield from values_at(values.get(names[0]), names[1:], (*here, names[0]))
