"""Whether two plans do the same, and how the difference is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.review.comparison import differences
from orchestrator.review.model import Action, Difference, Edge, Invocation, Output, Plan, Resource
from orchestrator.review.reading import structures
from orchestrator.review.values import UNKNOWN, Sensitive


def resource(address: str, action: Action, before: Any = None, after: Any = None, **more: Any) -> Resource:
    kind, _, name = address.rpartition(".")
    changes = structures.differences(before, after)
    return Resource(address, "", kind, name, "aws", action, before, after, differences=changes, **more)


def plan(*resources: Resource, outputs: Sequence[Output] = ()) -> Plan:
    return Plan(resources=resources, outputs=tuple(outputs))


def service(before: int, after: int) -> Resource:
    return resource("aws_ecs_service.words", Action.UPDATE, {"desired_count": before}, {"desired_count": after})


TABLE = resource(
    "aws_dynamodb_table.stories", Action.CREATE, None, {"name": "stories", "tags": {"a": "b"}, "id": UNKNOWN}
)
QUEUE = resource("aws_sqs_queue.jobs", Action.DELETE, {"id": "jobs", "delay": 5}, None)
ROLE = resource("aws_iam_role.task", Action.REPLACE, {"name": "a"}, {"name": "b"})


def test_two_plans_that_do_the_same_differ_in_nothing() -> None:
    assert differences(plan(TABLE, QUEUE, ROLE, service(2, 4)), plan(TABLE, QUEUE, ROLE, service(2, 4))) == []
    assert differences(Plan(), Plan()) == []


def test_the_order_does_not_count() -> None:
    assert differences(plan(TABLE, QUEUE, ROLE), plan(ROLE, QUEUE, TABLE)) == []


def test_another_value_is_told_with_both() -> None:
    told = differences(plan(service(2, 4)), plan(service(2, 0)))
    assert told == ["aws_ecs_service.words: desired_count 2 -> 4 was reviewed, now 2 -> 0"]


def test_another_value_to_begin_with_is_told() -> None:
    assert differences(plan(service(2, 4)), plan(service(3, 4))) == [
        "aws_ecs_service.words: desired_count 2 -> 4 was reviewed, now 3 -> 4"
    ]


def test_a_resource_that_only_one_of_them_touches_is_told() -> None:
    assert differences(plan(TABLE), plan(TABLE, QUEUE)) == [
        "aws_sqs_queue.jobs: to be destroyed, and that was not reviewed"
    ]
    assert differences(plan(TABLE, QUEUE), plan(TABLE)) == [
        "aws_sqs_queue.jobs: to be destroyed was reviewed, and is not done now"
    ]


@pytest.mark.parametrize("action", [Action.DELETE, Action.REPLACE, Action.FORGET])
def test_another_action_is_told(action: Action) -> None:
    values = {"name": "a"}, {"name": "b"}
    then = resource("aws_iam_role.task", Action.UPDATE, *values)
    now = resource("aws_iam_role.task", action, *values)
    (told,) = differences(plan(then), plan(now))
    assert told.startswith("aws_iam_role.task: to be changed was reviewed, now to be ")


def test_a_resource_without_a_change_is_left_out() -> None:
    still = resource("aws_vpc.this", Action.NO_OP, {"id": "vpc"}, {"id": "vpc"})
    assert differences(plan(TABLE), plan(TABLE, still)) == []


def test_an_attribute_more_and_an_attribute_less_are_told() -> None:
    then = resource("aws_x.y", Action.UPDATE, {"a": 1, "b": 1}, {"a": 2, "b": 1})
    now = resource("aws_x.y", Action.UPDATE, {"a": 1, "b": 1}, {"a": 1, "b": 2})
    assert differences(plan(then), plan(now)) == [
        "aws_x.y: a 1 -> 2 was reviewed, and is not done now",
        "aws_x.y: b 1 -> 2 was not reviewed",
    ]


def test_what_another_change_brings_along_does_not_count() -> None:
    def revision(number: int) -> Resource:
        noise = Difference(("task_definition",), f"arn:{number}", UNKNOWN, noise=True)
        return replace(service(2, 4), differences=(*service(2, 4).differences, noise))

    assert differences(plan(revision(7)), plan(revision(8))) == []


def test_a_new_resource_is_compared_value_by_value_and_inside_of_json() -> None:
    def policy(action: str) -> Resource:
        document = json.dumps({"Statement": [{"Action": [action]}]})
        return resource("aws_iam_policy.p", Action.CREATE, None, {"name": "p", "policy": document})

    assert differences(plan(policy("s3:GetObject")), plan(policy("s3:GetObject"))) == []
    assert differences(plan(policy("s3:GetObject")), plan(policy("s3:*"))) == [
        "aws_iam_policy.p: policy.Statement[0].Action[0] = s3:GetObject was reviewed, now = s3:*"
    ]


def test_an_empty_list_is_not_no_list() -> None:
    then = resource("aws_x.y", Action.CREATE, None, {"a": []})
    now = resource("aws_x.y", Action.CREATE, None, {})
    assert differences(plan(then), plan(now)) == ["aws_x.y: a = [] was reviewed, and is not done now"]


def test_another_object_that_is_destroyed_is_told_and_what_it_has_become_is_not() -> None:
    then = resource("aws_x.y", Action.DELETE, {"id": "one", "size": 1}, None)
    grown = resource("aws_x.y", Action.DELETE, {"id": "one", "size": 9}, None)
    other = resource("aws_x.y", Action.DELETE, {"id": "two", "size": 1}, None)
    assert differences(plan(then), plan(grown)) == []
    assert differences(plan(then), plan(other)) == ["aws_x.y: id one removed was reviewed, now two removed"]


def test_hidden_values_are_compared_and_stay_hidden() -> None:
    def secret(value: str) -> Resource:
        return resource("aws_x.y", Action.UPDATE, {"key": Sensitive("old")}, {"key": Sensitive(value)})

    assert differences(plan(secret("new")), plan(secret("new"))) == []
    (told,) = differences(plan(secret("new")), plan(secret("n3w")))
    assert told == "aws_x.y: key (sensitive) -> (sensitive) was reviewed, now it is another value"
    assert "n3w" not in told


def test_a_value_that_is_known_only_later_is_not_any_value() -> None:
    then = resource("aws_x.y", Action.UPDATE, {"a": 1}, {"a": UNKNOWN})
    now = resource("aws_x.y", Action.UPDATE, {"a": 1}, {"a": 2})
    assert differences(plan(then), plan(then)) == []
    assert differences(plan(then), plan(now)) == ["aws_x.y: a 1 -> (known after apply) was reviewed, now 1 -> 2"]


def test_a_replacement_that_destroys_first_is_not_one_that_creates_first() -> None:
    (told,) = differences(plan(replace(ROLE, create_before_destroy=True)), plan(ROLE))
    assert told == (
        "aws_iam_role.task: its replacement is now destroyed before the new one is made, which was not reviewed"
    )


def test_moves_and_imports_are_compared() -> None:
    moved = resource("aws_x.y", Action.NO_OP, {"a": 1}, {"a": 1}, moved_from="aws_x.old")
    imported = resource("aws_x.y", Action.NO_OP, {"a": 1}, {"a": 1}, import_id="i-1")
    assert differences(plan(moved), plan(moved)) == []
    assert differences(plan(moved), plan(imported)) == [
        "aws_x.y: to be moved from aws_x.old was reviewed, now to be imported from i-1"
    ]


def test_a_deposed_object_is_one_of_its_own() -> None:
    deposed = resource("aws_x.y", Action.DELETE, {"id": "old"}, None, deposed="abc")
    kept = resource("aws_x.y", Action.UPDATE, {"a": 1}, {"a": 2})
    assert differences(plan(kept, deposed), plan(deposed, kept)) == []
    assert differences(plan(kept), plan(kept, deposed)) == ["aws_x.y: to be destroyed, and that was not reviewed"]


def test_outputs_are_compared() -> None:
    then, now = (Output("url", Action.UPDATE, "a", after) for after in ("b", "c"))
    assert differences(plan(outputs=[then]), plan(outputs=[then])) == []
    assert differences(plan(outputs=[then]), plan(outputs=[now])) == ["output url: a -> b was reviewed, now a -> c"]
    assert differences(plan(), plan(outputs=[now])) == ["output url: a -> c was not reviewed"]
    assert differences(plan(outputs=[then]), plan()) == ["output url: a -> b was reviewed, and is not done now"]


def test_a_sensitive_text_in_a_plain_value_is_not_told() -> None:
    then = resource("aws_x.y", Action.UPDATE, {"url": "a"}, {"url": "https://hunter2hunter2@host"})
    now = resource("aws_x.y", Action.UPDATE, {"url": "a"}, {"url": "https://host"})
    secrets = frozenset({"hunter2hunter2"})
    (told,) = differences(replace(plan(then), secrets=secrets), plan(now))
    assert "hunter2" not in told
    assert told.startswith("aws_x.y: url a -> https://")
    padded = resource("aws_x.y", Action.UPDATE, {"url": "a"}, {"url": f"{'x' * 70} hunter2hunter2"})
    (told,) = differences(replace(plan(padded), secrets=secrets), plan(now))
    assert "hunter2" not in told, "half of it, where the line is cut"


# Plans that differ and look the same.


def test_a_value_known_after_apply_that_is_made_of_another_resource_is_told() -> None:
    grant = resource("aws_iam_role_policy_attachment.a", Action.CREATE, None, {"role": UNKNOWN})

    def referring(*targets: str) -> Plan:
        return replace(plan(grant), edges=tuple(Edge(grant.address, target) for target in targets))

    assert differences(referring("aws_iam_role.task"), referring("aws_iam_role.task")) == []
    assert differences(referring("aws_iam_role.task"), referring("aws_iam_role.admin")) == [
        "aws_iam_role_policy_attachment.a: that it refers to aws_iam_role.admin was not reviewed",
        "aws_iam_role_policy_attachment.a: that it refers to aws_iam_role.task was reviewed, and it does not now",
    ]
    assert differences(referring("aws_iam_role.task"), referring()) != []


def test_what_is_not_changed_may_refer_to_anything() -> None:
    edges = (Edge("aws_x.other", "aws_x.y"),)
    assert differences(plan(service(2, 4)), replace(plan(service(2, 4)), edges=edges)) == []


def test_data_that_is_read_only_during_apply_is_compared() -> None:
    def data(program: str) -> Resource:
        return resource("data.external.x", Action.READ, None, {"program": [program]}, managed=False)

    assert differences(plan(data("a")), plan(data("a"))) == []
    assert differences(plan(), plan(data("a"))) == ["data.external.x: to be read, and that was not reviewed"]
    assert differences(plan(data("a")), plan(data("b"))) == ["data.external.x: program[0] = a was reviewed, now = b"]


def test_an_action_that_runs_is_compared() -> None:
    def running(*invocations: Invocation) -> Plan:
        return replace(plan(), invocations=invocations)

    one = Invocation("action.aws_lambda_invoke.x", "after_create of aws_x.y", {"payload": "a"})
    assert differences(running(one, one), running(one, one)) == []
    assert differences(running(one), running(one, one)) == [
        "action.aws_lambda_invoke.x: to be run after_create of aws_x.y, and that was not reviewed"
    ]
    assert differences(running(one), running(replace(one, values={"payload": "b"}))) == [
        "action.aws_lambda_invoke.x: to be run after_create of aws_x.y: values.payload = a was reviewed, now = b"
    ]


@pytest.mark.parametrize("action", [Action.UPDATE, Action.REPLACE])
def test_the_same_change_to_another_object_is_told(action: Action) -> None:
    def to(name: str) -> Plan:
        return plan(resource("aws_x.y", action, {"id": name, "a": 1}, {"id": name, "a": 2}))

    assert differences(to("i-1"), to("i-1")) == []
    (told,) = differences(to("i-1"), to("i-2"))
    assert "i-1" in told and "i-2" in told


def test_a_new_object_beside_one_that_is_only_forgotten_is_told() -> None:
    then = resource("aws_x.y", Action.CREATE, None, {"a": 1})
    now = replace(then, before={"a": 0})
    (told,) = differences(plan(then), plan(now))
    assert "its old object forgotten" in told


def test_two_long_names_that_begin_alike_are_not_the_same_import() -> None:
    then = resource("aws_x.y", Action.NO_OP, {"a": 1}, {"a": 1}, import_id="i" * 100 + "1")
    now = replace(then, import_id="i" * 100 + "2")
    assert len(differences(plan(then), plan(now))) == 1


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ([1], [True]), ({"a": 0}, {"a": False})])
def test_a_number_is_not_a_truth_value(one: Any, other: Any) -> None:
    def of(value: object) -> Plan:
        return plan(resource("aws_x.y", Action.CREATE, None, {"a": json.dumps({"b": value})}))

    assert differences(of(one), of(one)) == []
    assert len(differences(of(one), of(other))) == 1


def test_a_plan_that_is_not_whole_is_told() -> None:
    assert len(differences(plan(TABLE), replace(plan(TABLE), complete=False))) == 1


def test_resources_whose_hidden_keys_look_the_same_are_all_compared() -> None:
    def of(*sizes: int) -> Plan:
        return plan(*(resource('aws_x.y["(sensitive)"]', Action.CREATE, None, {"size": size}) for size in sizes))

    assert differences(of(1, 2, 3), of(1, 2, 3)) == []
    assert len(differences(of(1, 2, 3), of(9, 2, 3))) == 1
    assert len(differences(of(1, 2), of(1, 2, 3))) == 1
