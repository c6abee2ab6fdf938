"""A plan that only moves images is told as a deploy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.review.deploys import deploys, is_only_a_deploy, words
from orchestrator.review.model import Action, Context, Deploy, Plan, Resource
from orchestrator.review.reading.structures import differences
from orchestrator.review.references import short
from orchestrator.review.values import UNKNOWN

OLD, NEW = (f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/words@sha256:{digit * 64}" for digit in "ab")


def task(before: str | None, after: str | None, action: Action = Action.REPLACE, **more: Any) -> Resource:
    sides: list[dict[str, Any] | None] = [
        {"container_definitions": json.dumps([{"name": "words", "image": image}]), "cpu": "256", "arn": "x"}
        if image
        else None
        for image in (before, after)
    ]
    return resource("aws_ecs_task_definition", action, sides[0], sides[1] and sides[1] | {"arn": UNKNOWN} | more)


def resource(kind: str, action: Action, before: Any, after: Any, **more: Any) -> Resource:
    found = differences(before, after) if action in (Action.UPDATE, Action.REPLACE) else ()
    return Resource(f"{kind}.this", "", kind, "this", "", action, before, after, differences=found, **more)


def test_a_container_with_another_image_is_a_deploy_with_its_commits_and_notes() -> None:
    context = Context(commits={"words": ("abc fix",)}, image_notes={"words": "would be built"})
    assert deploys(Plan((task(OLD, NEW),)), context) == (
        Deploy("words", "aws_ecs_task_definition.this", OLD, NEW, ("abc fix",), "would be built"),
    )


def test_a_new_service_is_a_deploy_from_nothing() -> None:
    assert deploys(Plan((task(None, NEW, Action.CREATE),)))[0].before is None


@pytest.mark.parametrize(
    "same", [task(OLD, OLD, Action.UPDATE, cpu="512"), task(OLD, OLD, Action.NO_OP), task(OLD, None, Action.DELETE)]
)
def test_without_another_image_there_is_no_deploy(same: Resource) -> None:
    assert deploys(Plan((same,))) == ()
    assert not is_only_a_deploy(same)


def test_a_function_with_another_image_is_a_deploy() -> None:
    function = resource("aws_lambda_function", Action.UPDATE, {"image_uri": OLD}, {"image_uri": NEW})
    assert [item.service for item in deploys(Plan((function,)))] == ["this"]
    assert is_only_a_deploy(function)


@pytest.mark.parametrize("definitions", [UNKNOWN, None, "", "no json", "{}", '[{"name": 1}, 2]', '[{"image": "x"}]'])
def test_definitions_that_cannot_be_read_give_no_deploy(definitions: Any) -> None:
    sides = {"container_definitions": "[]"}, {"container_definitions": definitions}
    assert deploys(Plan((resource("aws_ecs_task_definition", Action.REPLACE, *sides),))) == ()


def test_a_task_definition_that_only_gets_an_image_is_only_a_deploy() -> None:
    assert is_only_a_deploy(task(OLD, NEW))


def test_a_task_definition_that_gets_something_else_too_is_not_only_a_deploy() -> None:
    assert not is_only_a_deploy(task(OLD, NEW, cpu="512"))


def test_a_service_that_takes_the_new_task_definition_is_part_of_the_deploy() -> None:
    before = {"task_definition": "words:1", "desired_count": 2}
    assert is_only_a_deploy(resource("aws_ecs_service", Action.UPDATE, before, before | {"task_definition": UNKNOWN}))
    more = before | {"task_definition": UNKNOWN, "desired_count": 0}
    assert not is_only_a_deploy(resource("aws_ecs_service", Action.UPDATE, before, more))
    replaced = resource("aws_ecs_service", Action.REPLACE, before, before | {"task_definition": UNKNOWN})
    assert not is_only_a_deploy(replaced)


def test_a_resource_that_moves_as_well_is_not_only_a_deploy() -> None:
    sides = {"image_uri": OLD}, {"image_uri": NEW}
    assert not is_only_a_deploy(resource("aws_lambda_function", Action.UPDATE, *sides, moved_from="a.b"))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (OLD, "a" * 12),
        ("repo/words:1.2@sha256:" + "c" * 64, "c" * 12),
        ("repo/words:1.2", "1.2"),
        ("127.0.0.1:5000/words", "words"),
        ("127.0.0.1:5000/words:v3", "v3"),
        ("nginx", "nginx"),
        (None, "nothing"),
    ],
)
def test_an_image_is_told_by_its_digest_or_its_tag(image: str | None, expected: str) -> None:
    assert short(image) == expected


def test_deploys_are_told_in_a_few_words() -> None:
    found = [Deploy("words", "a", OLD, NEW), Deploy("web", "b", None, "web:2")]
    assert words(found) == f"words {'a' * 12} → {'b' * 12}, web nothing → 2"


def test_the_same_tag_from_elsewhere_is_told_with_its_repository() -> None:
    assert words([Deploy("web", "a", "one/web:1", "two/web:1")]) == "web one/web:1 → two/web:1"
