"""Which services a plan would replace although they can be moved, and which it moves."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.values import AttributePath
from orchestrator.standby import moving


def service(action: Action, *paths: AttributePath, kind: str = "aws_ecs_service", **after: Any) -> Plan:
    address = f'module.service["words"].{kind}.this[0]'
    values = {"name": "words", **after}
    return Plan(resources=(Resource(address, "", kind, "this", "aws", action, values, values, replace_paths=paths),))


STRATEGY, ENTRY = ("capacity_provider_strategy",), ("capacity_provider_strategy", 0, "base")


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (service(Action.REPLACE, STRATEGY), {"words"}),
        (service(Action.REPLACE, STRATEGY, ENTRY), {"words"}),
        # From or to machines outside AWS: ECS has no other way than a new service.
        (service(Action.REPLACE, STRATEGY, ("launch_type",)), set()),
        (service(Action.REPLACE, ("name",)), set()),
        (service(Action.REPLACE), set()),
        (service(Action.UPDATE), set()),
        (service(Action.REPLACE, STRATEGY, kind="aws_ecs_task_set"), set()),
    ],
)
def test_a_service_replaced_for_its_capacity_alone_is_moved_instead(plan: Plan, expected: set[str]) -> None:
    assert moving.wanted(plan) == expected


def test_the_plan_after_a_move_is_wanted_where_it_was_forced() -> None:
    assert moving.moved(service(Action.UPDATE, force_new_deployment=True)) == {"words"}
    assert moving.moved(service(Action.UPDATE, force_new_deployment=None)) == frozenset()
    assert moving.moved(service(Action.UPDATE)) == frozenset()
