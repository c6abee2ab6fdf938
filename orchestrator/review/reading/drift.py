"""Which of the changes made outside of Terraform matter to the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orchestrator.review.model import Action, Difference, Resource
from orchestrator.review.reading.configuration import without_keys
from orchestrator.review.values import AttributePath


def that_matters(
    drifted: Sequence[Resource],
    resources: Iterable[Resource],
    relevant: Iterable[Mapping[str, Any]],
    *,
    everything: bool = False,
) -> tuple[Resource, ...]:
    """The drift that a reviewer must see.

    That is an attribute that the plan's changes depend on (Terraform's `relevant_attributes`), one that the plan
    changes back, every object that is gone; and `everything` for a plan that only takes drift over.
    """
    read: dict[str, list[AttributePath]] = {}
    for item in relevant:
        read.setdefault(without_keys(item.get("resource") or ""), []).append(tuple(item.get("attribute") or ()))
    changed = {item.address: item for item in resources if item.action is not Action.NO_OP}
    return tuple(
        item
        for item in drifted
        if everything
        or item.action is Action.DELETE
        or _is_read(item, read.get(without_keys(item.address), ()))
        or _is_undone(item, changed)
    )


def _is_read(item: Resource, paths: Sequence[AttributePath]) -> bool:
    return any(
        path[: len(other.path)] == other.path[: len(path)] and (path or _is_set(item, other))
        for path in paths
        for other in item.differences
        if not other.noise
    )


def _is_set(item: Resource, other: Difference) -> bool:
    """True if the configuration sets the attribute.

    An object that is handed on as a whole reads every attribute in name only. What nobody sets is filled in by the
    plan's other resources: a route table by its routes, a target group by its load balancer.
    """
    return item.configured is None or other.path[0] in item.configured


def _is_undone(item: Resource, changed: Mapping[str, Resource]) -> bool:
    change = changed.get(item.address)
    if change is None or change.action is Action.DELETE:
        return False
    names = {other.path[0] for other in change.differences}
    return any(other.path[0] in names for other in item.differences if not other.noise)
