"""Terraform typed by hand is the Terraform of the orchestrator."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.machine import providers
from orchestrator.project.environment import Environment
from orchestrator.system import paths
from orchestrator.target import Target
from orchestrator.terraform import tfvars
from orchestrator.terraform.runner import Root

KEYS = {"AWS_ACCESS_KEY_ID": "a key", "AWS_SECRET_ACCESS_KEY": "another"}
ENDPOINT = "http://127.0.0.1:1"


def sourced(tmp_path: Path, name: str, endpoint: str | None) -> dict[str, str]:
    """The variables of a shell that has sourced `terraform.env`, and nothing but those."""
    environment = Environment(name, "111111111111", "us-east-1", "X86_64", tmp_path / f"{name}.tfvars")
    keys = {**KEYS, "AWS_ENDPOINT_URL": endpoint} if endpoint else KEYS
    root = Root(tmp_path, tmp_path / "data", {**providers.SETTINGS, "TF_CLI_CONFIG_FILE": "/a file", **keys})
    tfvars.write(Target(environment, Aws(environment, endpoint, {})), root, {"images": {}})
    file = environment.work / "terraform.env"
    script, path = '. "$0" && exec env -0', {"PATH": "/usr/bin:/bin"}
    told = subprocess.run(["sh", "-c", script, str(file)], env=path, capture_output=True, check=True, text=True).stdout
    return dict(item.split("=", 1) for item in told.split("\0") if item)


def test_a_shell_gets_what_makes_terraform_quick_and_finds_its_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    found = sourced(tmp_path, "local", ENDPOINT)
    assert (found["GOGC"], found["TF_CLI_CONFIG_FILE"]) == (providers.SETTINGS["GOGC"], "/a file")
    assert {name: found[name] for name in (*KEYS, "AWS_ENDPOINT_URL")} == {**KEYS, "AWS_ENDPOINT_URL": ENDPOINT}
    # What is typed may ask questions.
    assert "TF_INPUT" not in found


def test_credentials_of_aws_stay_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    found = sourced(tmp_path, "staging", None)
    assert found["GOGC"] == providers.SETTINGS["GOGC"]
    assert not found.keys() & KEYS.keys()
