"""Which services are deployed once more because a service that they call is new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.project.manifest import Service
from orchestrator.review.model import Action, Plan, Resource
from orchestrator.standby import callers

SHOP = Service("shop", Path(), ("/shop",), calls=("pricing",))
SERVICES = [SHOP, Service("pricing", Path(), kind="backend"), replace(SHOP, name="page", calls=())]


def service(name: str, action: Action) -> Resource:
    sides = {"name": name}
    return Resource(
        f'module.service["{name}"].aws_ecs_service.this[0]', "", "aws_ecs_service", "this", "aws", action,
        None if action is Action.CREATE else sides, None if action is Action.DELETE else sides,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "late"),
    [
        ({"pricing": Action.CREATE}, ["shop"]),
        ({"pricing": Action.CREATE, "shop": Action.CREATE}, ["shop"]),
        ({"pricing": Action.REPLACE}, ["shop"]),
        ({"pricing": Action.UPDATE}, []),
        ({"shop": Action.CREATE}, []),
        ({"page": Action.CREATE}, []),
        ({}, []),
    ],
)
def test_those_that_call_what_is_made_are_late(changes: dict[str, Action], late: list[str]) -> None:
    plan = Plan(resources=tuple(service(name, action) for name, action in changes.items()))
    assert callers.of_new(plan, SERVICES) == late
