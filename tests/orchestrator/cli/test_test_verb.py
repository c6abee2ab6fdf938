"""How `test` calls pytest."""

from __future__ import annotations

import sys

import pytest

from orchestrator.cli.verbs.develop.test import BY_FILE, MOST_PROCESSES, command

PYTEST = [sys.executable, "-X", "utf8", "-m", "pytest"]


@pytest.mark.parametrize(("cores", "processes"), [(2, 3), (3, 4), (4, 4), (64, MOST_PROCESSES)])
def test_the_whole_suite_is_shared_by_several_processes(cores: int, processes: int) -> None:
    assert command([], cores) == [*PYTEST, "-n", str(processes), *BY_FILE]


def test_one_core_has_one_process() -> None:
    assert command([], 1) == PYTEST


@pytest.mark.parametrize("arguments", [["tests/ci"], ["-k", "x"], ["-n", "0"], ["--durations=9"]])
def test_whoever_says_how_is_obeyed(arguments: list[str]) -> None:
    assert command(arguments, 8) == [*PYTEST, *arguments]
