"""Stages on a terminal, as it shows them in the end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.terminal import Paper, typed

DEPLOY = """
import time
from orchestrator.console import Console
from orchestrator.errors import Failure

console = Console()
with console.stage("terraform apply") as stage:
    stage.note("2 in progress: module.load_balancer.aws_lb.this and 1 more, and a good deal more beside them")
    stage.counts = [('module.service["website"]', "3 of 9 created")]
    time.sleep(0.3)
    stage.event("warning: an argument is deprecated, and the provider will not take it any more in its next version")
    with console.stage("build website") as other:
        other.note("#5 [build 2/5] RUN pip install, and what else it takes for a line that is too long")
        time.sleep(0.3)
    stage.counts = [("module.network", "20 created"), ('module.service["website"]', "9 created")]
    stage.result = "29 added, 0 changed, 0 removed"
console.failure(Failure(
    "the new version of words did not go live, and the one before it serves as if nothing had happened",
    reason="Its task ended by itself (exit code 1): essential container in task exited, and was not started again",
    details=["ModuleNotFoundError: No module named 'requests_that_are_not_there', which this version imports"],
    next_step="python3 orchestrate.py logs words --failed",
))
"""


@pytest.mark.parametrize("columns", [80, 120])
def test_stages_and_failures_are_never_torn_at_the_edge(columns: int) -> None:
    paper, code = typed([sys.executable, "-c", DEPLOY], Path.cwd(), columns)
    assert code == 0, paper.text
    assert paper.torn == []
    lines = [" ".join(line.split()) for line in paper.lines]
    joined = " ".join(lines)
    assert [line.split(" s ")[0].split()[:3] for line in lines if line.startswith("✓")] == [
        ["✓", "build", "website"], ["✓", "terraform", "apply"],
    ]  # fmt: skip
    assert "module.network 20 created" in lines
    assert 'module.service["website"] 9 created' in lines
    assert "3 of 9" not in joined and "in progress" not in joined and "pip install" not in joined
    assert "the provider will not take it any more in its next version" in joined
    assert "essential container in task exited, and was not started again" in joined
    assert lines[-2:] == ["next: python3 orchestrate.py logs words --failed", ""]


def test_a_paper_shows_what_a_terminal_shows() -> None:
    paper = Paper(6)
    paper.take("one\r\ntwo\x1b[1A\r\x1b[2Kne")
    paper.take("w\n\r\x1b[31m한글 \x1b[0m\x1b[?2")
    paper.take("5hab")
    assert paper.lines == ["new", "한글 a", "b"]
    assert paper.torn == ["한글 a"]
    with pytest.raises(AssertionError, match="not known"):
        paper.take("\x1b[2J")


MANY = """
from concurrent.futures import ThreadPoolExecutor
from orchestrator.console import Console

console = Console()

def work(number):
    for step in range(25):
        console.say(f"before {number}.{step}")
        with console.stage(f"stage {number}.{step}") as stage:
            stage.counts = [(f"module.{row}", "1 of 2 created") for row in range(8)]
            stage.event("an event")
            stage.counts = []

with ThreadPoolExecutor(4) as pool:
    list(pool.map(work, range(4)))
"""


def test_what_is_shown_for_a_moment_takes_no_line_away_and_leaves_none() -> None:
    paper, code = typed([sys.executable, "-c", MANY], Path.cwd(), 80)
    assert code == 0, paper.text
    told = [line for line in paper.lines if line]
    names = [f"{number}.{step}" for number in range(4) for step in range(25)]
    wanted = [line for name in names for line in (f"before {name}", f"stage {name}: an event", f"✓ stage {name}")]
    assert sorted(line.partition("   ")[0] for line in told) == sorted(wanted)


def test_what_shows_something_unknown_does_not_go_on(tmp_path: Path) -> None:
    program = f"""
import pathlib, sys, time
try:
    print("\\x1b[2J", flush=True)
    time.sleep(600)
finally:
    pathlib.Path({str(tmp_path / "ended")!r}).touch()
"""
    with pytest.raises(AssertionError, match="not known"):
        typed([sys.executable, "-c", program], tmp_path, 80)
    assert (tmp_path / "ended").exists()
