"""What goes where: data to standard output, talk to standard error; stages timed."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TextIO

import pytest

from orchestrator import console as console_module
from orchestrator.cli import report
from orchestrator.console import Console, Stage
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.system import parallel
from tests.terminal import shown


def test_data_goes_to_standard_output_and_talk_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=False)
    console.say("talk")
    console.data("data")
    console.json_line({"a": 1})
    out, err = capsys.readouterr()
    assert out.startswith("data\n")
    assert json.loads(out.removeprefix("data\n")) == {"a": 1}
    assert re.fullmatch(r"\d\d:\d\d:\d\d talk\n", err)


def test_a_stage_says_when_it_begins_and_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=False)
    with console.stage("plan") as stage:
        stage.result = "no change"
    with pytest.raises(ValueError), console.stage("apply"):
        raise ValueError
    lines = [re.sub(r"\d+\.\d s", "N s", line[9:]) for line in capsys.readouterr().err.splitlines()]
    assert lines == ["plan ...", "plan: no change (N s)", "apply ...", "apply: failed (N s)"]
    assert [stage.name for stage in console.stages] == ["plan", "apply"]


def test_a_stage_that_takes_long_is_heard_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_module, "HEARTBEAT_SECONDS", 0.05)
    console, heard = Console(live=False), threading.Event()
    say = console.say

    def listened(text: str = "") -> None:
        say(text)
        if re.fullmatch(r"apply: still running, 6\d s, the load balancer", text):
            heard.set()

    monkeypatch.setattr(console, "say", listened)
    with console.stage("apply") as stage:
        stage.began -= 60
        stage.note("the load balancer")
        assert heard.wait(30)
    assert "apply: still running, 6" in capsys.readouterr().err


def test_what_is_done_between_stages_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for live in (False, True):
        console = Console(live=live)
        with suppress(ValueError), console.meanwhile("images", "which are there"):
            raise ValueError
        assert console.stages == []
    assert "images" not in capsys.readouterr().err


def test_whoever_waits_for_the_first_line_gets_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_module, "SILENCE_SECONDS", 0.0)
    console, said = Console(live=False), threading.Event()
    say = console.say

    def heard(text: str = "") -> None:
        say(text)
        said.set()

    monkeypatch.setattr(console, "say", heard)
    with console.first_line("local: reading ..."):
        assert said.wait(30)
        console.data("answer")
    out, err = capsys.readouterr()
    assert (out, err[9:]) == ("answer\n", "local: reading ...\n")


SPEAKING: dict[str, Callable[[Console], object]] = {
    "say": lambda console: console.say("talk"),
    "block": lambda console: console.block("talk"),
    "data": lambda console: console.data("data"),
    "json_line": lambda console: console.json_line({}),
    "stage": lambda console: console.stage("plan").__enter__(),
    "quietly": lambda console: console.quietly(lambda: ""),
}


@pytest.mark.parametrize("speaking", SPEAKING)
def test_whoever_has_heard_something_gets_no_first_line(
    speaking: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_module, "SILENCE_SECONDS", 30.0)
    console = Console(live=False)
    with console.first_line("local: reading ..."):
        SPEAKING[speaking](console)
        waiting = [thread for thread in threading.enumerate() if thread.name == console_module.FIRST_LINE]
        for thread in waiting:
            thread.join(10)  # had it not heard, it would be there for longer
        assert not any(thread.is_alive() for thread in waiting)
    assert "reading" not in capsys.readouterr().err


def test_a_verb_that_ends_at_once_leaves_nobody_waiting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_module, "SILENCE_SECONDS", 30.0)
    with pytest.raises(ValueError), Console(live=False).first_line("local: reading ..."):
        raise ValueError
    assert console_module.FIRST_LINE not in [thread.name for thread in threading.enumerate()]
    assert capsys.readouterr().err == ""


def test_stages_side_by_side_on_a_terminal_end_clean(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=True)

    def work(number: int) -> None:
        with console.stage(f"build {number}") as stage:
            stage.note("step")
            stage.event("something")

    with ThreadPoolExecutor() as pool:
        list(pool.map(work, range(4)))
    err = capsys.readouterr().err
    assert all(f"✓ build {number}" in err for number in range(4))


def test_nobody_there_to_answer_is_a_no() -> None:
    assert Console(live=False).confirm("destroy?") is False


def test_a_failure_reads_as_what_why_and_what_next() -> None:
    failure = Failure("it broke", reason="because\nof that", next_step="try\nagain", details=["line"])
    assert failure.render() == "error: it broke\n  because\n  of that\n  | line\nnext:  try\n       again"
    assert Interrupted("apply").exit_code == ExitCode.INTERRUPTED


def test_the_timeline_shows_each_stage_where_it_lay() -> None:
    first = Stage("one", began=0.0, seconds=10.0)
    second = Stage("two", began=10.0, seconds=10.0)
    blink = Stage("blink", began=0.0, seconds=0.1)
    lines = report.timeline([first, second, blink])
    assert [line.split()[0] for line in lines] == ["one", "two"]
    assert lines[0].endswith("█" * 15) and "s  █" in lines[0]
    assert lines[1].endswith(" " * 15 + "█" * 15)
    assert report.timeline([]) == []


def test_the_first_real_failure_is_told_before_an_interruption() -> None:
    together = threading.Barrier(2)

    def stop() -> None:
        together.wait()
        raise Interrupted("build")

    def fail() -> None:
        together.wait()
        raise Failure("cause")

    with ThreadPoolExecutor() as pool, pytest.raises(Failure, match="cause"):
        parallel.gather([pool.submit(stop), pool.submit(fail)])
    with ThreadPoolExecutor() as pool:
        assert parallel.gather([pool.submit(partial(int, n)) for n in range(3)]) == [0, 1, 2]


COLOURED = "\x1b[1;31mred\x1b[0m \x1b]0;title\x07text"


@pytest.mark.parametrize("live", [False, True])
def test_nothing_that_acts_on_a_terminal_passes_through(live: bool, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=live)
    console.say(COLOURED)
    console.failure(Failure(COLOURED, reason=COLOURED, details=[COLOURED], next_step=COLOURED))
    with console.stage("build") as stage:
        stage.note(COLOURED)
        assert stage.latest == "red text"
        stage.event(COLOURED)
        stage.result = COLOURED
    said = capsys.readouterr().err
    assert said.count("red text") == 7
    assert "title" not in said
    assert "\x1b[1;31m" not in said


def test_brackets_in_what_a_stage_does_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    with Console(live=True).stage("build words") as stage:
        stage.note("#5 [build 2/5] RUN [/bin/sh] :key:")
        stage.event("#5 [build 2/5] RUN [/bin/sh] :key:")
    assert "build words: #5 [build 2/5] RUN [/bin/sh] :key:" in capsys.readouterr().err


LONG = "the emulated AWS is started again: it runs an older version of this project, and its tasks go with it"


def test_long_lines_are_folded_where_a_terminal_shows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def says(terminal: TextIO) -> None:
        monkeypatch.setattr("sys.stderr", terminal)
        monkeypatch.setattr("sys.stdout", terminal)
        console = Console(live=True)
        console.say(LONG)
        console.failure(Failure(LONG))
        console.table(LONG)

    lines = shown(says, columns=60)
    assert all(len(line) <= 60 for line in lines)
    assert " ".join(" ".join(lines).split()) == f"{LONG} error: {LONG} {LONG}"


def test_a_log_has_a_line_for_each_message(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=False)
    console.say(LONG)
    console.failure(Failure(LONG))
    console.table(LONG)
    out, err = capsys.readouterr()
    assert [err.splitlines()[0][9:], *err.splitlines()[1:], *out.splitlines()] == [LONG, f"error: {LONG}", LONG]
