"""The schema read back: of each key its type, description, limits and default, for messages and generated pages."""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

REQUIRED = object()


@dataclass(frozen=True)
class Key:
    """One key. `type` is a plain Python type, without what is said about it; `default` is REQUIRED or a value.

    `is_optional` where None stands for what is not given; nobody writes it.
    """

    name: str
    type: Any
    description: str = ""
    example: str = ""
    low: int | None = None
    high: int | None = None
    is_optional: bool = False
    default: Any = field(default=REQUIRED, compare=False)

    @property
    def is_required(self) -> bool:
        """True if a manifest must have it."""
        return self.default is REQUIRED


@functools.cache
def keys(model: type) -> Mapping[str, Key]:
    """The keys of a model, in their order."""
    hints = get_type_hints(model, include_extras=True)
    found = {}
    for item in dataclasses.fields(model):
        about = described(hints[item.name])
        default = item.default
        if default is dataclasses.MISSING:
            default = REQUIRED if item.default_factory is dataclasses.MISSING else item.default_factory()
        found[item.name] = dataclasses.replace(about, name=item.name, default=default)
    return found


def described(hint: Any) -> Key:
    """What a type says of itself, all layers of `Annotated` together: the outermost counts."""
    values: dict[str, Any] = {}
    optional = False
    while True:
        if get_origin(hint) is Annotated:
            hint, *about = get_args(hint)
            for item in reversed(about):
                _take(item, values)
        elif is_optional(hint):
            hint, optional = next(part for part in get_args(hint) if part is not type(None)), True
        else:
            return Key("", hint, **values, is_optional=optional)


def _take(item: Any, values: dict[str, Any]) -> None:
    if not isinstance(item, FieldInfo):
        return
    extra = item.json_schema_extra if isinstance(item.json_schema_extra, dict) else {}
    found = {"description": item.description, "example": extra.get("example")}
    limits = [("low", getattr(limit, "ge", None)) for limit in item.metadata]
    limits += [("high", getattr(limit, "le", None)) for limit in item.metadata]
    for name, value in (*found.items(), *limits):
        if value is not None and value != "":
            values.setdefault(name, value)


def is_optional(hint: Any) -> bool:
    """True for `X | None`."""
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)


def item_of(hint: Any) -> Any:
    """The type of the elements of a list or of the values of a mapping, None for anything else."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return arguments[0]
    return arguments[1] if isinstance(origin, type) and issubclass(origin, Mapping) else None


def is_list(hint: Any) -> bool:
    """True for a list of one type."""
    return get_origin(hint) is tuple


def is_mapping_of_text(hint: Any) -> bool:
    """True for a mapping of names to texts."""
    item = None if is_list(hint) else item_of(hint)
    return item is not None and described(item).type is str


def choices(hint: Any) -> tuple[str, ...]:
    """The words that a key takes, where it takes nothing else."""
    return get_args(hint) if get_origin(hint) is Literal else ()


def at(model: type, place: tuple[int | str, ...]) -> Key | None:
    """The key at a place in a manifest (`("environments", "production", "cpu")`); None where there is none."""
    here = Key("", model)
    for step in place:
        if dataclasses.is_dataclass(here.type):
            found = keys(here.type).get(str(step))  # type: ignore[arg-type]
        else:
            item = item_of(here.type)
            found = dataclasses.replace(described(item), name=str(step)) if item is not None else None
        if found is None:
            return None
        here = found
    return here
