"""`doctor --fix`: what can be mended is, what fails is told and stops nothing else, and the rest stays advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.console import Console
from orchestrator.doctor import mending
from orchestrator.doctor.check import Check
from orchestrator.machine import toolenv
from orchestrator.system import paths

NOT_MADE = Check(".venv", "warning", "not made yet", "the first other command does that")
NOT_STARTED = Check("container engine", "warning", "not running", "`up` does that")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "requirements.txt").write_text("# nothing is needed here\n")
    return tmp_path


def test_what_can_be_mended_is(root: Path, container_engine: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert mending.mend([NOT_MADE, NOT_STARTED], Console()) == 2
    assert toolenv.is_ready(root / ".venv", root / "requirements.txt")
    said = capsys.readouterr().err
    assert "fix .venv: done" in said and "fix container engine: done" in said


def test_what_fails_is_told_and_the_others_are_mended(
    root: Path, container_engine: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "requirements.txt").write_text("./there-is-no-such-folder\n")
    assert mending.mend([NOT_MADE, NOT_STARTED], Console()) == 1
    assert ".venv stays as it is: " in capsys.readouterr().err


def test_what_is_well_or_needs_a_decision_is_left_alone(root: Path) -> None:
    checks = [
        Check(".venv", "ok", "ready"),
        Check("disk space", "warning", "1 GB free", "docker system prune"),
        Check("terraform", "missing", "not installed", "install Terraform"),
    ]
    assert mending.mend(checks, Console()) == 0
    assert sorted(file.name for file in root.iterdir()) == ["requirements.txt"]
