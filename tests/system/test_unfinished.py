"""An apply that is cut or refused while data's home is being made: the next command finishes it, and says so.

What does both here is a provisioner of the table: Terraform runs it when the table has its id, as the provider goes on
with backups and time to live then, and leaves the table tainted if it does not get to its end.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestrator.system import processes
from tests.system.conftest import Clone, Running
from tests.system.kills import Range
from tests.system.look import STATE_BUCKET
from tests.system.states import States
from tests.system.test_stage import POLICY, STATE, TABLE, commit, git, report

pytestmark = [pytest.mark.system, pytest.mark.long]

MODULE = "terraform/modules/table/main.tf"
BILLING = '  billing_mode                = "PAY_PER_REQUEST"\n'
KEPT = "was left unfinished by an earlier run; it is kept and finished: nothing is replaced"
WILL = "was left unfinished by an earlier run; it will be kept and finished by the apply"
DRAFTS = """  drafts:
    table:
      key: {id: text}
    access: read-write
    variable: DRAFTS_TABLE
smoke:
"""


def refusing(clone: Clone, command: str = "exit 1", when: str = "") -> None:
    """Let the making of tables end in a command; of one table alone with the end of its name."""
    guarded = f'case \\"${{self.name}}\\" in *{when}) {command};; esac'
    clone.edit(MODULE, BILLING, f'{BILLING}  provisioner "local-exec" {{\n    command = "{guarded}"\n  }}\n')


def waits(mark: Path) -> str:
    """A command that makes a file, and ends with its removal."""
    return f"touch '{mark}'; while test -e '{mark}'; do sleep 0.2; done; exit 1"


def well(clone: Clone) -> None:
    """Let tables be made again as the checkout says."""
    path = clone.folder / MODULE
    before, _, rest = path.read_text().partition('  provisioner "local-exec"')
    path.write_text(before + rest.partition("\n  }\n")[2])


def guarded(clone: Clone) -> None:
    """Let the review stop losses here as on AWS."""
    clone.edit(POLICY, 'local = "never"', 'local = "high"')


def state(clone: Clone) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(clone.client("s3").get_object(Bucket=STATE_BUCKET, Key=STATE)["Body"].read())
    return found


def tainted(clone: Clone) -> list[str]:
    """The types of what is tainted in the state."""
    return [
        item["type"]
        for item in state(clone)["resources"]
        for instance in item["instances"]
        if instance.get("status") == "tainted"
    ]


def table(clone: Clone, name: str = "stories") -> tuple[str, Any]:
    """What tells the table from another one in its place."""
    found = clone.client("dynamodb").describe_table(TableName=f"storyizer-local-{name}")["Table"]
    return found.get("TableId", ""), found["CreationDateTime"]


def is_backed_up(clone: Clone, name: str = "stories") -> bool:
    said = clone.client("dynamodb").describe_time_to_live(TableName=f"storyizer-local-{name}")
    return bool(said["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED")


def wait_for(mark: Path, running: Running) -> None:
    """Until the table has its id, and its making goes on."""
    until = time.monotonic() + 300
    while not mark.exists():
        assert time.monotonic() < until and running.process.poll() is None, "".join(running.lines)
        time.sleep(0.2)


@pytest.mark.long
def test_a_first_apply_that_is_cut_while_the_table_is_made_is_finished_by_the_next_up(
    cold: Clone, tmp_path: Path
) -> None:
    clone, mark = cold, tmp_path / "made"
    guarded(clone)
    refusing(clone, waits(mark))
    running = clone.begin("up")
    wait_for(mark, running)
    running.interrupt()
    running.wait_for("Ctrl-C again cuts it short")
    running.interrupt()
    running.end(130)
    well(clone)
    assert "aws_dynamodb_table" in tainted(clone)
    made = table(clone)

    ended = clone.run("up")
    assert f"the table storyizer-local-stories {KEPT} ({TABLE})" in ended.stderr
    assert tainted(clone) == []
    assert table(clone) == made and is_backed_up(clone)
    assert clone.run("status", "--json").json()["release"]["name"] == "r1"
    assert clone.plain_terraform_plan() == 0
    assert KEPT not in clone.run("up").stderr


def take_over(clone: Clone, lines: Sequence[str]) -> None:
    """Run the lines in a shell, with what they ask the AWS command line for, which is not everywhere.

    Log groups are deleted, the other way out: the key is a new one, and the emulated AWS cannot change a group's key.
    """
    groups = [line for line in lines if ".aws_cloudwatch_log_group." in line]
    for line in groups:
        clone.client("logs").delete_log_group(logGroupName=line.split()[-1])
    lines = [line for line in lines if line not in groups]
    (balancer,) = clone.client("elbv2").describe_load_balancers(Names=["storyizer-local"])["LoadBalancers"]
    script = re.sub(r"\$\(aws elbv2 describe-load-balancers [^)]*\)", balancer["LoadBalancerArn"], "\n".join(lines))
    done = subprocess.run(["sh", "-e", "-c", script], capture_output=True, check=False, cwd="/", text=True)
    assert done.returncode == 0, done.stderr


def test_what_a_killed_terraform_has_made_is_taken_over_by_the_commands_of_the_error(
    cold: Clone, states: States, tmp_path: Path
) -> None:
    """It has written nothing down of what it made since it last wrote the state."""
    clone, mark = cold, tmp_path / "made"
    guarded(clone)
    refusing(clone, waits(mark))
    running = clone.begin("up")
    wait_for(mark, running)
    terraform = Range(clone, states).victim("terraform", running)
    assert terraform is not None and processes.send(terraform, signal.SIGKILL)
    mark.unlink()
    assert "ended from outside, by SIGKILL" in running.end(1).stderr
    well(clone)
    made = table(clone)
    for _ in range(3):
        ended = clone.run("up", code=None)
        if "take_over()" not in ended.stderr:
            break
        assert ended.code == 1 and "exists already is not in the state" in ended.stderr
        take_over(clone, [line.strip() for line in ended.stderr.splitlines() if line.strip().startswith("take_over")])
    assert ended.code == 0, ended.stderr
    assert table(clone) == made
    assert clone.plain_terraform_plan() == 0


@pytest.mark.long
def test_a_pipeline_plans_and_finishes_what_a_refused_first_apply_has_left(cold: Clone) -> None:
    clone = cold
    guarded(clone)
    refusing(clone)
    assert "aws_dynamodb_table.this" in clone.run("up", code=1).stderr
    well(clone)
    assert tainted(clone) == ["aws_dynamodb_table"]
    made, serial = table(clone), state(clone)["serial"]
    git(clone, "init", "--quiet", "--initial-branch", "main")
    (clone.folder / ".git" / "info" / "exclude").write_text("/report/\n")
    head = commit(clone, "The first deploy")

    # Who plans writes no state.
    ended = clone.run("plan")
    assert f"the table storyizer-local-stories {WILL} ({TABLE})" in ended.stderr
    assert "would refuse this plan" not in ended.stderr
    ended = clone.run("ci", "plan", "local", "--commit", head, "--out", "report")
    assert f"the table storyizer-local-stories {WILL} ({TABLE})" in ended.stderr
    assert "the apply keeps and finishes it" in (clone.folder / "report/comment.md").read_text()
    assert (state(clone)["serial"], tainted(clone)) == (serial, ["aws_dynamodb_table"])

    ended = clone.run("ci", "apply", "local", "--commit", head, "--out", "report")
    assert f"the table storyizer-local-stories {KEPT} ({TABLE})" in ended.stderr
    assert (report(clone)["exit_code"], report(clone)["release"]["name"]) == (0, "r1")
    assert table(clone) == made and tainted(clone) == []
    assert clone.plain_terraform_plan() == 0


@pytest.mark.long
def test_a_table_that_is_added_to_what_is_live_is_finished_by_the_bundle(base: Clone) -> None:
    clone = base
    guarded(clone)
    clone.edit("services/save/service.yaml", "smoke:\n", DRAFTS)
    refusing(clone, when="drafts")
    clone.run("up", code=1)
    well(clone)
    assert tainted(clone) == ["aws_dynamodb_table"]
    made = table(clone, "drafts")
    ended = clone.run("plan", "--json")
    assert f"the table storyizer-local-drafts {WILL}" in ended.stderr
    said = ended.json()
    ended = clone.run("apply", said["bundle_path"], "--sha256", said["bundle"])
    assert f"the table storyizer-local-drafts {KEPT}" in ended.stderr
    assert table(clone, "drafts") == made and tainted(clone) == []
    assert clone.plain_terraform_plan() == 0


def test_what_was_live_is_guarded_and_the_command_that_keeps_it_is_named(base: Clone) -> None:
    clone = base
    guarded(clone)
    subprocess.run(
        ["terraform", "taint", TABLE], cwd=clone.folder / "terraform" / "environment", env=clone.shell_environment(),
        check=True, capture_output=True,
    )  # fmt: skip
    made = table(clone)
    ended = clone.run("up", code=3)
    assert f"critical data-replaced {TABLE}" in ended.stderr
    (command,) = [line.strip() for line in ended.stderr.splitlines() if " untaint " in line and "&& terraform" in line]
    subprocess.run(["sh", "-c", command], check=True, capture_output=True, cwd="/")
    clone.run("up")
    assert table(clone) == made
