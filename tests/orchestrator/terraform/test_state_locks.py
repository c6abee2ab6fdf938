"""Terraform's lock of its state: another's is told and left alone, one that a dead Terraform left is released."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from orchestrator.aws import state, state_lock
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.system import processes
from orchestrator.terraform.runner import Root
from tests.orchestrator.terraform.small import Heard, initialised

pytestmark = pytest.mark.terraform

LOCK_ID = "6f1b0c2e-1111-2222-3333-1234567890ab"
SLOW = """
terraform {
  backend "s3" { use_lockfile = true }
}
resource "terraform_data" "this" {
  provisioner "local-exec" { command = "exec sleep 60" }
}
output "word" { value = "done" }
"""


@pytest.fixture
def slow(aws: Aws, tmp_path: Path) -> Root:
    """A root module whose apply takes a minute."""
    made = initialised(aws, tmp_path, SLOW)
    made.lock = state_lock.Lock(aws, "small/terraform.tfstate")
    return made


def lock(aws: Aws) -> tuple[Any, dict[str, str]]:
    """Lock the root module's state as another run would; the client and where the lock is."""
    info = {
        "ID": LOCK_ID, "Operation": "OperationTypeApply", "Info": "", "Who": "kim@laptop", "Version": "1.11.4",
        "Created": "2026-11-22T10:00:00Z", "Path": "x",
    }  # fmt: skip
    place = {"Bucket": aws.environment.state_bucket, "Key": "small/terraform.tfstate.tflock"}
    aws.client("s3").put_object(**place, Body=json.dumps(info))
    return aws.client("s3"), place


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


def test_one_that_could_not_give_its_lock_back_has_left_it(aws: Aws, tmp_path: Path) -> None:
    """As credentials leave it that expire during an apply."""
    taken_away = tmp_path / "taken away"
    until_then = f"until [ -e '{taken_away}' ]; do sleep 0.1; done"
    root = initialised(aws, tmp_path, SLOW.replace("exec sleep 60", until_then))
    root.lock = state_lock.Lock(aws, "small/terraform.tfstate")
    s3, place, kept = aws.client("s3"), root.lock._place, []

    def take_away(event: dict[str, Any]) -> None:
        if event["type"] == "apply_start":
            kept.append(s3.get_object(**place)["Body"].read())
            s3.put_object(**place, Body=json.dumps({**json.loads(kept[0]), "ID": LOCK_ID}))
            taken_away.touch()

    with pytest.raises(Failure, match="terraform apply failed"):
        root.apply_directly([], on_event=take_away)
    s3.put_object(**place, Body=kept[0])
    last = state_lock.recorded(root._last)
    assert last is not None and last.ended is not None
    assert state_lock.is_abandoned(json.loads(kept[0]), state_lock.me(), last, emulated=False, living=False)
    root.plan(root.data / "plan", [], on_event=Heard())
    assert state.keys(aws, "small/terraform.tfstate.tflock") == []


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
