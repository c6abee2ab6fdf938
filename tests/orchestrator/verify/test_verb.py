"""What `verify` prints, and its exit code."""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator import places
from orchestrator.cli import answer
from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.project import manifest
from orchestrator.target import Target
from tests.orchestrator.cli.typed import run
from tests.orchestrator.verify.account import Account

verb = importlib.import_module("orchestrator.cli.verbs.inspect.verify")


@pytest.fixture
def told(
    deployed: Callable[..., Account], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """`told(json=True)` is the exit code and the output of `verify`, for an account with one fault and a name."""
    account = deployed()
    # The emulator is reached where AWS would be, with the manifests of the test.
    monkeypatch.setattr(places, "reach", lambda environment: Target(environment, account.aws))
    services = account.services()
    monkeypatch.setattr(manifest, "load", lambda **_: services)
    account.settings(domain_name="null")

    def run(*, json: bool, healthy: bool) -> tuple[int, str]:
        if not healthy:
            account.client("ssm").delete_parameter(Name="/storyizer/api-key")
        console = Console(live=False)
        code = verb.run(account.aws.environment, console, argparse.Namespace(json=json))
        if json:
            answer.end(console, code, None)
        return code, capsys.readouterr().out

    return run


def test_the_exit_code_is_5_if_one_check_is_ng(told: Callable[..., tuple[int, str]]) -> None:
    code, out = told(json=False, healthy=False)
    assert code == ExitCode.PREREQUISITE_MISSING
    lines = out.splitlines()
    (wrong,) = [line.split(maxsplit=1)[1] for line in lines if line.startswith("  NG ")]
    assert wrong.startswith("API_KEY of words ")
    assert [line for line in lines if not line.startswith(" ")] == [
        "images", "roles", "secrets", "logs", "certificate", "name", "network", "health", "quotas",
    ]  # fmt: skip


def test_json_has_every_check(told: Callable[..., tuple[int, str]]) -> None:
    code, out = told(json=True, healthy=True)
    checks = json.loads(out)["checks"]
    assert code == ExitCode.SUCCESS
    assert {item["status"] for item in checks} == {"ok", "skipped"}
    assert {item["group"] for item in checks} >= {"images", "roles", "quotas"}


@pytest.mark.slow
def test_verify_of_the_local_environment_says_that_there_is_nothing() -> None:
    told = run("verify")
    assert (told.returncode, told.stdout) == (0, "")
    assert told.stderr.endswith("local is on this machine: it has no routes, roles, quotas or certificates to verify\n")
    assert json.loads(run("verify", "--json").stdout) == {
        "environment": "local", "checks": [], "exit_code": 0, "error": None,
    }  # fmt: skip


@pytest.mark.slow
def test_verify_needs_credentials(tmp_path: Path) -> None:
    told = run("verify", "staging", HOME=str(tmp_path), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))
    assert told.returncode == 5
    assert "error: no usable AWS credentials for staging" in told.stderr
