"""The systems that a test process leaves behind, as the tests of the suite itself find them."""

from __future__ import annotations

from pathlib import Path

from tests import left_running


def test_only_clones_that_may_have_a_system_are_found(tmp_path: Path) -> None:
    for name in ("popen-gw0/a shared clone0/.storyizer", "popen-gw1/a clean clone0/services", "test_x0/y/.storyizer"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "popen-gw0" / "a shared clonecurrent").symlink_to(tmp_path / "popen-gw0" / "a shared clone0")
    assert left_running.clones(tmp_path) == [tmp_path / "popen-gw0" / "a shared clone0"]


def test_what_cannot_be_taken_down_is_said(tmp_path: Path) -> None:
    (tmp_path / "orchestrate.py").write_text("import sys; sys.exit('error: the engine is gone')")
    said: list[str] = []
    left_running.take_down(tmp_path, said.append)
    assert "error: the engine is gone" in said[-1]
