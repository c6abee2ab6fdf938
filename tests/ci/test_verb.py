"""`ci` as it is typed: what it refuses, and that every end leaves its reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from orchestrator.bundle.on_disk import Bundle, StateId
from orchestrator.ci import github, reports
from orchestrator.ci import stage as ci
from orchestrator.ci.result import Result
from orchestrator.cli import main
from orchestrator.deploy import own_review, plan_bundle
from orchestrator.errors import ExitCode, Failure
from orchestrator.images.image import Image
from orchestrator.project import environment
from orchestrator.releases import audit
from orchestrator.review import review as core
from orchestrator.review.model import Action, Plan, Resource
from orchestrator.system import paths

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def without_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing that boto3 would take for credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize("stage", ["plan", "apply"])
def test_a_stage_that_cannot_begin_leaves_its_reports_and_its_exit_code(
    stage: str, without_credentials: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main.main(["ci", stage, "staging", "--commit", COMMIT, "--out", str(tmp_path / "out")])
    assert code == ExitCode.PREREQUISITE_MISSING
    assert "no usable AWS credentials for staging" in capsys.readouterr().err
    said = json.loads((tmp_path / "out" / reports.RESULT).read_text())
    assert (said["stage"], said["environment"], said["commit"]) == (stage, "staging", COMMIT)
    assert (said["exit_code"], said["verdict"], said["bundle"]) == (5, None, None)
    assert said["error"]["message"] == "no usable AWS credentials for staging"
    suite = ElementTree.parse(tmp_path / "out" / reports.JUNIT).getroot()
    assert suite.get("errors") == "1"
    assert "no usable AWS credentials" in (tmp_path / "out" / reports.COMMENT).read_text()


def test_it_is_told_to_github_only_where_that_runs_it(
    without_credentials: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["ci", "plan", "staging", "--commit", COMMIT, "--out", str(tmp_path / "out")]
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "outputs"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    main.main(arguments)
    assert "::error" not in capfd.readouterr().out
    assert not (tmp_path / "summary").exists()
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator.cli.main", *arguments], cwd=paths.ROOT, text=True,
        capture_output=True, check=False, env={**os.environ, "GITHUB_ACTIONS": "true"},
    )  # fmt: skip
    assert done.stdout.startswith("::error title=ci plan staging::no usable AWS credentials for staging%0A")
    assert "no usable AWS credentials" in (tmp_path / "summary").read_text()
    assert "exit-code<<" in (tmp_path / "outputs").read_text()


def test_reports_that_cannot_be_written_hide_neither_the_failure_nor_its_exit_code(
    without_credentials: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "summary"))
    monkeypatch.setattr(github, "guard_streams", lambda: None)
    code = main.main(["ci", "plan", "staging", "--commit", COMMIT, "--out", str(tmp_path / "file" / "out")])
    assert code == ExitCode.PREREQUISITE_MISSING
    said = capsys.readouterr().err
    assert "error: no usable AWS credentials for staging" in said
    assert said.count("its result could not be reported to") == 2


def test_a_stage_that_went_well_and_cannot_tell_it_has_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setattr(ci, "_plan", lambda stage: None)
    code = main.main(["ci", "plan", "staging", "--commit", COMMIT, "--out", str(tmp_path / "file" / "out")])
    assert code == ExitCode.FAILURE
    assert "ci plan staging has ended with exit code 0, and its result could not be reported" in capsys.readouterr().err


def test_half_a_character_stops_no_report(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SUMMARY", "OUTPUT"):
        file = "GITHUB_STEP_SUMMARY" if name == "SUMMARY" else "GITHUB_OUTPUT"
        monkeypatch.setenv(file, str(tmp_path / name))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    half = replace(result, notes=("\ud800",), url="\ud800", failure=Failure("\ud800", reason="\ud800"))
    reports.write(half, tmp_path / "out")
    reports.to_github(half)
    assert all((tmp_path / "out" / name).exists() for name in reports.FILES)
    assert json.loads((tmp_path / "out" / reports.RESULT).read_text())["notes"] == ["\ud800"]


def test_two_stages_in_one_checkout_do_not_take_each_other_s_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path)
    staging = environment.load("staging")
    with ci._scratch(staging, "plan") as folder:
        (folder / "bundle").write_text("mine")
        with pytest.raises(Failure, match="another run is at work on staging"), ci._scratch(staging, "apply"):
            pass
        assert (folder / "bundle").read_text() == "mine"
    assert not folder.exists()


def bundle(*images: Image) -> Bundle:
    texts = ("staging", "111111111111", "us-east-1", COMMIT, "", "me", "1.11.4")
    named = {item.service: item for item in images}
    return Bundle(*texts, {}, named, StateId(), {}, has_changes=True, stops=False)


def test_an_image_built_again_of_the_same_content_is_the_same_and_no_other_is(tmp_path: Path) -> None:
    def image(name: str, tag: str, digest: str) -> Image:
        return Image(name, tag, f"r/{name}@sha256:{digest * 64}")

    reviewed = bundle(image("words", "t1", "a"), image("save", "t2", "b"), image("website", "t3", "c"))
    again = bundle(image("words", "t1", "d"), image("save", "t9", "e"), image("website", "t3", "c"))
    assert ci.same_images(reviewed, again) == {f"sha256:{'a' * 64}": f"sha256:{'d' * 64}"}
    forged = bundle(replace(image("words", "t1", "a"), uri="r/words@false"))
    assert ci.same_images(forged, again) == {}


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("changes", [True, False])
def test_a_merge_that_leaves_nothing_to_change_is_what_was_reviewed_only_if_that_was_begun(
    changes: bool, left: bool, begun: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it is code that takes back what was reviewed."""
    monkeypatch.setattr(audit, "has_begun", lambda aws, bundle: begun and bundle == "f" * 64)
    texts = ("staging", "111111111111", "us-east-1", "", "", "me", "1.11.4")
    made = Bundle(*texts, {}, {}, StateId("a", 1), {}, has_changes=left, stops=False)
    reviewed = replace(made, has_changes=changes, sha256="f" * 64)
    again = plan_bundle.Made(made, core.review(Plan()), (), ())
    prepared: Any = SimpleNamespace(target=SimpleNamespace(aws=None))
    assert ci._is_applied(reviewed, again, prepared) == (changes and not left and begun)


