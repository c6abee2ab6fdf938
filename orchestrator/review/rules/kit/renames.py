"""Which of the resources that a plan destroys are the same as one that it creates, under another address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.kit.per_plan import per_plan

# Attributes that name an object, and how the type ends whose objects they name: in other types they name what the
# object belongs to.
_IDENTITIES = {
    "name": "",
    "bucket": "",
    "identifier": "",
    "domain_name": "",
    "creation_token": "",
    "repository": "",
    "cluster_identifier": "_cluster",
    "cluster_id": "_cluster",
    "replication_group_id": "_replication_group",
    "function_name": "_function",
}
# Within what, or beside what, the name is one.
_CONTAINERS = ("zone_id", "cluster", "rest_api_id", "type", "set_identifier", "key", "identifier", "statement_id")
# What says little about which object it is: many have the same.
_COMMON = frozenset({"region", "force_destroy", "tags_all", "timeouts"})
_ALIKE = 3
"""So many values at least must be the same where nothing names the object."""


def new_address(resource: Resource, plan: Plan) -> str:
    """Where the plan creates what it destroys here; empty if it does not, or if several would do."""
    if resource.action is not Action.DELETE or resource.deposed or resource.before is None:
        return ""
    candidates = {
        item.address: item
        for key, value in _texts(resource.before)
        for item in _created(plan).get((resource.type, key, value), ())
    }
    found = [item.address for item in candidates.values() if _is_same(resource.type, resource.before, item.after or {})]
    return found[0] if len(found) == 1 else ""


@per_plan
def _created(plan: Plan) -> Mapping[tuple[str, str, str], list[Resource]]:
    """What is created, by its names and by the longest of its other texts: one of them at least must be the same."""
    found: dict[tuple[str, str, str], list[Resource]] = {}
    for item in plan.resources:
        if item.managed and item.action is Action.CREATE and item.after:
            texts = list(_texts(item.after))
            names = [text for text in texts if text[0] in _IDENTITIES]
            longest = sorted(texts, key=lambda text: (-len(text[1]), text))[:1]
            for key, value in {*names, *longest}:
                found.setdefault((item.type, key, value), []).append(item)
    return found


def _texts(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in values.items() if isinstance(value, str) and value and key not in _COMMON)


def _is_same(type_: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    for attribute, ending in _IDENTITIES.items():
        if not type_.endswith(ending):
            continue
        old, new = before.get(attribute), after.get(attribute)
        if isinstance(old, str) and isinstance(new, str) and old and new:
            return old == new and _same_container(before, after)
    known = {key: value for key, value in after.items() if _tells(value) and key not in _COMMON}
    return len(known) >= _ALIKE and all(before.get(key) == value for key, value in known.items())


def _same_container(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """A record or a service has its name only within a zone or a cluster."""
    return all(
        before.get(key) == after.get(key) for key in _CONTAINERS if _tells(before.get(key)) and _tells(after.get(key))
    )


def _tells(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | list | dict) and value not in ("", [], {}, None)
