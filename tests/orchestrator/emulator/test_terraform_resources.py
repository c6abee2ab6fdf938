"""Terraform applies every kind of resource to the emulated AWS, finds nothing to change afterwards, and destroys it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.emulator import emulator
from orchestrator.machine import providers
from orchestrator.system import paths

pytestmark = pytest.mark.usefixtures("container_engine")

LOCK = paths.ROOT / "terraform" / "environment" / ".terraform.lock.hcl"


@pytest.fixture(scope="module")
def terraform(
    terraform_program: Path, image: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Terraform in a copy of the configuration, against the shared emulator."""
    folder = tmp_path_factory.mktemp("terraform")
    shutil.copy(Path(__file__).parent / "terraform" / "main.tf", folder)
    shutil.copy(LOCK, folder)
    environment = {**os.environ, **providers.terraform_env(), **emulator.environment(), "TF_VAR_image": image}
    environment = {name: value for name, value in environment.items() if value}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [terraform_program, *arguments], cwd=folder, env=environment, text=True, capture_output=True, check=False,
            timeout=400,
        )  # fmt: skip

    made = run("init", "-input=false", "-no-color")
    assert made.returncode == 0, made.stderr
    return run


def test_it_is_applied_stays_as_it_is_and_is_destroyed(
    terraform: Callable[..., subprocess.CompletedProcess[str]], aws: Callable[[str], Any]
) -> None:
    applied = terraform("apply", "-auto-approve", "-input=false", "-no-color")
    assert applied.returncode == 0, applied.stderr
    again = terraform("plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert again.returncode == 0, again.stdout + again.stderr
    destroyed = terraform("destroy", "-auto-approve", "-input=false", "-no-color")
    assert destroyed.returncode == 0, destroyed.stderr
    assert aws("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert aws("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])["MetricAlarms"] == []
