"""A document given to a real program: its input, its failures, and how long it may take."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

import pytest

from orchestrator.notify import command
from orchestrator.notify.webhook import Bounds, NotSent
from orchestrator.system import paths, processes

# Little is waited for between two attempts, and each has all the time that a busy machine may need.
QUICK = Bounds(attempts=3, total_seconds=120.0, pause_seconds=0.05)
DOCUMENT = {"event": "success", "text": "é $HOME `id`"}


def python(script: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", script, *arguments]


def test_the_document_is_its_input_and_no_shell_touches_its_words(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = "import json, os, sys; json.dump([json.load(sys.stdin), sys.argv[2], os.getcwd()], open(sys.argv[1], 'w'))"
    command.run(python(script, str(out), "$HOME; `id`"), DOCUMENT, QUICK)
    assert json.loads(out.read_text()) == [DOCUMENT, "$HOME; `id`", str(paths.ROOT)]


def test_a_program_that_does_not_read_its_input_is_no_failure() -> None:
    command.run(["true"], DOCUMENT | {"long": "x" * 1_000_000}, QUICK)


def test_one_that_fails_is_run_again_and_then_its_last_words_are_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "runs"
    script = f"open({str(file)!r}, 'a').write('x'); raise SystemExit('no route to https://h.example/secret-token')"
    with pytest.raises(NotSent) as caught:
        command.run(python(script), DOCUMENT, QUICK)
    assert str(caught.value) == "it exited with 1: no route to https://h.example/*** (3 attempts)"
    assert file.read_text() == "xxx"


def test_one_that_fails_once_has_done_it_the_second_time(tmp_path: Path) -> None:
    file = tmp_path / "there"
    command.run(["sh", "-c", f"test -e '{file}' || {{ touch '{file}'; exit 7; }}"], DOCUMENT, QUICK)


def test_one_that_hangs_is_ended_also_if_it_has_started_others() -> None:
    began = time.monotonic()
    with pytest.raises(NotSent, match="did not end within 1 s and was killed"):
        command.run(["sh", "-c", "sleep 60 & sleep 60"], DOCUMENT, Bounds(total_seconds=1.0))
    assert time.monotonic() - began < 40


def test_what_one_leaves_in_the_background_holds_nothing_up(tmp_path: Path) -> None:
    file = tmp_path / "left"
    command.run(["sh", "-c", f"sleep 600 & echo $! > '{file}'"], DOCUMENT, QUICK)
    left = processes.identity(int(file.read_text()))
    assert left is not None, "it has not been waited for"
    processes.send(left.pid, signal.SIGKILL)


@pytest.mark.parametrize("program", ["/nonexistent/program", "no-such-program-here", "/etc/passwd", "/"])
def test_one_that_cannot_be_run_is_a_reason(program: str) -> None:
    with pytest.raises(NotSent, match="it cannot be run"):
        command.run([program], DOCUMENT, QUICK)
