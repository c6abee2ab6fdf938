"""How `test` calls pytest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orchestrator.cli.verbs.develop.test import BY_FILE, MOST_PROCESSES, command, counted

PYTEST = [sys.executable, "-X", "utf8", "-m", "pytest"]


@pytest.mark.parametrize(("cores", "processes"), [(2, 3), (3, 4), (4, 4), (64, MOST_PROCESSES)])
def test_the_whole_suite_is_shared_by_several_processes(cores: int, processes: int) -> None:
    assert command([], cores) == [*PYTEST, "-n", str(processes), *BY_FILE]


def test_a_report_changes_nothing_else() -> None:
    told = ["--junit-xml=r.xml"]
    assert command([], 2, Path("r.xml")) == [*PYTEST, *told, *command([], 2)[len(PYTEST) :]]
    assert command(["-x"], 2, Path("r.xml")) == [*PYTEST, *told, "-x"]


def test_no_report_is_no_number(tmp_path: Path) -> None:
    assert counted(tmp_path / "none.xml") == {"tests": None, "failures": None, "errors": None, "skipped": None}


def test_one_core_has_one_process() -> None:
    assert command([], 1) == PYTEST


@pytest.mark.parametrize("arguments", [["tests/ci"], ["-k", "x"], ["-n", "0"], ["--durations=9"]])
def test_whoever_says_how_is_obeyed(arguments: list[str]) -> None:
    assert command(arguments, 8) == [*PYTEST, *arguments]
