"""`lock`: what it makes of what a service asks for, and that a failure leaves the file as it was."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestrator.cli.verbs.develop import lock as verb
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure, PrerequisiteMissing
from orchestrator.images.lock import lock
from orchestrator.project.environment import Environment
from orchestrator.system import paths, process

EXPRESS = paths.ROOT / "examples" / "services" / "express"


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout's services/."""
    folder = tmp_path / "services"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "service.yaml").write_text("paths: [/shop]\n")
    monkeypatch.setattr(paths, "SERVICES", folder)
    return folder


@pytest.fixture(autouse=True)
def installed(request: pytest.FixtureRequest) -> None:
    """Not said to need a network by its fixtures: it asks package registries."""
    request.node.add_marker("network")


def run(service: str, capsys: pytest.CaptureFixture[str]) -> Mapping[str, list[str]]:
    environment = Environment("local", "000000000000", "us-east-1", "X86_64", Path("local.tfvars"))
    console = Console(live=False)
    assert verb.run(environment, console, argparse.Namespace(service=service, json=True)) == 0
    files: Mapping[str, list[str]] = console.answer["files"]
    return {Path(name).name: changes for name, changes in files.items()}


def test_python_is_locked_with_hashes_and_no_index_and_what_is_locked_stays(
    services: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = services / "shop"
    (shop / "requirements.in").write_text("h11>=0.13\n")
    (shop / "requirements.txt").write_text("h11==0.13.0\n")
    assert run("shop", capsys) == {"requirements.txt": []}
    text = (shop / "requirements.txt").read_text()
    assert "h11==0.13.0 \\\n    --hash=sha256:" in text
    assert "http" not in text

    (shop / "requirements.in").write_text("h11>=0.14\nsniffio\n")
    changes = run("shop", capsys)["requirements.txt"]
    assert [change.rpartition(",")[2] for change in changes] == [" was 0.13.0", " new"]


def test_node_is_locked_without_a_registry(services: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if process.which("npm") is None:
        with pytest.raises(PrerequisiteMissing, match="is made by npm"):
            (services / "shop" / "package.json").write_text("{}")
            run("shop", capsys)
        return
    shutil.copy(EXPRESS / "package.json", services / "shop")
    changes = run("shop", capsys)["package-lock.json"]
    assert any(change.startswith("express 5.3.0") for change in changes)
    assert '"resolved"' not in (services / "shop" / "package-lock.json").read_text()
    assert run("shop", capsys) == {"package-lock.json": []}


def test_what_cannot_be_locked_leaves_the_file_as_it_was(services: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = services / "shop"
    (shop / "requirements.in").write_text("h11==0.0.0.1\n")
    (shop / "requirements.txt").write_text("h11==0.14.0\n")
    with pytest.raises(Failure, match=r"requirements\.in cannot be locked") as caught:
        run("shop", capsys)
    assert any("h11==0.0.0.1" in line for line in caught.value.details)
    assert (shop / "requirements.txt").read_text() == "h11==0.14.0\n"


def test_a_service_that_there_is_not_and_one_without_packages_are_refused(services: Path) -> None:
    with pytest.raises(Failure, match="there is no service 'shpo'") as caught:
        verb.find("shpo")
    assert "Did you mean shop?" in caught.value.reason
    with pytest.raises(Failure, match="shop asks for no packages") as caught:
        verb.find("shop")
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {}, []),
        ({"a": "1"}, {"a": "1"}, []),
        ({"a": "1"}, {"a": "2"}, ["a 2, was 1"]),
        ({"a": "1", "b": "1"}, {"b": "1", "c": "3"}, ["a 1, removed", "c 3, new"]),
    ],
)
def test_changes_are_told_by_package(before: dict[str, str], after: dict[str, str], told: list[str]) -> None:
    assert lock.changes(before, after) == told


def test_two_pins_of_one_package_are_two() -> None:
    text = "a==1 ; python_version < '3.12' \\\n    --hash=x\na==2 ; python_version >= '3.12' \\\n    --hash=y\nb==3\n"
    assert sorted(lock.python_versions(text).values()) == ["1", "2", "3"]
