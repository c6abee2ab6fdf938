"""The pipeline's stage, rehearsed: a branch is planned, stopped, let pass, refused in every way, and applied.

All of it is one change to the words service and to the table.
"""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

from orchestrator.review.render import markdown
from tests.system.conftest import Clone
from tests.system.look import STATE_BUCKET
from tests.system.states import States

pytestmark = pytest.mark.system

STATE = "local/terraform.tfstate"
TABLE = 'module.storage.module.table["stories"].aws_dynamodb_table.this'
POLICY = "terraform/review.toml"
TODAY = datetime.datetime.now(datetime.UTC).date()
EXCEPTION = """
[[exception]]
address = 'module.storage.module.table["stories"].aws_dynamodb_table.this'
rule = "backup-off"
reason = "a rehearsal: the stories of a test need no backup"
expires = {expires}
"""


def git(clone: Clone, *arguments: str) -> str:
    """git in the clone, with a name of its own."""
    who = ["-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *who, *arguments], cwd=clone.folder, text=True, capture_output=True, check=True)
    return done.stdout.strip()


def commit(clone: Clone, message: str) -> str:
    """Commit everything and return the commit's hash."""
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", message)
    return git(clone, "rev-parse", "HEAD")


def report(clone: Clone) -> dict[str, Any]:
    """What the last stage wrote for programs."""
    said: dict[str, Any] = json.loads((clone.folder / "report/result.json").read_text())
    return said


def stored(clone: Clone) -> list[str]:
    """The keys of the bundles in the state bucket."""
    found = clone.client("s3").list_objects_v2(Bucket=STATE_BUCKET, Prefix="local/bundles/").get("Contents", [])
    return [item["Key"] for item in found]


def plans_left(clone: Clone) -> list[Path]:
    """Every saved plan that is left in the clone: it holds the state in clear. The bucket's own files are not meant."""
    bucket = clone.folder / ".storyizer" / "emulator"
    found = [file for folder in (".storyizer", "report") for file in (clone.folder / folder).rglob("*.tfplan")]
    return [file for file in found if not file.is_relative_to(bucket)]


def fetched(clone: Clone, commit: str, folder: Path) -> Path:
    """The newest bundle of a commit, copied out of the bucket as a person could."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    client = clone.client("s3")
    for key in stored(clone):
        if f"/{commit}/" in key:
            (folder / key.rpartition("/")[2]).write_bytes(
                client.get_object(Bucket=STATE_BUCKET, Key=key)["Body"].read()
            )
    return folder


def rehearsal(clone: Clone) -> str:
    """Make the clone a git repository with a policy by which local changes can stop, and a branch in it that changes a
    service's code and switches off the table's backups: the branch's commit."""
    clone.edit(POLICY, 'local = "never"', 'local = "high"')
    git(clone, "init", "--quiet", "--initial-branch", "main")
    exclude = clone.folder / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("/report/\n")
    commit(clone, "The base")
    git(clone, "checkout", "--quiet", "-b", "change")
    clone.edit("services/words/app/contract.py", '"1.0"', '"rehearsed"')
    clone.edit("terraform/modules/table/main.tf", "enabled = var.point_in_time_recovery", "enabled = false")
    return commit(clone, "Another version of the words, and no backups")


def with_exception(clone: Clone) -> str:
    """Add an exception for what is risky in it to the same branch: the commit."""
    with (clone.folder / POLICY).open("a") as file:
        file.write(EXCEPTION.format(expires=TODAY + datetime.timedelta(days=30)))
    return commit(clone, "The rehearsal needs no backups")


@pytest.fixture
def head(clone: Clone) -> str:
    """The commit of a branch with a risky change."""
    return rehearsal(clone)


class Reviewed(NamedTuple):
    """A clone whose branch passed its review: the commit."""

    clone: Clone
    commit: str


@pytest.fixture
def reviewed(states: States) -> Reviewed:
    """A branch with an exception for its risky change, and the bundle of it in the bucket."""

    def make() -> Reviewed:
        clone = states.base()
        rehearsal(clone)
        commit = with_exception(clone)
        clone.run("ci", "plan", "local", "--commit", commit, "--out", "report")
        return Reviewed(clone, commit)

    return states.given("reviewed", make, keep=True)


def test_a_risky_change_is_stopped_and_told_and_leaves_nothing_to_apply(
    clone: Clone, head: str, tmp_path: Path
) -> None:
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
              "GITHUB_OUTPUT": str(tmp_path / "outputs")}  # fmt: skip
    ended = clone.run("ci", "plan", "local", "--commit", head, "--out", "report", code=3, **github)
    assert "error: the review stops this plan for local" in ended.stderr
    assert f"backup-off {TABLE}" in ended.stderr
    assert "terraform/review.toml" in ended.stderr
    said = report(clone)
    assert (said["exit_code"], said["verdict"], said["commit"]) == (3, "dangerous", head)
    (finding,) = [item for item in said["findings"] if item["severity"] in ("high", "critical")]
    assert (finding["rule"], finding["address"]) == ("backup-off", TABLE)
    assert [item["service"] for item in said["deploys"]] == ["words"]

    comment = (clone.folder / "report/comment.md").read_text()
    assert comment.startswith(f"{markdown.MARKER}local -->\n")
    assert "backup-off" in comment and "words" in comment and len(comment) <= markdown.LIMIT
    assert (tmp_path / "summary").read_text().strip() == comment.strip()
    assert "exit-code<<" in (tmp_path / "outputs").read_text()
    (error,) = [line for line in ended.stdout.splitlines() if line.startswith("::error ") and "backup-off" in line]
    assert "file=terraform/modules/table/main.tf" in error

    suite = ElementTree.parse(clone.folder / "report/junit.xml").getroot()
    (failed,) = [case for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failed.get("name") == TABLE
    assert stored(clone) == []
    assert plans_left(clone) == []

    ended = clone.run("ci", "apply", "local", "--commit", head, "--out", "report", code=1)
    assert f"there is no reviewed plan of {head[:12]} for local" in ended.stderr
    assert f"ci plan local --commit {head}" in ended.stderr


def test_an_exception_lets_it_pass_and_the_bundle_is_kept(reviewed: Reviewed) -> None:
    clone, excepted = reviewed
    said = report(clone)
    assert (said["exit_code"], said["error"]) == (0, None)
    assert {key.split("/")[2] for key in stored(clone)} == {excepted}
    assert {key.split("/")[3] for key in stored(clone)} == {said["bundle"]}
    assert "a rehearsal: the stories of a test need no backup" in (
        (clone.folder / "report/comment.md").read_text().replace("\\", "").replace("\u200b", "")
    )
    assert plans_left(clone) == []


def test_a_bundle_with_one_byte_changed_is_refused(reviewed: Reviewed, tmp_path: Path) -> None:
    clone, excepted = reviewed
    client = clone.client("s3")
    (key,) = [key for key in stored(clone) if key.endswith("environment.tfplan")]
    whole = client.get_object(Bucket=STATE_BUCKET, Key=key)["Body"].read()
    client.put_object(Bucket=STATE_BUCKET, Key=key, Body=whole[:-1] + bytes([whole[-1] ^ 1]))
    ended = clone.run("ci", "apply", "local", "--commit", excepted, "--out", str(tmp_path / "report"), code=1)
    assert "environment.tfplan is not what was reviewed" in ended.stderr
    client.put_object(Bucket=STATE_BUCKET, Key=key, Body=whole)


def test_a_bundle_is_refused_for_another_environment(reviewed: Reviewed, tmp_path: Path) -> None:
    clone, excepted = reviewed
    bundle = fetched(clone, excepted, tmp_path / "bundle")
    ended = clone.run("apply", str(bundle), "staging", code=1)
    assert "this bundle is for local, not for staging" in ended.stderr


def test_a_bundle_whose_state_has_moved_is_refused(reviewed: Reviewed, tmp_path: Path) -> None:
    clone, excepted = reviewed
    bundle = fetched(clone, excepted, tmp_path / "bundle")
    before = move_state(clone)
    ended = clone.run("apply", str(bundle), code=1)
    assert "the state of local has moved since the plan" in ended.stderr
    clone.client("s3").put_object(Bucket=STATE_BUCKET, Key=STATE, Body=before)


def move_state(clone: Clone) -> bytes:
    """What an apply by somebody else does to the state, without changing what is in it: the state before."""
    client = clone.client("s3")
    before: bytes = client.get_object(Bucket=STATE_BUCKET, Key=STATE)["Body"].read()
    state = json.loads(before)
    state["serial"] += 1
    client.put_object(Bucket=STATE_BUCKET, Key=STATE, Body=json.dumps(state).encode())
    return before


@pytest.mark.long
def test_a_bundle_whose_image_is_gone_is_refused(reviewed: Reviewed, tmp_path: Path) -> None:
    clone, excepted = reviewed
    bundle = fetched(clone, excepted, tmp_path / "bundle")
    digest = json.loads((bundle / "bundle.json").read_text())["images"]["words"]["digest"]
    clone.client("ecr").batch_delete_image(repositoryName="storyizer/words", imageIds=[{"imageDigest": digest}])
    ended = clone.run("apply", str(bundle), code=1)
    assert "an image is missing: words" in ended.stderr
    # Planned again, it is built again: the newest of the two bundles is the one that counts.
    clone.run("ci", "plan", "local", "--commit", excepted, "--out", "report")


@pytest.mark.long
def test_an_exception_that_has_expired_stops_the_apply(reviewed: Reviewed) -> None:
    clone, excepted = reviewed
    lasts, over = TODAY + datetime.timedelta(days=30), TODAY - datetime.timedelta(days=1)
    clone.edit(POLICY, f"expires = {lasts}", f"expires = {over}")
    ended = clone.run("ci", "apply", "local", "--commit", excepted, "--out", "report", code=3)
    assert f"expired on {over}" in ended.stderr
    assert report(clone)["exit_code"] == 3


@pytest.mark.long
def test_merged_code_that_does_something_else_stops_and_says_what(reviewed: Reviewed) -> None:
    clone, excepted = reviewed
    clone.edit("terraform/environments/local.tfvars", "log_retention_days       = 7", "log_retention_days       = 14")
    ended = clone.run("ci", "apply", "local", "--commit", excepted, "--out", "report", code=3)
    assert "the merged code does something else to local than was reviewed" in ended.stderr
    extra = 'module.service["words"].aws_cloudwatch_log_group.this: to be changed, and that was not reviewed'
    assert extra in ended.stderr
    assert report(clone)["error"]["message"] in ended.stderr


def test_the_merge_applies_what_was_reviewed_and_nothing_is_left(reviewed: Reviewed) -> None:
    clone, excepted = reviewed
    git(clone, "checkout", "--quiet", "main")
    git(clone, "merge", "--quiet", "--squash", "change")
    merged = commit(clone, "The change, squashed")
    assert merged != excepted
    move_state(clone)  # somebody applied something that does not matter here
    said = clone.run("ci", "apply", "local", "--commit", excepted, "--out", "report", "--json").json()
    assert said["exit_code"] == 0 and said["release"]["name"] == "r2" and said["url"] == clone.url
    assert "The state has moved since the review" in said["notes"][0]
    assert clone.words_version() == "rehearsed"
    backups = clone.client("dynamodb").describe_continuous_backups(TableName="storyizer-local-stories")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "DISABLED"
    assert stored(clone) == []
    versions = clone.client("s3").list_object_versions(Bucket=STATE_BUCKET, Prefix="local/bundles/")
    assert versions.get("Versions", []) == [] and versions.get("DeleteMarkers", []) == []
    assert plans_left(clone) == []
    assert clone.plain_terraform_plan() == 0
