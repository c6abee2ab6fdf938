"""The real Terraform with its AWS provider behind the relay, on an emulated AWS."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.emulator import emulator
from orchestrator.emulator.provider import attached, kept_schema, reattach, schema
from orchestrator.emulator.provider.attached import Attached
from orchestrator.errors import Failure
from orchestrator.machine import providers
from orchestrator.system import notices, paths, processes
from orchestrator.terraform.runner import Root

pytestmark = pytest.mark.terraform

KEY = "attached"
SECONDS = 120.0
START = """
terraform {
  backend "s3" { use_lockfile = true }
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" { region = "us-east-1" }
"""
LOGS = """
resource "aws_cloudwatch_log_group" "this" { name = "attached" }
output "arn" { value = aws_cloudwatch_log_group.this.arn }
"""
# Of which the provider wants to see the same several times, for half a minute.
QUEUE = 'resource "aws_sqs_queue" "this" { name = "attached" }'

PARAMETER = """
resource "aws_ssm_parameter" "this" {
  name  = "attached"
  type  = "String"
  value = "one"
}
"""


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    attached.end_all()


@dataclass
class Module:
    """A root module, initialised, whose provider is behind a relay; and the same where Terraform starts its own."""

    root: Root
    plain: Root
    work: Path

    def write(self, *parts: str) -> None:
        """Replace what it says."""
        (self.root.folder / "main.tf").write_text(START + "".join(parts))

    @property
    def plan(self) -> Path:
        """Where a plan goes."""
        return self.work / "plan"

    def planned(self, root: Root) -> dict[str, str]:
        """Makes a plan: the actions in it by address."""
        root.plan(self.plan, [], on_event=nothing)
        changes = root.show(self.plan).get("resource_changes", [])
        return {item["address"]: "-".join(item["change"]["actions"]) for item in changes}

    def applied(self, root: Root, on_event: Callable[[dict[str, Any]], None] | None = None) -> dict[str, Any]:
        """Applies the plan."""
        return root.apply(self.plan, [], on_event=on_event or nothing)


def nothing(event: dict[str, Any]) -> None:
    """Whom Terraform's events do not concern."""


@pytest.fixture
def module(emulated: Callable[..., Aws], terraform_program: Path, tmp_path: Path) -> Module:
    aws = emulated()
    state.ensure_bucket(aws)
    folder, data = tmp_path / "a checkout" / "small", tmp_path / "work" / "terraform small"
    folder.mkdir(parents=True)
    shutil.copy(paths.TERRAFORM / "environment" / ".terraform.lock.hcl", folder)
    variables = aws.child_environment(**providers.terraform_env())
    backend = state.backend(aws, KEY)
    made = Attached(aws, backend["key"], folder, data, variables)
    root = Root(folder, data, variables, attached=made)
    found = Module(root, replace(root, attached=None), tmp_path / "work")
    found.write(LOGS)
    root.init(backend)
    return found


def of_relays(name: str) -> list[int]:
    """The processes that this one's relays have started, and they themselves."""
    relays = [relay.pid for relay in attached.running()]
    return [
        pid
        for pid in processes.everyone()
        if (pid in relays or processes.parent(pid) in relays) and processes.name(pid).startswith(name)
    ]


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_one_provider_plans_applies_and_finds_nothing_to_change(module: Module) -> None:
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "create"}
    (provider,) = of_relays("terraform-provi")
    arn = module.applied(module.root)["arn"]
    assert arn.endswith(":attached")
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "no-op"}
    assert of_relays("terraform-provi") == [provider]
    mine = [*of_relays(reattach.NAME), provider]
    folders = [relay.folder for relay in attached.running()]
    attached.end_all()
    assert [pid for pid in mine if processes.identity(pid) is not None] == []
    assert [folder for folder in folders if folder.exists()] == []


def test_a_plan_reads_the_same_with_and_without_the_relay(module: Module) -> None:
    module.write(LOGS, PARAMETER)
    module.planned(module.root)
    with_relay, without = module.root.show(module.plan), module.plain.show(module.plan)
    assert with_relay == without
    module.planned(module.plain)
    again = module.plain.show(module.plan)
    assert {**again, "timestamp": ""} == {**with_relay, "timestamp": ""}


def test_a_plan_is_applied_by_the_other_way(module: Module) -> None:
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "create"}
    module.applied(module.plain)
    module.write(LOGS, PARAMETER)
    assert module.planned(module.plain) == {
        "aws_cloudwatch_log_group.this": "no-op",
        "aws_ssm_parameter.this": "create",
    }
    module.applied(module.root)
    assert set(module.planned(module.plain).values()) == set(module.planned(module.root).values()) == {"no-op"}


