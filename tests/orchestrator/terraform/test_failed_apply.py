"""What an apply that failed leaves: a state that could not be written, a mark on what is to be made again."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from orchestrator.aws import state, state_lock
from orchestrator.aws.session import Aws
from orchestrator.deploy import planning
from orchestrator.errors import Failure
from tests.orchestrator.terraform.small import Heard, initialised

pytestmark = pytest.mark.terraform

UNWRITABLE = """
terraform {
  backend "s3" { use_lockfile = true }
}
variable "command" { default = "true" }
resource "terraform_data" "first" {
  input = "first"
  provisioner "local-exec" { command = var.command }
}
"""
TAINTING = UNWRITABLE.replace('"true"', '"exit 1"')


def test_a_state_that_could_not_be_written_is_written_by_the_next_run(aws: Aws, tmp_path: Path) -> None:
    """The bucket is gone when Terraform comes to write what it has made."""
    root = initialised(aws, tmp_path, UNWRITABLE)
    root.lock = state_lock.Lock(aws, "small/terraform.tfstate")
    script = tmp_path / "away.py"
    script.write_text(
        f"import boto3\nbucket = boto3.resource('s3').Bucket('{aws.environment.state_bucket}')\n"
        "bucket.object_versions.delete()\nbucket.delete()\n"
    )
    values = tmp_path / "values.tfvars.json"
    values.write_text(json.dumps({"command": f"'{sys.executable}' '{script}'"}))
    assert not root.write_unwritten()
    with pytest.raises(Failure, match="terraform apply failed"):
        root.apply_directly([values], on_event=Heard())
    # Not in the folder, where another environment's run would find it.
    assert not (root.folder / "errored.tfstate").exists()
    assert stat.S_IMODE(root.unwritten.stat().st_mode) == 0o600
    state.ensure_bucket(aws)
    assert state.identity(aws, "small") == ("", 0)
    assert root.write_unwritten()
    assert not root.unwritten.exists()
    assert state.identity(aws, "small")[1] > 0
    assert not root.plan(tmp_path / "plan", [values], on_event=Heard())


def test_one_that_is_older_than_what_is_there_is_refused_and_kept(aws: Aws, tmp_path: Path) -> None:
    root = initialised(aws, tmp_path, UNWRITABLE)
    root.apply_directly([], on_event=Heard())
    root.unwritten.write_bytes(aws.client("s3").get_object(
        Bucket=aws.environment.state_bucket, Key="small/terraform.tfstate"
    )["Body"].read())  # fmt: skip
    text = root.unwritten.read_text()
    root.unwritten.write_text(text.replace('"serial": 1', '"serial": 0').replace('"first"', '"older"'))
    with pytest.raises(Failure, match="terraform state push failed") as failed:
        root.write_unwritten()
    assert "newer" in failed.value.reason or "serial" in failed.value.reason
    assert failed.value.next_step.endswith(f"rm '{root.unwritten}'")
    assert root.unwritten.exists()


def test_a_mark_is_taken_away_and_what_it_was_on_is_kept(aws: Aws, tmp_path: Path) -> None:
    root = initialised(aws, tmp_path, TAINTING)
    with pytest.raises(Failure):
        root.apply_directly([], on_event=Heard())
    assert root.plan(tmp_path / "plan", [], on_event=Heard())
    (planned,) = planning.read(root, tmp_path / "plan").resources
    assert (planned.action_reason, planned.replace_paths) == ("replace_because_tainted", ())
    root.untaint("terraform_data.first")
    assert not root.plan(tmp_path / "plan", [], on_event=Heard())
    with pytest.raises(Failure, match="terraform untaint failed") as failed:
        root.untaint("terraform_data.first")
    assert "terraform_data.first" in failed.value.reason
