"""`down` of the local environment: what it removes, what it leaves to others, and machines without an engine."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

import pytest

from orchestrator.cli.verbs.deploy import down
from orchestrator.console import Console
from orchestrator.deploy import destroy
from orchestrator.emulator import emulator_process
from orchestrator.errors import PrerequisiteMissing
from orchestrator.machine import base_image, engine, engine_images
from orchestrator.machine.engine_plan import Decision, Way
from orchestrator.project import environment, lock
from orchestrator.system import paths, process

pytestmark = pytest.mark.usefixtures("container_engine")

OPTIONS = Namespace(json=False, yes=False, despite_freeze=None)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The work folder of a copy that has run the local environment."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    for folder in (environment.load("local").work, emulator_process.folder() / "state"):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    (paths.WORK / "crash.txt").touch()
    base_image._remember(base_image.debian())
    return paths.WORK


def run_down() -> int:
    return down.run(environment.load("local"), Console(live=False), OPTIONS)


def test_nothing_is_left_of_a_copy_that_only_used_the_local_environment(
    used: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_down() == 0
    assert not used.exists()
    assert capsys.readouterr().err.endswith(" local is gone. next:  python3 orchestrate.py up\n")


def test_another_environment_of_the_checkout_keeps_its_work_and_its_lock(used: Path) -> None:
    with lock.held(environment.load("staging"), "up staging"):
        held = used / "staging" / "run.lock"
        before = held.stat().st_ino
        assert run_down() == 0
        assert [item.name for item in used.iterdir()] == ["staging"]
        assert held.stat().st_ino == before


def test_an_engine_that_cannot_be_started_from_here_stops_down_before_anything_is_removed(
    used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    with pytest.raises(PrerequisiteMissing) as caught:
        run_down()
    assert "/nowhere.sock" in caught.value.reason
    assert (emulator_process.folder() / "state" / "file").exists()


def test_an_engine_that_is_only_stopped_is_started_to_be_cleaned(used: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr(engine, "find", lambda: None)
    monkeypatch.setattr(engine, "plan", lambda: Decision(Way.START, "not running"))
    monkeypatch.setattr(engine, "ensure", started.append)
    console = Console(live=False)
    assert destroy._engine_to_clean(console)
    assert started == [console]


@pytest.mark.skipif(os.geteuid() != 0, reason="what can be installed depends on who asks")
def test_a_machine_whose_docker_is_gone_is_told_what_stays(
    used: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = process.which
    monkeypatch.setattr(process, "which", lambda program: None if program.startswith("docker") else real(program))
    assert run_down() == 0
    assert not used.exists()
    assert "what this copy left in one is not removed" in capsys.readouterr().err
    assert engine_images.remove("0" * 8, print) == 0


def test_a_copy_that_never_ran_needs_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    assert run_down() == 0
    assert not paths.WORK.exists()
