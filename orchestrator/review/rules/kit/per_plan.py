"""What is worked out once for a plan and asked for by each of its resources."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from orchestrator.review.model import Plan, Resource

T = TypeVar("T")


def per_plan(work: Callable[[Plan], T]) -> Callable[[Plan], T]:
    """Keeps the last plan's result. A plan is not hashable, so it is known by its identity, and not kept alive."""
    last: list[tuple[weakref.ref[Plan], T]] = []

    @functools.wraps(work)
    def kept(plan: Plan) -> T:
        if not last or last[0][0]() is not plan:
            last[:] = [(weakref.ref(plan), work(plan))]
        return last[0][1]

    return kept


def per_resource(work: Callable[[Resource, Plan], T]) -> Callable[[Resource, Plan], T]:
    """Keeps the result for each resource of the last plan: several rules ask the same of one."""
    kept_for = per_plan(_nothing_yet)

    @functools.wraps(work)
    def kept(resource: Resource, plan: Plan) -> T:
        known = kept_for(plan)
        # The resource is kept with its result, so that its identity stays its own.
        if id(resource) not in known:
            known[id(resource)] = resource, work(resource, plan)
        result: T = known[id(resource)][1]
        return result

    return kept


def _nothing_yet(plan: Plan) -> dict[int, tuple[Resource, Any]]:
    return {}
