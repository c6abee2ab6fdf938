"""What `terraform show -json PLAN` says becomes a plan; what is no plan is refused with what to do."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import Failure
from orchestrator.review.model import Action, Difference, Edge, Output, Plan, Resource
from orchestrator.review.reading import reading
from orchestrator.review.values import UNKNOWN, Sensitive

SECRET = 'pl4nted-<S3cret>&"so"'
BEFORE = """
variable "password" {
  sensitive = true
  default   = "pl4nted-<S3cret>&\\"so\\""
}
variable "level" { default = "info" }
resource "terraform_data" "old_name" { input = { level = "info" } }
resource "terraform_data" "forgotten" { input = "stays" }
resource "terraform_data" "gone" { input = "goes" }
resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
  input    = jsonencode({ level = var.level, password = nonsensitive(var.password) })
}
resource "terraform_data" "replaced" {
  input            = { password = var.password, level = var.level }
  triggers_replace = [var.level, base64encode(nonsensitive(var.password))]
}
module "inner" {
  source = "./inner"
  id     = terraform_data.replaced.id
}
output "shown" { value = "${module.inner.out} ${nonsensitive(var.password)} ${var.level}" }
output "hidden" {
  value     = var.password
  sensitive = true
}
output "same" { value = "same" }
check "level" {
  assert {
    condition     = var.level == "info"
    error_message = "the level is ${var.level}, not ${nonsensitive(var.password)}"
  }
}
"""
INNER = """
variable "id" {}
resource "terraform_data" "this" { input = { id = var.id } }
output "out" { value = terraform_data.this.input.id }
"""
AFTER = (
    BEFORE.replace('"old_name"', '"new_name"')
    .replace('resource "terraform_data" "forgotten" { input = "stays" }', "")
    .replace('resource "terraform_data" "gone" { input = "goes" }', "")
    + """
