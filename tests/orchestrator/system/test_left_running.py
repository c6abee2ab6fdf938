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
    here, another = tmp_path / "here", tmp_path / "here0"
    here.mkdir()
    another.mkdir()
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    inside, named = subprocess.Popen(sleep, cwd=here), subprocess.Popen([*sleep, f"--in={here}/x"])
    others = [subprocess.Popen(sleep), subprocess.Popen([*sleep, str(another)]), subprocess.Popen(sleep, cwd=another)]
    said: list[str] = []
    try:
        left_running.end(here, said.append)
        assert [inside.wait(60), named.wait(60)] == [-signal.SIGKILL, -signal.SIGKILL]
        assert [process.poll() for process in others] == [None, None, None]
        assert len(said) == 2 and left_running.at_work(here) == []
    finally:
        for process in (inside, named, *others):
            process.kill()
            process.wait()


def test_what_cannot_be_taken_down_is_said(tmp_path: Path) -> None:
    (tmp_path / "orchestrate.py").write_text("import sys; sys.exit('error: the engine is gone')")
    said: list[str] = []
    left_running.take_down(tmp_path, said.append)
    assert "error: the engine is gone" in said[-1]
