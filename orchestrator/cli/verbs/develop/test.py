"""`test`: the whole test suite, shared by several processes; with arguments whatever they ask pytest for.

With `--json` what pytest writes goes to standard error, and its report is counted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from orchestrator.console import Console
from orchestrator.project.environment import Environment
from orchestrator.system import childenv, interrupt, paths, process
from orchestrator.system.childenv import Child

# Each process of a whole run brings up a system of its own, with its emulator and six tasks.
MOST_PROCESSES = 4
# In the order of tests/conftest.py: xdist's own would begin with the files of the most tests.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
COUNTS = ("tests", "failures", "errors", "skipped")


def command(arguments: Sequence[str], cores: int, report: Path | None = None) -> list[str]:
    """How pytest is called: the tests of one file stay in one process. `report` is where it writes what came of them.

    There is one process more than there are cores: a deployment mostly waits.
    """
    told = [f"--junit-xml={report}"] if report is not None else []
    shared = ["-n", str(min(cores + 1, MOST_PROCESSES)), *BY_FILE] if not arguments and cores > 1 else []
    return [sys.executable, "-X", "utf8", "-m", "pytest", *told, *shared, *arguments]


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Become pytest: its output, its last line, its exit code. With `--json` run it, and count."""
    os.chdir(paths.ROOT)
    cores = len(os.sched_getaffinity(0))
    if not arguments.json:
        interrupt.give_back()
        called = command(arguments.rest, cores)
        os.execve(called[0], called, childenv.of(Child.TESTS))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, process.aside():
        report = Path(folder) / "report.xml"
        code = process.attached(command(arguments.rest, cores, report), env=childenv.of(Child.TESTS))
        console.json({**counted(report), "seconds": round(time.monotonic() - began, 2)})
    interrupt.check("the tests")
    return code


def counted(report: Path) -> dict[str, int | None]:
    """The numbers of a report of pytest's; null each where there is none, as for `--collect-only`."""
    if not report.exists():
        return dict.fromkeys(COUNTS)
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    return {name: sum(int(suite.get(name, 0)) for suite in suites) for name in COUNTS}
