"""What goes where: data to standard output, talk to standard error; stages timed."""

from __future__ import annotations

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from orchestrator import console as console_module
from orchestrator.cli import report
from orchestrator.console import Console, Stage
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.system import parallel


def test_data_goes_to_standard_output_and_talk_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=False)
    console.say("talk")
    console.data("data")
    console.json({"a": 1})
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
    console = Console(live=False)
    with console.stage("apply") as stage:
        stage.began -= 60
        stage.note("the load balancer")
        time.sleep(0.4)
    assert "apply: still running, 60 s, the load balancer" in capsys.readouterr().err


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
