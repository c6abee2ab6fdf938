"""Terraform's arguments as python-terraform builds them, and its errors as the person reads them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from orchestrator import terraform
from orchestrator.terraform import FLAG, Root

LOCK = """Error message: operation error S3: PutObject, StatusCode: 412, PreconditionFailed
Lock Info:
  ID:        6f1b0c2e-aaaa-bbbb-cccc-1234567890ab
  Path:      bucket/local/terraform.tfstate
  Operation: OperationTypeApply
  Who:       kim@laptop
  Version:   1.11.4
  Created:   2026-11-22 10:00:00.123 +0000 UTC
  Info:
"""


@pytest.fixture
def root(tmp_path: Path) -> Root:
    folder = tmp_path / "terraform" / "environment"
    folder.mkdir(parents=True)
    return Root(folder, tmp_path / "work" / "data", {"PATH": "/usr/bin"})


def test_arguments_are_what_terraform_wants(root):
    built = root._arguments(
        "plan", input=False, json=FLAG, out="/tmp/a plan", var_file=["/a b/x.tfvars", "/y.json"],
        detailed_exitcode=FLAG, destroy=None,
    )  # fmt: skip
    assert built[1:] == [
        "plan", "-input=false", "-json", "-out=/tmp/a plan", "-var-file=/a b/x.tfvars", "-var-file=/y.json",
        "-detailed-exitcode",
    ]  # fmt: skip
    assert root._arguments("apply", "/tmp/plan", input=False)[1:] == ["apply", "-input=false", "/tmp/plan"]
    backend = root._arguments("init", backend_config={"bucket": "b", "key": "k"}, reconfigure=FLAG)
    assert backend[1:] == ["init", "-backend-config=bucket=b", "-backend-config=key=k", "-reconfigure"]


def test_a_locked_state_is_told_with_who_since_when_and_how_to_release_it(root):
    errors = [{"severity": "error", "summary": "Error acquiring the state lock", "detail": LOCK}]
    failure = terraform.explain("plan", root, errors, "")
    assert failure.exit_code == 1
    assert "locked by kim@laptop" in failure.message
    assert "2026-11-22 10:00:00.123 +0000 UTC, for OperationTypeApply" in failure.reason
    assert "force-unlock 6f1b0c2e-aaaa-bbbb-cccc-1234567890ab" in failure.next_step


def test_an_error_is_told_with_its_address_and_place(root):
    error = {
        "severity": "error",
        "summary": "Invalid value",
        "detail": "It is\n  wrong.",
        "address": "module.a.aws_lb.this",
        "range": {"filename": "main.tf", "start": {"line": 7}},
    }
    failure = terraform.explain("apply", root, [error, error], "")
    assert failure.reason == "module.a.aws_lb.this: Invalid value (main.tf:7): It is wrong."
    assert "continues from the state" in failure.next_step


def test_an_error_without_diagnostics_is_told_from_standard_error(root):
    stderr = "\n╷\n│ Error: Invalid provider\n│ \n│ It is not there.\n╵\n"
    assert terraform.explain("plan", root, [], stderr).reason == "Error: Invalid provider\nIt is not there."


def test_variables_are_written_for_this_user_only(tmp_path):
    file = terraform.write_variables(tmp_path / "deep" / "x.tfvars.json", {"images": {"words": "a"}})
    assert json.loads(file.read_text()) == {"images": {"words": "a"}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [item.name for item in file.parent.iterdir()] == ["x.tfvars.json"]


def test_init_is_needed_again_when_a_file_or_the_backend_changes(root):
    backend = {"bucket": "b"}
    (root.folder / ".terraform.lock.hcl").write_text("")
    (root.folder / "main.tf").write_text("# one\n")
    assert not root.initialised(backend)
    root.data.mkdir(parents=True)
    (root.data / "initialised").write_text(root._fingerprint(backend))
    assert root.initialised(backend)
    assert not root.initialised({"bucket": "c"})
    (root.folder / "main.tf").write_text("# two\n")
    assert not root.initialised(backend)
