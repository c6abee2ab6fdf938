"""What is looked at before anything is begun."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.errors import Failure
from orchestrator.prepare import preflight
from orchestrator.project import environment
from orchestrator.terraform import runner


def test_images_are_built_on_the_architecture_that_runs_them() -> None:
    staging = environment.load("staging")
    preflight.check_architecture(staging, "x86_64")
    with pytest.raises(Failure) as caught:
        preflight.check_architecture(staging, "aarch64")
    assert caught.value.exit_code == 5
    assert caught.value.message == "this machine builds ARM64 images, staging runs X86_64"
    assert "staging.tfvars" in caught.value.next_step
    preflight.check_architecture(replace(staging, cpu_architecture="ARM64"), "aarch64")


@pytest.mark.parametrize(("version", "right"), [("1.10.0", True), ("1.11.4", True), ("2.0.0", True), ("1.9.8", False)])
def test_terraform_must_be_new_enough(version: str, right: bool) -> None:
    if right:
        preflight.check_terraform(version)
        return
    with pytest.raises(Failure, match=r"Terraform 1\.9\.8 is too old") as caught:
        preflight.check_terraform(version)
    assert caught.value.exit_code == 5


def test_terraform_is_asked_for_its_version_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    calls = tmp_path / "calls"
    program = tmp_path / "terraform"
    program.write_text(f"""#!/bin/sh
echo call >> "{calls}"
echo 'a warning'
echo '{{"terraform_version": "1.11.4"}}'
""")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert runner.executable() == program
    assert [preflight.terraform_version() for _ in range(3)] == ["1.11.4"] * 3
    assert calls.read_text() == "call\n"
    program.write_text(program.read_text().replace("1.11.4", "1.12.0"))
    assert preflight.terraform_version() == "1.12.0"


def test_terraform_that_says_nothing_sensible_is_a_missing_prerequisite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program = tmp_path / "terraform"
    program.write_text("#!/bin/sh\necho broken\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(Failure, match="does not report its version") as caught:
        preflight.terraform_version()
    assert caught.value.exit_code == 5
