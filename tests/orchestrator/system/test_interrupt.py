"""Ctrl-C comes at any moment, also in the middle of a line."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from orchestrator.system import paths

LINES = 1500
TALKS = f"""
import sys
from orchestrator.console import Console
from orchestrator.system import interrupt
console = Console(live=False)
interrupt.install(console.say)
for number in range({LINES}):
    console.say(f"line {{number}}")
sys.stdin.read()
assert interrupt.requested()
"""


def test_an_interruption_while_a_line_is_written_is_told_in_a_line_of_its_own() -> None:
    """Each line is answered with Ctrl-C as soon as it can be read: before the program knows that it is written."""
    process = subprocess.Popen(
        [sys.executable, "-c", TALKS], cwd=paths.ROOT, text=True, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None and process.stderr is not None
    lines, others = [], []
    for line in process.stderr:
        text = line[9:].rstrip()
        if text.startswith("line "):
            lines.append(text)
            process.send_signal(signal.SIGINT)
            if len(lines) == LINES:
                process.stdin.close()
        else:
            others.append(text)
    assert process.wait(30) == 0, others[-20:]
    assert lines == [f"line {number}" for number in range(LINES)]
    assert set(others) <= {"stopping", "still waiting for the end; further signals are not passed on"}
    assert others[0] == "stopping"


AWAITS = """
import sys
from orchestrator.console import Console
from orchestrator.system import interrupt
console = Console(live=False)
interrupt.install(console.say)
with interrupt.awaited("the watch ends") as ended:
    console.say("awaits")
    assert ended.wait(30)
print("requested" if interrupt.requested() else "goes on", flush=True)
console.say("works")
interrupt.sleep(30, "the work")
"""


@pytest.mark.parametrize(("first", "then"), [(signal.SIGINT, "goes on"), (signal.SIGTERM, "requested")])
def test_where_ctrl_c_is_awaited_it_ends_that_and_the_next_one_the_program(first: signal.Signals, then: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", AWAITS], cwd=paths.ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stderr.readline().endswith("awaits\n")
    process.send_signal(first)
    assert process.stdout.readline().strip() == then
    if first is signal.SIGINT:
        process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert "orchestrator.errors.Interrupted: interrupted during the work" in said
    assert ("the watch ends" in said) == (first is signal.SIGINT)
