"""The systems that a test process leaves behind, as the tests of the suite itself find them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests import left_running


def test_only_clones_that_may_have_a_system_are_found(tmp_path: Path) -> None:
    workers, outside = ("popen-gw0/a shared clone0/.storyizer", "popen-gw1/a clean clone0/services"), "x0/y/.storyizer"
    for name in (*workers, outside):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name).with_name("orchestrate.py").touch()
    (tmp_path / "popen-gw1" / "test_a_part0" / ".storyizer").mkdir(parents=True)
    (tmp_path / "popen-gw0" / "a shared clonecurrent").symlink_to(tmp_path / "popen-gw0" / "a shared clone0")
    assert left_running.clones(tmp_path) == [tmp_path / "popen-gw0" / "a shared clone0"]


def test_what_was_started_in_the_folder_is_ended_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    inside, named = subprocess.Popen(sleep, cwd=tmp_path / "here"), subprocess.Popen([*sleep, str(tmp_path / "here")])
    other = subprocess.Popen(sleep)
    said: list[str] = []
    try:
        left_running.end(tmp_path / "here", said.append)
        assert [inside.wait(60), named.wait(60), other.poll()] == [-signal.SIGKILL, -signal.SIGKILL, None]
        assert len(said) == 2 and left_running.at_work(tmp_path / "here") == []
    finally:
        for process in (inside, named, other):
            process.kill()
            process.wait()


def test_a_folder_whose_name_only_begins_so_is_another_runs(tmp_path: Path) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    with (
        subprocess.Popen([*sleep, f"--in={tmp_path}0/x"]) as other,
        subprocess.Popen([*sleep, f"--in={tmp_path}/x"]) as own,
    ):
        try:
            assert left_running.at_work(tmp_path) == [own.pid]
        finally:
            other.kill()
            own.kill()


def test_what_cannot_be_taken_down_is_said(tmp_path: Path) -> None:
    (tmp_path / "orchestrate.py").write_text("import sys; sys.exit('error: the engine is gone')")
    said: list[str] = []
    left_running.take_down(tmp_path, said.append)
    assert "error: the engine is gone" in said[-1]
