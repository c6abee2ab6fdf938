"""Two runs at once on one environment: the second is told who is at work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.errors import Failure
from orchestrator.project import environment, lock
from orchestrator.system import paths

HOLD = """
import sys
from pathlib import Path
from orchestrator.project import environment, lock
from orchestrator.system import paths
paths.WORK = Path(sys.argv[1])
with lock.held(environment.load("local"), "up local"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    monkeypatch.setattr(paths, "WORK", tmp_path)
    run = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT)},
    )  # fmt: skip
    assert run.stdin is not None and run.stdout is not None
    assert run.stdout.readline() == "held\n"
    yield run
    run.kill()
    run.wait()
    run.stdin.close()
    run.stdout.close()


def test_the_second_run_is_told_who_is_at_work(other: subprocess.Popen[str]) -> None:
    with (
        pytest.raises(Failure, match="another run is at work on local") as caught,
        lock.held(environment.load("local"), "down local"),
    ):
        raise AssertionError("two runs held one lock")
    assert caught.value.exit_code == 1
    assert f"Process {other.pid} runs `up local` since " in caught.value.reason


def test_a_killed_run_holds_nothing(other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    with lock.held(environment.load("local"), "up local"):
        pass


def test_environments_do_not_hinder_each_other(other: subprocess.Popen[str]) -> None:
    with lock.held(environment.load("staging"), "up staging"):
        pass