def test_another_secret_that_nobody_marked_is_a_difference_and_is_not_told() -> None:
    def read(secret: str) -> Plan:
        after = {"name": "x", "environment": [{"variables": {"DB_PASSWORD": secret}}]}
        one = Resource("aws_lambda_function.x", "", "aws_lambda_function", "x", "aws", Action.CREATE, None, after)
        return Plan(resources=(one,))

    def made(secret: str) -> plan_bundle.Made:
        whole = read(secret)
        return plan_bundle.Made(bundle(), core.review(whole), (), (), whole)

    def different(secret: str) -> list[str]:
        now = made(secret)
        return own_review.differences(read("Tr0ub4dor&3-one"), now.plan, now.review)

    assert different("Tr0ub4dor&3-one") == []
    told = different("Tr0ub4dor&3-two")
    assert len(told) == 1 and told[0].startswith("aws_lambda_function.x: ")
    assert "Tr0ub4dor" not in told[0]


@pytest.mark.parametrize("named", ["HEAD", "0123456", "../../registry", "g" * 40, ""])
def test_a_commit_is_named_by_its_full_hash(named: str) -> None:
    with pytest.raises(Failure) as error:
        main.understood(["ci", "plan", "staging", "--commit", named])
    assert error.value.exit_code == ExitCode.USAGE
    assert main.understood(["ci", "plan", "staging", "--commit", COMMIT])[0].commit == COMMIT


def test_a_new_service_s_repository_is_told_as_the_cause() -> None:
    failure = Failure("terraform apply failed in terraform/registry", reason="AccessDenied: ecr:CreateRepository")
    said = ci._for_new_services(failure, environment.load("staging"))
    assert "if a service is new" in said.next_step and "plan staging" in said.next_step
    assert said.reason == failure.reason
    other = Failure("terraform plan failed in terraform/environment")
    assert ci._for_new_services(other, environment.load("staging")) is other
