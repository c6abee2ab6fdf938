"""Each module and root by its own `terraform test`, formatted and valid."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terraform.plans import Terraform

TERRAFORM = Path(__file__).parents[2] / "terraform"
ROOTS = ["environment", "pipeline", "registry"]
MODULES = [f"modules/{folder.name}" for folder in sorted((TERRAFORM / "modules").iterdir())]


def test_everything_is_formatted(terraform_env: dict[str, str]) -> None:
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", "-no-color", str(TERRAFORM)],
        env=terraform_env, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_module_is_valid_without_warnings(root: str, terraform: Callable[[str], Terraform]) -> None:
    done = terraform(root)("validate", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stdout + done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize("folder", [*MODULES, *ROOTS])
def test_a_module_behaves_as_its_own_tests_say(
    folder: str, terraform: Callable[[str], Terraform], kept_provider: dict[str, str]
) -> None:
    here = terraform(folder)
    done = Terraform(folder=here.folder, environment={**here.environment, **kept_provider})("test", "-no-color")
    said = re.search(r"(\d+) passed, (\d+) failed", done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert said and int(said[1]) >= 3 and said[2] == "0", f"nothing was tested:\n{done.stdout}"


@pytest.mark.parametrize("folder", MODULES)
def test_a_module_has_the_files_that_every_module_has(folder: str) -> None:
    files = {file.name for file in (TERRAFORM / folder).iterdir()}
    assert {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md", "tests"} <= files


@pytest.mark.parametrize("root", ROOTS)
def test_the_lock_file_holds_the_one_provider_for_every_platform(root: str) -> None:
    text = (TERRAFORM / root / ".terraform.lock.hcl").read_text()
    assert re.findall(r'provider "(.+)"', text) == ["registry.terraform.io/hashicorp/aws"]
    assert re.search(r'version\s+= "5\.100\.0"', text)
    assert len(re.findall(r'"zh:[0-9a-f]{64}"', text)) >= 14


@pytest.mark.parametrize("root", ROOTS)
def test_state_is_kept_in_s3_and_locked_there(root: str) -> None:
    backend = re.search(r'backend "s3" \{(.*?)\}', (TERRAFORM / root / "versions.tf").read_text(), re.DOTALL)
    assert backend
    assert re.search(r"use_lockfile\s+= true", backend[1]) and re.search(r"encrypt\s+= true", backend[1])
