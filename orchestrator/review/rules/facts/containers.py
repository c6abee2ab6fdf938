"""The containers of an ECS task definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Resource
from orchestrator.review.reading.structures import decoded
from orchestrator.review.rules.kit.attributes import at

NAME = "container_definitions"


def both(resource: Resource) -> Iterator[tuple[int, Mapping[str, Any], Mapping[str, Any]]]:
    """Each container that is there before and after, with its place after."""
    old = {item.get("name"): item for item in definitions(resource.before) if item.get("name")}
    for place, item in enumerate(definitions(resource.after)):
        if item.get("name") in old:
            yield place, old[item.get("name")], item


def definitions(values: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The container definitions in one side of a task definition, in their order."""
    found = decoded(at(values, NAME))
    return [item if isinstance(item, Mapping) else {} for item in found] if isinstance(found, list) else []
