"""An `up` that finds nothing of what Terraform reads changed does not start it; any change of it does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orchestrator.terraform import runner
from tests.system.conftest import Clone
from tests.system.look import STATE_BUCKET

pytestmark = pytest.mark.system

STATE = {"Bucket": STATE_BUCKET, "Key": "local/terraform.tfstate"}


@pytest.fixture
def clone(base: Clone) -> Clone:
    """The clone, live, with nothing to be done: Terraform was not started by the last `up`."""
    if base.up()["terraform_runs"]:  # its emulator was started for this test
        assert base.up()["terraform_runs"] == []
    return base


def commented(file: str) -> Callable[[Clone], None]:
    """A comment at the end of a file."""

    def change(clone: Clone) -> None:
        path = clone.folder / file
        path.write_text(f"{path.read_text()}\n# changed\n")

    return change


def state_changed_by_hand(clone: Clone) -> None:
    """As `terraform state` commands do it: the same content with another serial number."""
    s3 = clone.client("s3")
    state = json.loads(s3.get_object(**STATE)["Body"].read())
    s3.put_object(**STATE, Body=json.dumps(state | {"serial": state["serial"] + 1}).encode())


def load_balancer_tagged_by_hand(clone: Clone) -> None:
    """Something that Terraform would change back."""
    client = clone.client("elbv2")
    (found,) = client.describe_load_balancers(Names=["storyizer-local"])["LoadBalancers"]
    client.add_tags(ResourceArns=[found["LoadBalancerArn"]], Tags=[{"Key": "By", "Value": "hand"}])


# What is changed, and whether the environment is to be changed by that.
CHANGES: Mapping[str, tuple[Callable[[Clone], None], bool]] = {
    "configuration": (commented("terraform/environment/main.tf"), False),
    "module": (commented("terraform/modules/ecs_service/main.tf"), False),
    "lock file": (commented("terraform/environment/.terraform.lock.hcl"), False),
    "variables": (commented("terraform/environments/local.tfvars"), False),
    "state by hand": (state_changed_by_hand, False),
    "AWS by hand": (load_balancer_tagged_by_hand, True),
    "manifest": (lambda clone: clone.edit("services/words/service.yaml", "count: 2", "count: 1"), True),
}


@pytest.mark.parametrize(
    "changes",
    [
        ("configuration", "state by hand", "AWS by hand", "manifest"),
        pytest.param(("module", "lock file", "variables"), marks=pytest.mark.long),
    ],
    ids=", ".join,
)
def test_terraform_is_started_if_something_that_it_reads_has_changed(clone: Clone, changes: tuple[str, ...]) -> None:
    for name in changes:
        change, is_one = CHANGES[name]
        change(clone)
        said = clone.up()
        assert said["terraform_runs"][:1] == ["plan environment"], name
        assert bool(said["changes"]["change"]) is is_one, name
        assert clone.plain_terraform_plan() == 0, name
        assert clone.up()["terraform_runs"] == [], f"{name}: it is settled again"


def test_another_shell_starts_no_terraform(clone: Clone, tmp_path: Path) -> None:
    path = f"{tmp_path}:{clone.shell_environment()['PATH']}"
    assert clone.run("up", "--json", PATH=path, TMPDIR=str(tmp_path)).json()["terraform_runs"] == []


@pytest.mark.long
def test_another_terraform_is_started(clone: Clone, tmp_path: Path) -> None:
    shutil.copy(runner.executable(), tmp_path / "terraform")
    path = f"{tmp_path}:{clone.shell_environment()['PATH']}"
    assert clone.run("up", "--json", PATH=path).json()["terraform_runs"][:1] == ["plan environment"]


def test_what_people_do_with_the_services_starts_no_terraform(clone: Clone) -> None:
    clone.post("/api/stories", {"template": "The {noun} sleeps", "text": "The bear sleeps"})
    clone.client("s3").put_object(Bucket=STATE["Bucket"], Key="by-hand", Body=b"x")
    told = clone.run("up", "--json")
    assert told.json()["terraform_runs"] == []
    assert "terraform: not started, nothing that it reads has changed since r1" in told.stderr
    assert "save is live, 2 of 2 tasks run" in told.stderr
    assert "smoke test: website: GET / 200" in told.stderr


def test_what_could_not_be_removed_is_removed_before_it_is_settled(clone: Clone) -> None:
    clone.edit("services/words/service.yaml", "count: 2", "count: 1")
    assert clone.up()["release"]["name"] == "r2"
    s3 = clone.client("s3")
    first = {"Bucket": STATE["Bucket"], "Key": "local/releases/000001.json"}
    whole = s3.get_object(**first)["Body"].read()
    s3.put_object(**first, Body=b"{")
    commented("terraform/environments/local.tfvars")(clone)
    assert "warning: what the deploy needed for its time is not all removed" in clone.run("up", "--json").stderr
    s3.put_object(**first, Body=whole)
    told = clone.run("up", "--json")
    assert told.json()["terraform_runs"][:1] == ["plan environment"], "it is not settled, whatever it is made of"
    assert "warning" not in told.stderr
