"""Reading values out of a resource, whatever stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.review.values import UNKNOWN, Path, Sensitive


def at(values: Any, path: Path | str) -> Any:
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
