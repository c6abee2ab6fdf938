"""`doctor` as it is typed: it tells everything and touches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.doctor import machine_checks
from orchestrator.prepare import preflight
from tests.orchestrator.cli.typed import run, run_bare

pytestmark = pytest.mark.slow


def test_doctor_tells_everything_and_touches_nothing(bare: Path) -> None:
    # In this checkout others are at work.
    before = sorted(item.name for item in bare.iterdir())
    told = run("doctor", "--json", folder=bare)
    checks = {check["name"]: check for check in json.loads(told.stdout)["checks"]}
    assert told.returncode in (0, 5)
    assert all(check["status"] in ("ok", "warning", "failed") for check in checks.values())
    assert all(check["next_step"] for check in checks.values() if check["status"] == "failed")
    assert sorted(item.name for item in bare.iterdir()) == before


def test_doctor_needs_no_virtual_environment_and_makes_none(bare: Path) -> None:
    told = run_bare(bare, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(told.stdout)["checks"]}
    assert checks[".venv"]["status"] == "warning"
    assert "first other command" in checks[".venv"]["next_step"]
    assert {"terraform", "container engine", "ports"} <= set(checks)
    assert sorted(item.name for item in bare.parent.iterdir()) == ["bare"]
    assert not {".venv", ".storyizer"} & {item.name for item in bare.iterdir()}
    aws = {item["name"]: item for item in json.loads(run_bare(bare, "doctor", "staging", "--json").stdout)["checks"]}
    assert aws["AWS account"]["found"] == "not looked at: .venv is not made yet"


def test_doctor_of_an_aws_environment_looks_at_what_that_needs(tmp_path: Path) -> None:
    told = run("doctor", "staging", "--json", HOME=str(tmp_path), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))
    checks = {check["name"]: check for check in json.loads(told.stdout)["checks"]}
    assert told.returncode == 5
    assert checks["AWS endpoints"]["status"] == "ok"
    for name in (
        "AWS account", "image registry", "right to push", "state bucket", "Amazon ECS", "load balancing",
        "ECS service role", "quotas", "secrets",
    ):  # fmt: skip
        assert checks[name]["found"].startswith("no usable AWS credentials for staging")
        assert "AWS_PROFILE" in checks[name]["next_step"]
    assert not {"ports", "memory", "system"} & set(checks)


def test_doctor_sends_no_call_where_a_variable_redirects_it() -> None:
    told = run("doctor", "staging", "--json", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    checks = {check["name"]: check for check in json.loads(told.stdout)["checks"]}
    for name in ("AWS endpoints", "AWS account", "image registry"):
        assert checks[name]["found"].startswith("AWS_ENDPOINT_URL is set, and staging is on AWS")
        assert checks[name]["next_step"] == "unset AWS_ENDPOINT_URL"


def test_doctor_and_up_want_the_same_terraform() -> None:
    assert machine_checks.OLDEST_TERRAFORM == preflight.OLDEST_TERRAFORM
