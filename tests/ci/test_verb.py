"""`ci` as it is typed: what it refuses, and that every end leaves its reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from orchestrator import cli, environment, paths
from orchestrator.ci import told
from orchestrator.errors import ExitCode, Failure
from orchestrator.verbs import ci

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def without_credentials(monkeypatch, tmp_path):
    """Nothing that boto3 would take for credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize("stage", ["plan", "apply"])
def test_a_stage_that_cannot_begin_leaves_its_reports_and_its_exit_code(stage, without_credentials, tmp_path, capsys):
    code = cli.main(["ci", stage, "staging", "--commit", COMMIT, "--out", str(tmp_path / "out")])
    assert code == ExitCode.PREREQUISITE_MISSING
    assert "no usable AWS credentials for staging" in capsys.readouterr().err
    said = json.loads((tmp_path / "out" / told.RESULT).read_text())
    assert (said["stage"], said["environment"], said["commit"]) == (stage, "staging", COMMIT)
    assert (said["exit_code"], said["verdict"], said["bundle"]) == (5, None, None)
    assert said["error"]["message"] == "no usable AWS credentials for staging"
    suite = ElementTree.parse(tmp_path / "out" / told.JUNIT).getroot()
    assert suite.get("errors") == "1"
    assert "no usable AWS credentials" in (tmp_path / "out" / told.COMMENT).read_text()


def test_it_is_told_to_github_only_where_that_runs_it(without_credentials, tmp_path, monkeypatch, capfd):
    arguments = ["ci", "plan", "staging", "--commit", COMMIT, "--out", str(tmp_path / "out")]
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "outputs"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    cli.main(arguments)
    assert "::error" not in capfd.readouterr().out
    assert not (tmp_path / "summary").exists()
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator.cli", *arguments], cwd=paths.ROOT, text=True,
        capture_output=True, check=False, env={**os.environ, "GITHUB_ACTIONS": "true"},
    )  # fmt: skip
    assert done.stdout.startswith("::error title=ci plan staging::no usable AWS credentials for staging%0A")
    assert "no usable AWS credentials" in (tmp_path / "summary").read_text()
    assert "exit-code<<" in (tmp_path / "outputs").read_text()


@pytest.mark.parametrize("named", ["HEAD", "0123456", "../../registry", "g" * 40, ""])
def test_a_commit_is_named_by_its_full_hash(named):
    with pytest.raises(Failure) as error:
        ci.commit(named)
    assert error.value.exit_code == ExitCode.USAGE
    assert ci.commit(COMMIT) == COMMIT


def test_a_new_service_s_repository_is_told_as_the_cause():
    failure = Failure("terraform apply failed in terraform/registry", reason="AccessDenied: ecr:CreateRepository")
    said = ci._for_new_services(failure, environment.load("staging"))
    assert "if a service is new" in said.next_step and "plan staging" in said.next_step
    assert said.reason == failure.reason
    other = Failure("terraform plan failed in terraform/environment")
    assert ci._for_new_services(other, environment.load("staging")) is other
