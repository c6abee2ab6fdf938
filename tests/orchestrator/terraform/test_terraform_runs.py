"""The real Terraform on a small root module that needs no provider, its state in an emulated S3."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from orchestrator.aws import state, state_lock
from orchestrator.aws.session import Aws
from orchestrator.console import Console, Stage
from orchestrator.deploy import planning
from orchestrator.errors import Failure
from orchestrator.prepare.prepare import Prepared
from orchestrator.system import paths, processes
from orchestrator.target import Target
from orchestrator.terraform.narrator import Narrator
from orchestrator.terraform.runner import Root

pytestmark = pytest.mark.terraform

MODULE = """
terraform {
  backend "s3" { use_lockfile = true }
}
variable "word" { default = "own" }
resource "terraform_data" "this" { input = var.word }
check "words" {
  assert {
    condition     = var.word == "never"
    error_message = "The word is not never."
  }
}
output "word" { value = terraform_data.this.output }
"""
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
ANOTHER = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}
LOCK_ID = "6f1b0c2e-1111-2222-3333-1234567890ab"


class Heard:
    """Terraform's events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    @property
    def warnings(self) -> list[str]:
        """The summaries of the warnings."""
        return [event["diagnostic"]["summary"] for event in self.events if event["type"] == "diagnostic"]


class Told(Stage):
    """A stage that remembers what it says."""

    def event(self, text: str) -> None:
        self.latest += f"{text}\n"


@pytest.fixture
def aws(emulated: Callable[..., Aws]) -> Aws:
    made = emulated()
    state.ensure_bucket(made)
    return made


@pytest.fixture
def root(aws: Aws, tmp_path: Path) -> Root:
    return initialised(aws, tmp_path)


def initialised(aws: Aws, folder: Path, text: str = MODULE) -> Root:
    """The root module in a folder with a space in its name, initialised."""
    module = folder / "a checkout" / "small"
    module.mkdir(parents=True)
    (module / "main.tf").write_text(text)
    (module / "another.tfstate").write_text(json.dumps(ANOTHER))
    (module / ".terraform.lock.hcl").write_text("")
    made = Root(module, folder / "work" / "terraform small", aws.child_environment(TF_CLI_CONFIG_FILE=""))
    made.init(state.backend(aws, "small"))
    return made


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


