"""Ctrl-C comes at any moment, also in the middle of a line."""

from __future__ import annotations

import signal
import subprocess
import sys

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