def test_a_type_that_only_the_state_has_is_planned_shown_and_destroyed(module: Module) -> None:
    module.write(LOGS, PARAMETER)
    module.planned(module.root)
    module.applied(module.root)
    attached.end_all()
    module.write(LOGS)
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "no-op", "aws_ssm_parameter.this": "delete"}
    attached.end_all()
    module.applied(module.root)
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "no-op"}


def test_showing_a_plan_needs_no_provider(module: Module) -> None:
    module.planned(module.root)
    attached.end_all()
    assert module.root.show(module.plan)["resource_changes"]
    assert len(of_relays(reattach.NAME)) == 1
    assert of_relays("terraform-provi") == []


def test_a_kept_answer_that_is_damaged_is_made_again(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_schema, "folder", lambda: module.work / "kept")
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "create"}
    (kept,) = (module.work / "kept").iterdir()
    whole = kept_schema.read(kept)
    assert whole is not None
    kept.write_bytes(kept.read_bytes()[:-100])
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "create"}
    again = kept_schema.read(kept)
    # A provider gives them in another order each time.
    assert again is not None
    assert schema.names(again) == schema.names(whole)


def test_a_provider_that_dies_is_told_and_the_next_run_has_another(module: Module) -> None:
    def kill(event: dict[str, Any]) -> None:
        if event.get("type") == "apply_start":
            for pid in of_relays("terraform-provi"):
                processes.send(pid, signal.SIGKILL)

    module.write(QUEUE)
    module.planned(module.root)
    with pytest.raises(Failure) as failed:
        module.applied(module.root, kill)
    assert "Plugin did not respond" in failed.value.reason
    assert module.planned(module.root) == {"aws_sqs_queue.this": "create"}
    assert len(of_relays("terraform-provi")) == 1


def test_a_relay_that_was_killed_is_started_again_and_takes_its_provider_with_it(module: Module) -> None:
    module.planned(module.root)
    (relay,), (provider,) = of_relays(reattach.NAME), of_relays("terraform-provi")
    processes.end(relay, signal.SIGKILL, SECONDS)
    wait_until(lambda: processes.identity(provider) is None)
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "create"}
    assert of_relays(reattach.NAME) != [relay]


def test_it_serves_a_terraform_that_has_outlived_the_run(module: Module) -> None:
    module.planned(module.root)
    (relay,) = attached.running()
    script = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(script, stdin=subprocess.PIPE, env={**os.environ, **relay.variables}) as terraform:
        relay.let_go()
        time.sleep(3.0)
        assert relay.is_alive()
        assert len(of_relays("terraform-provi")) == 1
        terraform.kill()
    wait_until(lambda: not relay.is_alive())


@pytest.mark.parametrize("text", ['resource "aws_sqs_queu" "this" {}', 'data "aws_regio" "this" {}'])
def test_a_type_that_there_is_not_is_told_as_ever(module: Module, text: str) -> None:
    told = []
    for root in (module.root, module.plain):
        module.write(text)
        with pytest.raises(Failure) as failed:
            module.planned(root)
        # Of several names that are near, Terraform takes any.
        told.append(re.sub(r'Did you mean "\w+"', 'Did you mean "..."', failed.value.reason))
    assert told[0] == told[1]
    assert "Did you mean" in told[0]


def test_it_is_not_used_for_two_configurations_of_a_provider_nor_where_a_log_is_wanted(module: Module) -> None:
    used = module.root.attached
    assert isinstance(used, Attached)
    assert reattach.VARIABLE in used("plan", [])
    assert used("init", []) == {}
    assert replace(used, variables={**used.variables, "TF_LOG": "DEBUG"})("plan", []) == {}
    assert replace(used, data=module.work / "not initialised")("plan", []) == {}
    module.write(LOGS, 'provider "aws" {\n  alias  = "west"\n  region = "us-west-2"\n}\n')
    assert used("plan", []) == {}
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "create"}


def test_a_relay_that_does_not_start_is_told_once(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(notices, "say", told.append)
    monkeypatch.setattr(emulator, "ensure_installed", lambda say: Path("/bin/false"))
    assert module.planned(module.root) == {"aws_cloudwatch_log_group.this": "create"}
    module.applied(module.root)
    assert len(told) == 1
    assert told[0].startswith("warning: Terraform starts its provider itself")


def test_what_it_is_told_is_for_this_user_alone(module: Module) -> None:
    module.planned(module.root)
    (relay,) = attached.running()
    assert relay.folder.stat().st_mode & 0o777 == 0o700
    words = [word for pid in of_relays("") for word in processes.arguments(pid)]
    assert not any("AWS_" in word for word in words)
    assert json.loads(relay.variables[reattach.VARIABLE])[reattach.ADDRESS]["Pid"] == relay.pid