def test_the_command_that_is_told_releases_the_lock(aws: Aws, root: Root, tmp_path: Path) -> None:
    lock(aws)
    with pytest.raises(Failure, match="is locked by kim@laptop") as caught:
        root.plan(tmp_path / "plan", [], on_event=Heard())
    assert "2026-11-22 10:00:00" in caught.value.reason
    command = caught.value.next_step.splitlines()[-1]
    assert command.endswith(f"force-unlock {LOCK_ID}")
    # A shell that knows nothing of the run, in another folder; -force answers the question.
    environment = {"PATH": root.variables["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        ["sh", "-c", command.replace("force-unlock", "force-unlock -force")], cwd=tmp_path, env=environment,
        check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert root.plan(tmp_path / "plan", [], on_event=Heard())


def test_a_lock_that_nobody_can_be_read_from_is_told_as_terraform_tells_it(
    aws: Aws, root: Root, tmp_path: Path
) -> None:
    s3, place = lock(aws)
    s3.put_object(**place, Body="")
    with pytest.raises(Failure) as caught:
        root.plan(tmp_path / "plan", [], on_event=Heard())
    assert caught.value.message == "terraform plan failed in terraform/small"
    assert "Error acquiring the state lock: Error message: operation error S3: PutObject" in caught.value.reason
    assert "force-unlock" not in caught.value.next_step


def test_a_shared_root_waits_for_another_run_s_lock(aws: Aws, root: Root) -> None:
    s3, place = lock(aws)
    threading.Timer(2, lambda: s3.delete_object(**place)).start()
    assert root.apply_directly([], on_event=Heard()) == {"word": "own"}


SLOW = """
terraform {
  backend "s3" { use_lockfile = true }
}
variable "seconds" { default = "60" }
resource "terraform_data" "this" {
  provisioner "local-exec" { command = "exec sleep ${var.seconds}" }
}
output "word" { value = "done" }
"""


@pytest.fixture
def slow(aws: Aws, tmp_path: Path) -> Root:
    """A root module whose apply takes a minute."""
    made = initialised(aws, tmp_path, SLOW)
    made.lock = state_lock.Lock(aws, "small/terraform.tfstate")
    return made


def killed_while_it_applies(root: Root, aws: Aws) -> Failure:
    """How an apply fails whose Terraform is killed, the lock in its hands."""
    working = threading.Event()
    failed: list[Failure] = []

    def apply() -> None:
        try:
            root.apply_directly([], on_event=lambda event: working.set() if event["type"] == "apply_start" else None)
        except Failure as failure:
            failed.append(failure)

    thread = threading.Thread(target=apply)
    thread.start()
    assert working.wait(60)
    mine = [
        pid
        for pid in processes.named("terraform")
        if (processes.environment(pid) or {}).get("TF_DATA_DIR") == str(root.data)
    ]
    children = [pid for pid in processes.everyone() if processes.parent(pid) in mine]
    for pid in (*mine, *children):
        processes.send(pid, signal.SIGKILL)
    thread.join(30)
    assert state.keys(aws, "small/terraform.tfstate.tflock"), "its lock is left"
    return failed[0]


def test_the_lock_that_a_killed_terraform_left_is_released_and_that_is_said(slow: Root, aws: Aws) -> None:
    failed = killed_while_it_applies(slow, aws)
    assert failed.reason == "It was ended from outside, by SIGKILL."
    assert failed.next_step.startswith("run `up` again: it releases the lock that is left")
    heard = Heard()
    assert slow.plan(slow.data / "plan", [], on_event=heard)
    assert "the lock of the state is released: the Terraform that took it is no more" in heard.warnings
    assert state.keys(aws, "small/terraform.tfstate.tflock") == []


def test_on_aws_it_is_proven_by_what_was_written_down_of_it(slow: Root, aws: Aws) -> None:
    """The same, judged as on AWS: that the machine's name fits is not enough."""
    killed_while_it_applies(slow, aws)
    assert slow.lock is not None
    found = state_lock.parse(aws.client("s3").get_object(**slow.lock._place)["Body"].read())
    last = state_lock.recorded(slow._last)
    assert last is not None and last.ended is not None
    judge = partial(state_lock.is_abandoned, found, state_lock.me(), emulated=False, living=False)
    assert judge(last=last)
    assert not judge(last=None)
    assert not judge(last=replace(last, at=last.at + 3600, ended=last.ended + 3600))


def test_a_run_that_only_met_the_lock_does_not_pass_for_the_one_that_took_it(slow: Root, aws: Aws) -> None:
    killed_while_it_applies(slow, aws)
    last = state_lock.recorded(slow._last)
    slow.lock = None
    with pytest.raises(Failure, match="is locked by"):
        slow.plan(slow.data / "plan", [], on_event=Heard())
    assert state_lock.recorded(slow._last) == last


def test_a_lock_that_nobody_can_be_read_from_is_released_where_no_terraform_lives(slow: Root, aws: Aws) -> None:
    s3, place = lock(aws)
    s3.put_object(**place, Body="")
    assert slow.plan(slow.data / "plan", [], on_event=Heard())


def test_the_lock_of_another_machine_is_told_and_left_alone(slow: Root, aws: Aws) -> None:
    s3, place = lock(aws)
    with pytest.raises(Failure, match="is locked by kim@laptop"):
        slow.plan(slow.data / "plan", [], on_event=Heard())
    assert s3.get_object(**place)


def lock(aws: Aws) -> tuple[Any, dict[str, str]]:
    """Lock the root module's state as another run would; the client and where the lock is."""
    info = {
        "ID": LOCK_ID, "Operation": "OperationTypeApply", "Info": "", "Who": "kim@laptop", "Version": "1.11.4",
        "Created": "2026-11-22T10:00:00Z", "Path": "x",
    }  # fmt: skip
    place = {"Bucket": aws.environment.state_bucket, "Key": "small/terraform.tfstate.tflock"}
    aws.client("s3").put_object(**place, Body=json.dumps(info))
    return aws.client("s3"), place
