"""What a second plan of a running system brings along by itself, and nobody wants to read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.review.reading.reading import read
from orchestrator.review.render import terminal
from orchestrator.review.review import review

from .plans import change

TABLE = "module.network.aws_route_table.private"
IMAGES = {word: f"1.dkr.ecr.eu-west-1.amazonaws.com/words@sha256:{word * 64}" for word in ("a", "b")}


def containers(word: str) -> str:
    return json.dumps([{"name": "words", "image": IMAGES[word]}])


def deploy(*, kept: bool) -> list[dict[str, Any]]:
    definition = {"family": "words", "skip_destroy": kept, "arn": "arn:aws:ecs:eu-west-1:1:task-definition/words:7"}
    return [
        change(
            "aws_ecs_task_definition.this",
            {**definition, "container_definitions": containers("a")},
            {**definition, "container_definitions": containers("b")},
            unknown={"arn": True},
            replaced=True,
        ),
        change(
            "aws_ecs_service.this",
            {"name": "words", "task_definition": definition["arn"]},
            {"name": "words"},
            unknown={"task_definition": True},
        ),
    ]


def plan(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": list(changes), **more}


@pytest.mark.parametrize("kept", [True, False])
def test_a_new_revision_is_told_as_what_it_is_and_not_once_more_at_its_service(kept: bool) -> None:
    told = terminal.render(review(read(plan(*deploy(kept=kept)))), width=200)
    assert "Deploys words aaaaaaaaaaaa → bbbbbbbbbbbb." in told
    assert ("created again, the old version stays" in told) is kept
    assert ("destroyed, then created" in told) is not kept
    assert "task_definition:" not in told
    assert "1 value that follows from another change" in told


def drifted(attribute: str) -> dict[str, Any]:
    """A plan in which something else changes, and the route table is handed on as a whole."""
    return plan(
        change("aws_sns_topic.other", {"name": "a", "policy": "x"}, {"name": "a", "policy": "y"}),
        resource_drift=[change(f'{TABLE}["a"]', {"route": [], "vpc_id": "v"}, {"route": [], "vpc_id": "v"} | {
            attribute: [{"cidr_block": "0.0.0.0/0"}] if attribute == "route" else "w"
        })],
        relevant_attributes=[{"resource": TABLE, "attribute": []}],
        configuration={"root_module": {"module_calls": {"network": {"module": {"resources": [{
            "address": "aws_route_table.private", "mode": "managed", "type": "aws_route_table", "name": "private",
            "expressions": {"vpc_id": {"references": ["aws_vpc.this.id", "aws_vpc.this"]}},
        }]}}}}},
    )  # fmt: skip


def test_what_other_resources_of_the_plan_filled_in_is_no_drift_that_matters() -> None:
    found = read(drifted("route"))
    assert (found.drift, found.other_drift) == ((), 1)


def test_what_the_configuration_sets_is_drift_that_matters() -> None:
    found = read(drifted("vpc_id"))
    assert [item.address for item in found.drift] == [f'{TABLE}["a"]']