moved {
  from = terraform_data.old_name
  to   = terraform_data.new_name
}
removed {
  from = terraform_data.forgotten
  lifecycle { destroy = false }
}
resource "terraform_data" "made" { input = terraform_data.each["a"].output }
"""
)


def terraform(folder: Path, *arguments: str) -> str:
    environment = os.environ | {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    done = subprocess.run(["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, terraform_program: Path) -> dict[str, Any]:
    """A real plan with something of everything, made with the resource that Terraform has built in."""
    folder = tmp_path_factory.mktemp("root")
    (folder / "inner").mkdir()
    (folder / "inner/main.tf").write_text(INNER)
    (folder / "main.tf").write_text(BEFORE)
    terraform(folder, "init", "-input=false")
    terraform(folder, "apply", "-input=false", "-auto-approve")
    (folder / "main.tf").write_text(AFTER)
    terraform(folder, "plan", "-input=false", "-var", "level=debug", "-out", "plan")
    result: dict[str, Any] = json.loads(terraform(folder, "show", "-json", "plan"))
    return result


@pytest.fixture(scope="module")
def plan(shown: dict[str, Any]) -> Plan:
    return reading.read(shown)


def one(plan: Plan, address: str) -> Resource:
    return next(item for item in plan.resources if item.address == address)


def told(resource: Resource) -> dict[str, tuple[Any, Any]]:
    return {"/".join(map(str, item.path)): (item.before, item.after) for item in resource.differences if not item.noise}


def test_each_resource_has_its_action(plan: Plan) -> None:
    assert {item.address: item.action for item in plan.changed} == {
        "terraform_data.new_name": Action.NO_OP,
        "terraform_data.forgotten": Action.FORGET,
        "terraform_data.gone": Action.DELETE,
        'terraform_data.each["a"]': Action.UPDATE,
        'terraform_data.each["b"]': Action.UPDATE,
        "terraform_data.replaced": Action.REPLACE,
        "terraform_data.made": Action.CREATE,
        "module.inner.terraform_data.this": Action.UPDATE,
    }


def test_where_a_resource_was_and_which_one_it_is(plan: Plan) -> None:
    assert one(plan, "terraform_data.new_name").moved_from == "terraform_data.old_name"
    each = one(plan, 'terraform_data.each["a"]')
    assert (each.type, each.name, each.index, each.module) == ("terraform_data", "each", "a", "")
    assert one(plan, "module.inner.terraform_data.this").module == "module.inner"


def test_a_changed_value_in_a_json_string_is_one_difference_without_the_secret_beside_it(plan: Plan) -> None:
    each = one(plan, 'terraform_data.each["a"]')
    assert told(each) == {"input/level": ("info", "debug")}
    assert each.after is not None
    assert json.loads(each.after["input"]) == {"level": "debug", "password": "(sensitive)"}


def test_a_replacement_says_what_forces_it_and_what_is_only_known_later(plan: Plan) -> None:
    replaced = one(plan, "terraform_data.replaced")
    assert replaced.action_reason == "replace_because_cannot_update"
    assert replaced.replace_paths == (("triggers_replace",),)
    assert Difference(("triggers_replace", 0), "info", "debug", replaces=True) in replaced.differences
    assert replaced.after is not None
    assert replaced.after["id"] is UNKNOWN
    assert {"id", "output"} <= {str(item.path[0]) for item in replaced.differences if item.noise}


def test_a_sensitive_value_is_masked_in_place(plan: Plan) -> None:
    replaced = one(plan, "terraform_data.replaced")
    assert replaced.before is not None
    assert replaced.before["input"] == {"password": Sensitive(SECRET), "level": "info"}


def test_the_secret_is_nowhere_else_either(plan: Plan) -> None:
    assert plan.secrets == {SECRET}
    assert "S3cret" not in repr(plan)


def test_outputs_that_change_are_there_and_the_others_are_not(plan: Plan) -> None:
    assert plan.outputs == (Output("shown", Action.UPDATE, plan.outputs[0].before, UNKNOWN),)
    assert plan.outputs[0].before.endswith(" (sensitive) info")


def test_a_check_that_fails_says_so_in_its_words(plan: Plan) -> None:
    (check,) = plan.checks
    assert (check.address, check.status) == ("check.level", "fail")
    assert check.messages == ("the level is debug, not (sensitive)",)


def test_references_are_followed_into_modules_and_out_of_them(plan: Plan) -> None:
    assert plan.edges == (
        Edge("module.inner.terraform_data.this", "terraform_data.replaced"),
        Edge("terraform_data.made", "terraform_data.each"),
    )


def test_the_rest_of_the_plan_is_there_too(plan: Plan, shown: dict[str, Any]) -> None:
    assert plan.terraform_version == shown["terraform_version"]
    assert (plan.complete, plan.errored, plan.destroys_all, plan.drift, plan.other_drift) == (True, False, False, (), 0)


def test_a_destroy_of_everything_is_said_to_be_one() -> None:
    assert plan_of(change("a.b", ["delete"], {}, None), change("a.c", ["delete"], {}, None)).destroys_all
    assert not plan_of(change("a.b", ["delete"], {}, None), change("a.c", ["create"], None, {})).destroys_all
    assert not plan_of().destroys_all


def change(address: str, actions: list[str], before: Any, after: Any, **more: Any) -> dict[str, Any]:
    kind, name = address.partition("[")[0].split(".")[-2:]
    own = {"actions": actions, "before": before, "after": after} | more.pop("change", {})
    return {"address": address, "mode": "managed", "type": kind, "name": name, "change": own} | more


def plan_of(*changes: dict[str, Any], **more: Any) -> Plan:
    return reading.read({"format_version": "1.2", "resource_changes": list(changes)} | more)


@pytest.mark.parametrize(
    ("actions", "action", "new_first"),
    [
        (["delete", "create"], Action.REPLACE, False),
        (["create", "delete"], Action.REPLACE, True),
        (["forget"], Action.FORGET, False),
        (["create", "forget"], Action.CREATE, False),
        (["read"], Action.READ, False),
    ],
)
def test_actions_are_read_as_one(actions: list[str], action: Action, new_first: bool) -> None:
    (resource,) = plan_of(change("a.b", actions, {}, {})).resources
    assert (resource.action, resource.create_before_destroy) == (action, new_first)


def test_an_action_that_is_not_known_is_refused() -> None:
    with pytest.raises(Failure, match=r"a\.b: .* not known here: explode"):
        plan_of(change("a.b", ["explode"], {}, {}))


def test_data_sources_are_read_and_not_changed() -> None:
    plan = plan_of(change("data.a.b", ["read"], None, {"x": 1}, mode="data"))
    assert (plan.resources[0].managed, plan.changed) == (False, ())


def test_imports_deposed_objects_and_an_unfinished_plan_are_read() -> None:
    plan = plan_of(
        change("a.b", ["no-op"], {}, {}, change={"importing": {"id": "the-id"}}),
        change("a.c", ["delete"], {}, None, deposed="0123abcd"),
        change("a.d", ["no-op"], {}, {}, change={"importing": {"unknown": True}}),
        complete=False,
        errored=True,
    )
    assert [item.import_id for item in plan.resources] == ["the-id", "", "(known after apply)"]
    assert plan.resources[1].deposed == "0123abcd"
    assert (plan.complete, plan.errored) == (False, True)


DRIFTED = change('aws_lb.this["a"]', ["update"], {"tags": {"a": "1"}, "size": 1}, {"tags": {"a": "2"}, "size": 1})


@pytest.mark.parametrize(
    ("relevant", "matters"),
    [
        ([{"resource": "aws_lb.this", "attribute": ["tags"]}], True),
        ([{"resource": "aws_lb.this", "attribute": ["tags", "a"]}], True),
        ([{"resource": "aws_lb.this", "attribute": ["tags", "a", 0, "deeper"]}], True),
        ([{"resource": "aws_lb.this", "attribute": []}], True),
        ([{"resource": "aws_lb.this", "attribute": ["size"]}], False),
        ([{"resource": "aws_lb.this", "attribute": ["tags", "b"]}], False),
        ([{"resource": "aws_lb.other", "attribute": ["tags"]}], False),
        ([], False),
    ],
)
def test_drift_matters_if_the_plan_depends_on_it(relevant: list[dict[str, Any]], matters: bool) -> None:
    plan = plan_of(
        change("aws_x.other", ["update"], {}, {"a": 1}), resource_drift=[DRIFTED], relevant_attributes=relevant
    )
    assert ([item.address for item in plan.drift], plan.other_drift) == (
        (['aws_lb.this["a"]'], 0) if matters else ([], 1)
    )


def test_drift_matters_if_the_plan_changes_it_back() -> None:
    back = change('aws_lb.this["a"]', ["update"], {"tags": {"a": "2"}}, {"tags": {"a": "1"}})
    assert plan_of(back, resource_drift=[DRIFTED]).other_drift == 0
    elsewhere = change('aws_lb.this["a"]', ["update"], {"size": 1}, {"size": 2})
    assert plan_of(elsewhere, resource_drift=[DRIFTED]).other_drift == 1


def test_drift_matters_if_the_object_is_gone_and_made_again() -> None:
    plan = plan_of(
        change("a.b", ["create"], None, {"x": 1}), resource_drift=[change("a.b", ["delete"], {"x": 1}, None)]
    )
    assert [item.action for item in plan.drift] == [Action.DELETE]


def test_all_drift_matters_to_a_plan_that_only_takes_it_over() -> None:
    assert len(plan_of(resource_drift=[DRIFTED], applyable=True).drift) == 1
    assert len(plan_of(resource_drift=[DRIFTED], applyable=False).drift) == 0


def test_references_go_through_data_sources_and_do_not_run_in_circles() -> None:
    def refers(address: str, *names: str, mode: str = "managed") -> dict[str, Any]:
        return {"address": address, "mode": mode, "expressions": {"x": [{"y": {"references": list(names)}}]}}

    config = {
        "root_module": {
            "resources": [
                refers("aws_iam_policy.this", "data.aws_x.this.json", "data.aws_x.this"),
                refers("data.aws_x.this", "aws_dynamodb_table.this.arn", "local.name", mode="data"),
                refers("aws_dynamodb_table.this", "module.loop.out", "module.loop", "each.value", "var.x"),
                {"address": "aws_lb.this", "expressions": {}, "depends_on": ["module.loop"], "count_expression": {}},
            ],
            "module_calls": {
                "loop": {
                    "expressions": {"in": {"references": ["module.loop.out", "module.loop"]}},
                    "module": {
                        "outputs": {"out": {"expression": {"references": ["var.in", "aws_vpc.this[0].id"]}}},
                        "resources": [refers("aws_vpc.this", "var.in")],
                    },
                }
            },
        }
    }  # fmt: skip
    everything = [
        change(address, ["update"], {"x": 1}, {"x": 2})
        for address in ("aws_iam_policy.this", "aws_dynamodb_table.this", "aws_lb.this")
    ]
    assert plan_of(*everything, configuration=config).edges == (
        Edge("aws_dynamodb_table.this", "module.loop.aws_vpc.this"),
        Edge("aws_iam_policy.this", "aws_dynamodb_table.this"),
        Edge("aws_lb.this", "module.loop.aws_vpc.this"),
    )
    assert plan_of(everything[2], configuration=config).edges == (Edge("aws_lb.this", "module.loop.aws_vpc.this"),)


def definitions(image: str, **more: str) -> str:
    return json.dumps(
        [{"name": "words", "image": image, "environment": [{"name": n, "value": v} for n, v in more.items()]}]
    )


OLD, NEW = "repo/words@sha256:" + "a" * 64, "repo/words@sha256:" + "b" * 64


def hidden_task(before: str, after: str) -> Resource:
    entry = change("aws_ecs_task_definition.this", ["delete", "create"],
                   {"container_definitions": before}, {"container_definitions": after},
                   change={"before_sensitive": {"container_definitions": True},
                           "replace_paths": [["container_definitions"]]})  # fmt: skip
    return plan_of(entry).resources[0]


def test_of_hidden_container_definitions_only_the_images_are_told() -> None:
    task = hidden_task(definitions(OLD, PASSWORD="s3cret-one"), definitions(NEW, PASSWORD="s3cret-one"))
    assert task.hidden_images == (("words", OLD, NEW),)
    assert task.differences == (Difference(("container_definitions", "words", "image"), OLD, NEW, replaces=True),)
    assert "s3cret" not in repr(task)


def test_whatever_else_changes_in_hidden_container_definitions_is_said_to_be_hidden() -> None:
    task = hidden_task(definitions(OLD, PASSWORD="s3cret-one"), definitions(NEW, PASSWORD="s3cret-two"))
    assert [item.path for item in task.differences] == [
        ("container_definitions", "words", "image"),
        ("container_definitions",),
    ]
    assert "s3cret" not in repr(task)


@pytest.mark.parametrize("image", ["s3cret in here", "repo/words", "https://user:s3cret@host/x:1", "repo:1 s3cret"])
def test_a_hidden_image_of_another_form_stays_hidden(image: str) -> None:
    task = hidden_task(definitions(image), definitions(NEW))
    assert task.hidden_images == (("words", None, NEW),)
    assert "s3cret" not in repr(task)


def test_a_plan_without_changes_and_one_of_opentofu_are_read() -> None:
    assert plan_of().resources == ()
    assert reading.read({"format_version": "1.2", "planned_values": {}, "terraform_version": "1.9.0"}).complete


def test_huge_numbers_and_many_levels_do_no_harm() -> None:
    deep: Any = 10**300
    for _ in range(90):
        deep = {"x": [deep]} if isinstance(deep, int) else {"x": deep}
    (resource,) = plan_of(change("a.b", ["update"], {"x": 1e300, "y": deep}, {"x": 10**400, "y": {}})).resources
    assert resource.after == {"x": 10**400, "y": {}}


@pytest.mark.parametrize("levels", [200, 5_000])
def test_a_value_with_more_levels_than_any_provider_has_is_refused(levels: int) -> None:
    deep: Any = []
    for _ in range(levels):
        deep = [deep]
    with pytest.raises(Failure, match="nested too deep"):
        plan_of(change("a.b", ["update"], {"x": deep}, {}))


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        ([], "no Terraform plan"),
        ("text", "no Terraform plan"),
        ({}, "state, not a plan"),
        ({"format_version": "1.0"}, "state, not a plan"),
        ({"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}, "state, not a plan"),
        ({"version": 4, "lineage": "x", "serial": 1, "resources": []}, "state, not a plan"),
        ({"@level": "info", "@message": "Terraform 1.11.4", "type": "version"}, "event stream"),
        ({"format_version": "1.0", "provider_schemas": {}}, "no Terraform plan"),
        ({"name": "package", "version": "1"}, "no Terraform plan"),
        ({"format_version": "2.0", "resource_changes": []}, "format 2.0, only 0.1, 0.2 and 1.x"),
        ({"resource_changes": []}, "format without a version, only 0.1, 0.2 and 1.x"),
        ({"format_version": "11.0", "resource_changes": []}, "format 11.0, only 0.1, 0.2 and 1.x"),
    ],
)
def test_what_is_no_plan_is_refused_with_what_to_do(shown: Any, message: str) -> None:
    with pytest.raises(Failure, match=message) as caught:
        reading.read(shown)
    assert "terraform" in caught.value.next_step.lower()
    assert caught.value.reason


@pytest.mark.parametrize(
    "broken",
    [
        {"resource_changes": [{"address": "a.b"}]},
        {"resource_changes": ["a.b"]},
        {
            "resource_changes": [
                {"address": "a.b", "type": "a", "name": "b", "change": {"actions": ["create"], "after": 1}}
            ]
        },
        {"resource_changes": [], "output_changes": ["a"]},
        {"resource_changes": [], "configuration": {"root_module": {"resources": [1]}}},
        {"resource_changes": [], "checks": [1]},
    ],
)
def test_a_plan_that_somebody_edited_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(Failure, match="not as Terraform writes it"):
        reading.read({"format_version": "1.2"} | broken)


@pytest.mark.terraform
def test_a_real_state_and_real_events_are_refused(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "terraform_data" "this" { input = 1 }')
    terraform(tmp_path, "init", "-input=false")
    events = terraform(tmp_path, "plan", "-json").splitlines()
    with pytest.raises(Failure, match="event stream"):
        reading.read(json.loads(events[0]))
    terraform(tmp_path, "apply", "-auto-approve")
    for state in (terraform(tmp_path, "show", "-json"), (tmp_path / "terraform.tfstate").read_text()):
        with pytest.raises(Failure, match="state, not a plan"):
            reading.read(json.loads(state))


@pytest.mark.parametrize(("kind", "status", "is_shown"), [
    ("var", "unknown", False), ("var", "fail", True), ("check", "unknown", True), ("output_value", "unknown", True),
])  # fmt: skip
def test_a_condition_of_a_modules_input_that_waits_for_the_apply_is_terraforms_business(
    kind: str, status: str, is_shown: bool
) -> None:
    check = {"address": {"kind": kind, "to_display": "module.a.x"}, "status": status, "instances": [{"status": status}]}
    plan = reading.read(
        {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": [], "checks": [check]}
    )
    assert [item.address for item in plan.checks] == (["module.a.x"] if is_shown else [])
