"""The real Terraform on a small root module: variables, its log, checks, what is told and what a plan leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.console import Console, Stage
from orchestrator.deploy import planning
from orchestrator.errors import Failure
from orchestrator.prepare.prepare import Prepared
from orchestrator.system import paths
from orchestrator.target import Target
from orchestrator.terraform.narrator import Narrator
from orchestrator.terraform.runner import Root
from tests.orchestrator.terraform.small import ANOTHER, Heard, initialised

pytestmark = pytest.mark.terraform

# What is ephemeral, and a check that Terraform can only make by reading something.
UNCOMMON = """
terraform {
  backend "s3" { use_lockfile = true }
}
variable "token" {
  type      = string
  ephemeral = true
  default   = null
}
variable "word" { default = "own" }
variable "images" { type = map(string) }
variable "cpu_architecture" { type = string }
resource "terraform_data" "this" {
  input = var.word
  lifecycle {
    precondition {
      condition     = var.token == "secret"
      error_message = "The token is wrong."
    }
  }
}
check "another" {
  data "terraform_remote_state" "another" {
    backend = "local"
    config  = { path = "${path.module}/another.tfstate" }
  }
  assert {
    condition     = data.terraform_remote_state.another.outputs == {}
    error_message = "Another has outputs."
  }
}
output "task_definitions" { value = {} }
"""


class Told(Stage):
    """A stage that remembers what it says."""

    def event(self, text: str) -> None:
        self.latest += f"{text}\n"


def test_the_shell_s_terraform_settings_do_not_reach_ours(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = {
        "TF_VAR_word": "shell", "TF_CLI_ARGS": "-no-such-flag", "TF_CLI_ARGS_plan": "-var=word=args",
        "TF_WORKSPACE": "other", "TF_DATA_DIR": str(tmp_path / "other"),
    }  # fmt: skip
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    root, plan = initialised(aws, tmp_path), tmp_path / "plan"
    assert root.plan(plan, [], on_event=Heard())
    assert root.apply(plan, [], on_event=Heard()) == {"word": "own"}
    assert not (tmp_path / "other").exists()
    written = state.read(aws, "small/terraform.tfstate")
    assert written is not None and written["outputs"]["word"]["value"] == "own"


@pytest.mark.parametrize("named", [None, "mine.log"])
def test_terraform_s_own_log_is_kept_beside_what_is_read_of_it(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_LOG", "TRACE")
    if named:
        monkeypatch.setenv("TF_LOG_PATH", named)
    root = initialised(aws, tmp_path)
    assert root.plan(tmp_path / "plan", [], on_event=Heard())
    assert root.show(tmp_path / "plan")["complete"]
    log = tmp_path / named if named else tmp_path / "work" / "terraform.log"
    assert "[TRACE]" in log.read_text()
    assert named or log.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def prepared(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """The uncommon root module in an environment whose file gives the token."""
    monkeypatch.setattr(paths, "WORK", tmp_path / "work folder")
    aws.environment.file.write_text('token = "secret"\n')
    return Prepared(Target(aws.environment, aws), [], [], initialised(aws, tmp_path, UNCOMMON), None)


def test_an_ephemeral_variable_of_the_environment_s_file_is_there_at_the_apply(prepared: Prepared) -> None:
    console = Console(live=False)
    planned = planning.plan(prepared, console)
    assert planned.file is not None
    assert b"secret" not in planned.file.read_bytes()
    assert planning.apply(prepared, planned, console) == {}
    files = prepared.var_files()
    assert planning.destroy(prepared.root, files, console, prepared.target.environment.work).delete == 1


def test_an_ephemeral_variable_may_come_from_the_shell_and_no_other(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Console(live=False)
    prepared.target.environment.file.write_text("")
    monkeypatch.setenv("TF_VAR_word", "shell")
    with pytest.raises(Failure, match="terraform plan failed") as caught:
        planning.plan(prepared, console)
    assert "The token is wrong" in caught.value.reason
    monkeypatch.setenv("TF_VAR_token", "secret")
    planned = planning.plan(prepared, console)
    assert [item.after["input"] for item in planned.plan.changed if item.after] == ["own"]
    assert planning.apply(prepared, planned, console) == {}


def test_a_check_that_reads_is_no_change(prepared: Prepared) -> None:
    console = Console(live=False)
    planning.apply(prepared, planning.plan(prepared, console), console)
    before = state.read(prepared.target.aws, "small/terraform.tfstate")
    assert before is not None
    file = prepared.target.environment.work / "environment.tfplan"
    # What makes it hard: Terraform calls this a change.
    assert prepared.root.plan(file, prepared.var_files(), on_event=Heard())
    unchanged = planning.plan(prepared, console)
    assert unchanged.file is None and not file.exists()
    assert planning.apply(prepared, unchanged, console) == {}
    after = state.read(prepared.target.aws, "small/terraform.tfstate")
    assert after is not None and after["serial"] == before["serial"]
    prepared.target.environment.file.write_text('token = "secret"\nword = "new"\n')
    changed = planning.plan(prepared, console)
    assert changed.file is not None and changed.review.counts.update == 1


def test_a_check_that_fails_is_told_though_nothing_changes(prepared: Prepared) -> None:
    console = Console(live=False)
    planning.apply(prepared, planning.plan(prepared, console), console)
    outputs = {"more": {"value": 1, "type": "number"}}
    (prepared.root.folder / "another.tfstate").write_text(json.dumps(ANOTHER | {"outputs": outputs}))
    heard = Heard()
    prepared.root.plan(
        prepared.target.environment.work / "environment.tfplan",
        prepared.var_files(),
        on_event=heard,
    )
    assert heard.warnings == ["Check block assertion failed"]
    assert planning.plan(prepared, console).file is None


def test_a_warning_is_told_once_for_plan_and_apply(root: Root, tmp_path: Path) -> None:
    variables = tmp_path / "more.tfvars"
    variables.write_text('wrod = "a"\n')
    planned, applied, again = Heard(), Heard(), Heard()
    root.plan(tmp_path / "plan", [variables], on_event=planned)
    root.apply(tmp_path / "plan", [variables], on_event=applied)
    root.plan(tmp_path / "plan", [variables], on_event=again)
    assert sorted(planned.warnings) == ["Check block assertion failed", "Value for undeclared variable"]
    assert applied.warnings == again.warnings == []


def test_a_warning_is_a_line_of_its_stage(root: Root, tmp_path: Path) -> None:
    stage = Told("plan")
    root.plan(tmp_path / "plan", [], on_event=Narrator(stage))
    assert stage.latest == "warning: Check block assertion failed (main.tf:9): The word is not never.\n"


def test_a_plan_that_fails_leaves_no_file(root: Root, tmp_path: Path) -> None:
    plan = tmp_path / "plan"
    plan.write_text("an old one")
    with pytest.raises(Failure):
        root.plan(plan, [tmp_path / "missing.tfvars"], on_event=Heard())
    assert not plan.exists()
