"""Virtual environments from lock files: made once, made again, and what is told while and if they cannot be made."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestrator.machine import toolenv

pytestmark = pytest.mark.slow


def test_a_virtual_environment_is_made_once_and_again_when_the_lock_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    said: list[str] = []
    lock = tmp_path / "requirements.txt"
    lock.write_text("")
    folder = tmp_path / "venv"
    assert not toolenv.is_ready(folder, lock)
    toolenv.prepare(folder, lock, say=said.append)
    assert (folder / "bin" / "python").exists()
    toolenv.prepare(folder, lock, say=said.append)
    assert [line for line in said if "preparing" in line] == said[:1]
    lock.write_text("# changed\n")
    assert not toolenv.is_ready(folder, lock)


def test_a_virtual_environment_whose_python_is_gone_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lock = tmp_path / "requirements.txt"
    lock.write_text("")
    folder = tmp_path / "venv"
    toolenv.prepare(folder, lock, say=lambda text: None)
    for python in folder.glob("bin/python*"):
        python.unlink()
        python.symlink_to(tmp_path / "removed")
    assert not toolenv.is_ready(folder, lock)
    toolenv.prepare(folder, lock, say=lambda text: None)
    assert (folder / "bin" / "python").exists()


def test_a_folder_that_cannot_be_written_is_not_mended_by_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lock = tmp_path / "requirements.txt"
    lock.write_text("")
    with pytest.raises(toolenv.ToolEnvError, match="Not a directory") as caught:
        toolenv.prepare(lock / "venv", lock, say=lambda text: None)
    assert "permissions" in caught.value.next_step
    assert "apt-get" not in caught.value.next_step


def test_a_python_without_ensurepip_is_told_which_package_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(toolenv, "has_ensurepip", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(sys, "executable", "/usr/bin/false")
    lock = tmp_path / "requirements.txt"
    lock.write_text("")
    with pytest.raises(toolenv.ToolEnvError, match="no ensurepip") as caught:
        toolenv.prepare(tmp_path / "venv", lock, say=lambda text: None)
    assert caught.value.next_step == f"sudo apt-get install {toolenv.VENV_PACKAGE}"


def test_a_package_that_does_not_match_its_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    folder = tmp_path / "venv"
    with pytest.raises(toolenv.ToolEnvError, match=r"cannot install requirements\.txt"):
        toolenv.prepare(folder, lock, say=lambda text: None)
    assert not toolenv.is_ready(folder, lock)


def test_whoever_waits_for_a_virtual_environment_hears_what_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(toolenv, "TELL_SECONDS", 0.01)
    said: list[str] = []
    lock = tmp_path / "requirements.txt"
    lock.write_text("")
    toolenv.prepare(tmp_path / ".venv", lock, say=said.append)
    first, *rest = said
    assert first == "preparing .venv from requirements.txt (once)"
    assert re.fullmatch(r"\.venv: making it, \d+ s", rest[0])
    assert re.match(r"\.venv: pip, \d+ s", rest[-1])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", ".venv: pip, 8 s"),
        ("Collecting a==1 (from -r /x/requirements.txt (line 2))\n", ".venv: pip, 8 s: Collecting a==1"),
        (
            "Collecting a==1\n  Downloading a-1-py3-none-any.whl (139 kB)\n",
            ".venv: pip, 8 s: Downloading a-1-py3-none-any.whl (139 kB)",
        ),
        ("Installing collected packages: a, b, c\n\n", ".venv: pip, 8 s: Installing collected packages"),
        (f"Downloading {'a' * 80}", f".venv: pip, 8 s: Downloading {'a' * 49}…"),
    ],
)
def test_what_is_told_is_the_last_line_without_what_is_long_in_it(said: str, told: str) -> None:
    assert toolenv.waits_for(".venv: pip", 8.2, said) == told
    assert len(told) < 80


def test_a_program_s_last_words_are_heard_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolenv, "TELL_SECONDS", 0.05)
    goes_on = tmp_path / "goes on"
    program = f"""
import os, sys, time
print("Collecting a", "Collecting b", sep=chr(10), flush=True)
while not os.path.exists({str(goes_on)!r}): time.sleep(0.02)
print("end")
sys.exit(3)
"""

    def say(text: str) -> None:
        if text.endswith(": Collecting b"):
            goes_on.touch()

    done = toolenv._run(sys.executable, "-c", program, what="pip", say=say)
    assert (done.returncode, done.stdout) == (3, "Collecting a\nCollecting b\nend\n")


def test_whoever_waits_for_another_run_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(toolenv, "_make", lambda *_: None)
    folder, lock = tmp_path / ".venv", tmp_path / "requirements.txt"
    lock.write_text("")
    said: list[str] = []
    waits = threading.Event()

    def say(text: str) -> None:
        said.append(text)
        waits.set()

    with ThreadPoolExecutor(1) as pool:
        with toolenv._locked(folder, said.append):
            other = pool.submit(toolenv.prepare, folder, lock, say=say)
            assert waits.wait(60)
            assert not other.done()
        assert other.result(60) == folder / "bin"
    assert said == [".venv: another run prepares it, waiting for that"]
