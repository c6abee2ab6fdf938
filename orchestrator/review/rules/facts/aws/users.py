"""What in a plan uses a thing, by its id, ARN or name, and whether it still does so afterwards."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.kit.per_plan import per_plan

_LONGEST = 2_048
"""So long is the longest ARN."""
_IDENTITY = re.compile(r"arn:[^:]+:iam::\d*:(role|user|group|instance-profile)/(?:.*/)?([^/]+)")


@dataclass(frozen=True, slots=True)
class Users:
    """Those that still have it after the plan, those that have another by then, and those that are destroyed."""

    stay: tuple[Resource, ...] = ()
    move: tuple[Resource, ...] = ()
    go: tuple[Resource, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.stay or self.move or self.go)


def users(plan: Plan, *names: str) -> Users:
    """Who has one of these texts in any of its values. JSON inside of a string is not looked into: policies are there.

    `role/app` stands for the ARN of the role of that name, in any account and path; `role=app` for the name itself in
    an attribute `role`.
    """
    wanted = {name for name in names if name}
    found = {id(item): item for name in wanted for item in _holding(plan).get(name, ())}
    becomes: dict[str, list[Resource]] = {"stay": [], "move": [], "go": []}
    for item in found.values():
        becomes[_becomes(item, wanted)].append(item)
    return Users(**{key: tuple(items) for key, items in becomes.items()})


def _becomes(item: Resource, wanted: set[str]) -> str:
    if item.action is Action.DELETE:
        return "go"
    stays = item.action is Action.FORGET or not wanted.isdisjoint(_names(item.after))
    return "stay" if stays else "move"


@per_plan
def _holding(plan: Plan) -> Mapping[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for item in plan.resources:
        if item.managed and item.before and not item.deposed:
            for name in dict.fromkeys(_names(item.before)):
                found[name].append(item)
    return found


def _names(values: Any) -> Iterator[str]:
    for key, text in _texts(values):
        yield text
        yield f"{key}={text}"
        if text.startswith("arn:") and (match := _IDENTITY.fullmatch(text)):
            yield f"{match[1]}/{match[2]}"


def _texts(values: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The texts in a value, each with the name of the attribute that it is in."""
    if isinstance(values, str):
        if values and len(values) <= _LONGEST:
            yield name, values
    elif isinstance(values, Mapping):
        for key, item in values.items():
            if isinstance(item, str | Mapping | list | tuple):
                yield from _texts(item, str(key))
    elif isinstance(values, list | tuple):
        for item in values:
            yield from _texts(item, name)
