"""What this machine has and lacks."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from orchestrator.doctor import machine_checks
from orchestrator.project import environment
from orchestrator.system import paths

pytestmark = pytest.mark.usefixtures("container_engine")


@pytest.fixture(autouse=True)
def own_work_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")


def test_every_check_has_a_finding_and_what_is_missing_has_an_action() -> None:
    found = machine_checks.checks(environment.load("local"))
    assert {"python", ".venv", "terraform", "container engine", "base image", "disk space", "ports"} <= {
        c.name for c in found
    }
    assert all(check.found for check in found)
    assert all(check.action for check in found if check.status == "missing")


def test_looking_changes_nothing(tmp_path: Path) -> None:
    machine_checks.checks(environment.load("local"))
    assert not paths.WORK.exists()


def test_an_engine_that_up_would_not_find_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    check = machine_checks.container_engine()
    assert check.status == "missing"
    assert "/nowhere.sock" in check.found


def test_a_folder_for_temporary_files_that_is_none_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine_checks.temporary_files().status == "ok"
    monkeypatch.setenv("TMPDIR", "/nowhere")
    check = machine_checks.temporary_files()
    assert check.status == "missing"
    assert check.found.startswith("TMPDIR is /nowhere") and "unset TMPDIR" in check.action


def test_a_taken_port_is_seen_before_up_stumbles_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setenv("STORYIZER_PORT", str(port))
        check = machine_checks.ports()
    assert check.status == "missing"
    assert str(port) in check.found


def test_a_machine_without_terraform_is_told_where_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("orchestrator.system.process.which", lambda program: None)
    check = machine_checks.terraform()
    assert check.status == "missing"
    assert check.action
