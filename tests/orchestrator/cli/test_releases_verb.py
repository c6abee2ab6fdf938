"""`releases` as it is typed: every deploy, one release with its picture, every command; for people and for programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator import places
from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.cli import main
from orchestrator.picture import kept
from orchestrator.project import environment as environments
from orchestrator.releases.audit import Record
from orchestrator.system import paths
from orchestrator.target import Target
from tests import answers
from tests.orchestrator.picture import deploys

HASH = "0123456789abcdef0123456789abcdef01234567"
PROMOTED = {"environment": "staging", "account_id": "123456789012", "release": "r9"}
FIRST = replace(deploys.BEFORE, number=1, commit=f"{HASH}-dirty", plan="a" * 64, bundle="b" * 64, audit="1")
SECOND = replace(
    deploys.BEFORE, number=2, created_at="2026-11-22T11:00:00Z", commit="", promoted_from=PROMOTED
)  # older than the audit
THIRD = replace(deploys.LIVE, number=3, created_at="2026-11-24T10:00:00Z", commit=HASH, rollback_of="r1", audit="3")
DEPLOY = {"images": {"words": deploys.NEW}, "plan": "", "commit": HASH, "bundle": "", "rollback_of": "",
          "promoted_from": {}}  # fmt: skip
RECORDS = (
    Record("1", "blue", "up", {"yes": True}, "kim", "vm", "2026-11-22T09:59:00Z", "arn:aws:iam::1:user/kim",
           "succeeded", 0, 12.5, release="r1", deploy=DEPLOY),
    Record("2", "blue", "up", {}, "kim", "vm", "2026-11-23T09:59:00Z", "", "rolled back", 4, 99.25,
           "words did not go live; r2 serves", "Task 1a2b stopped.", deploy=DEPLOY | {"promoted_from": PROMOTED}),
    Record("3", "blue", "rollback", {"release": "r1"}, "kim", "vm", "2026-11-24T09:59:00Z", "", "succeeded", 0, 20.0,
           release="r3"),
    Record("4", "blue", "up", {}, "kim", "vm", "2026-11-25T09:59:00Z"),
)  # fmt: skip


@pytest.fixture
def blue(emulated: Callable[..., Aws], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """An environment with three releases, of which the last one has a picture, a failure and a command at work."""
    monkeypatch.setattr(paths, "WORK", tmp_path / "work")
    aws = emulated()
    monkeypatch.setattr(environments, "load", lambda name: aws.environment)
    monkeypatch.setattr(places, "reach", lambda environment: Target(environment, aws))
    state.ensure_bucket(aws)
    for release in (FIRST, SECOND, THIRD):
        state.write(aws, f"blue/releases/{release.number:06d}.json", asdict(release))
    for record in RECORDS:
        state.write(aws, f"blue/audit/{record.id}.json", asdict(record))
    kept.keep(aws, replace(deploys.changed(), environment="blue", before=SECOND, release=THIRD))
    return aws


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The answer, as it is declared."""
    assert main.main(["releases", *arguments, "--json"]) == 0
    return answers.read("releases", capsys.readouterr().out)


def test_every_deploy_is_an_object_of_one_form(blue: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys)
    assert (said["environment"], said["live"]) == ("blue", "r3")
    begun, third, failed, second, first = said["releases"]
    assert (begun["name"], begun["outcome"], begun["error"]["message"]) == (None, "begun", "it began and never ended")
    assert (failed["number"], failed["outcome"], failed["error"]["reason"]) == (
        None,
        "rolled back",
        "Task 1a2b stopped.",
    )
    assert (third["live"], third["rollback_of"], third["error"], third["plan"]) == (True, "r1", None, None)
    assert (first["commit"], first["plan"], first["bundle"]) == (f"{HASH}-dirty", "a" * 64, "b" * 64)
    assert (second["verb"], second["commit"], second["host"]) == (None, None, None)
    origin = {"environment": "staging", "account_id": "123456789012", "release_name": "r9"}
    assert second["promoted_from"] == failed["promoted_from"] == origin


def test_every_command_is_an_object_of_one_form(blue: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    begun, back, failed, first = told(capsys, "--audit")["records"]
    assert (begun["exit_code"], begun["deploy"], begun["error"], begun["identity"]) == (None, None, None, None)
    assert (back["release_name"], back["deploy"]) == ("r3", None)
    assert failed["error"] == {
        "message": "words did not go live; r2 serves", "reason": "Task 1a2b stopped.", "details": [], "next_step": None,
    }  # fmt: skip
    assert (first["deploy"]["plan"], first["deploy"]["commit"]) == (None, HASH)


@pytest.mark.parametrize("named", ["r3", "3"])
def test_one_release_and_where_its_picture_is(blue: Aws, named: str, capsys: pytest.CaptureFixture[str]) -> None:
    every = told(capsys)["releases"]
    said = told(capsys, named)
    assert said["release"] == every[1]
    file = blue.environment.work / "releases" / "r3.html"
    assert said["picture"] == str(file)
    assert "r3 went live" in file.read_text(encoding="utf-8")
    assert main.main(["releases", named]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("r3 ") and "proven, r1 again (live)" in lines[1]
    assert lines[-1] == f"picture  {file}"
    assert not any(line.startswith(("r1", "r2", "-")) for line in lines)


def test_a_release_without_a_picture_says_so_in_one_line(blue: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "r1")["picture"] is None
    assert main.main(["releases", "r1"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "picture  none: r1 is from before pictures were kept, or its picture could not be kept"


@pytest.mark.parametrize(
    ("named", "message"), [("r9", "blue has no release r9"), ("last", "'last' names no release"), ("r0", "'r0' names")]
)
def test_a_release_that_is_none_is_wrong_usage(
    blue: Aws, named: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["releases", named]) == 64
    assert message in capsys.readouterr().err


def test_people_see_the_first_digits(blue: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["releases"]) == 0
    said = capsys.readouterr().out
    assert f"commit {HASH[:12]}-dirty, plan aaaaaaaaaaaa" in said
    assert HASH[:13] not in said
