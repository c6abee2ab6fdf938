"""In which order a task's containers start and stop, and when one that depends on another may start (`dependsOn`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Definition = Mapping[str, Any]

START, COMPLETE, SUCCESS, HEALTHY = "START", "COMPLETE", "SUCCESS", "HEALTHY"


class DependencyFailed(Exception):
    """A container can never start, for what it depends on has ended, failed or become unhealthy."""


def starts(containers: Sequence[Definition]) -> list[int]:
    """The containers' places in the order in which they start: as listed, each after what it depends on."""
    return [place for wave in _waves(containers) for place in wave]


def stops(containers: Sequence[Definition]) -> list[list[int]]:
    """The containers' places in the order in which they stop: together, each before what it depends on."""
    return _waves(containers)[::-1]


def _waves(containers: Sequence[Definition]) -> list[list[int]]:
    names = [container["name"] for container in containers]
    needs = {
        place: {names.index(name) for name in _needed(one) if name in names} for place, one in enumerate(containers)
    }
    waves: list[list[int]] = []
    while needs:
        # A circle is refused when the definition is registered.
        free = [place for place, wanted in needs.items() if not wanted & needs.keys()] or list(needs)
        waves.append(free)
        needs = {place: wanted for place, wanted in needs.items() if place not in free}
    return waves


def _needed(container: Definition) -> list[str]:
    return [str(each["containerName"]) for each in container.get("dependsOn") or []]


def problem(containers: Sequence[Definition]) -> str:
    """Why ECS refuses these containers' `dependsOn`, empty if it does not."""
    by_name = {container["name"]: container for container in containers}
    for container in containers:
        for each in container.get("dependsOn") or []:
            other, condition = by_name.get(each["containerName"]), each["condition"]
            if other is None:
                return f"container {container['name']} depends on {each['containerName']}, which is not in the task"
            if condition in (COMPLETE, SUCCESS) and other.get("essential", True):
                return f"container {container['name']} waits for the end of {other['name']}, which is essential"
            if condition == HEALTHY and not other.get("healthCheck"):
                return (
                    f"container {container['name']} waits until {other['name']} is healthy, which has no health check"
                )
    if any(_reaches(name, name, by_name) for name in by_name):
        return "there is a cycle in the containers' dependencies"
    return ""


def _reaches(start: str, goal: str, by_name: Mapping[str, Definition]) -> bool:
    todo, seen = _needed(by_name[start]), set[str]()
    while todo:
        name = todo.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            todo += _needed(by_name.get(name, {}))
    return False


def may_start(condition: str, name: str, state: Definition) -> bool:
    """Whether a container that waits for `name` may start, by the engine's state of it.

    Raises `DependencyFailed` if it never will.
    """
    ended = state.get("Status") in ("exited", "dead")
    code = state.get("ExitCode")
    health = (state.get("Health") or {}).get("Status")
    if condition == START:
        return True
    if condition == COMPLETE:
        return ended
    if condition == SUCCESS:
        if ended and code != 0:
            raise DependencyFailed(f"dependency {name} exited with {code}")
        return ended
    if ended:
        raise DependencyFailed(f"dependency {name} exited with {code} before it was healthy")
    if health == "unhealthy":
        raise DependencyFailed(f"dependency {name} is unhealthy")
    return health == "healthy"
