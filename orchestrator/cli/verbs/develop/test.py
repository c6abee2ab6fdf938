"""`test`: the whole test suite, shared by several processes; with arguments whatever they ask pytest for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from orchestrator.console import Console
from orchestrator.project.environment import Environment
from orchestrator.system import childenv, interrupt, paths
from orchestrator.system.childenv import Child

# Each process of a whole run brings up a system of its own, with its emulator and six tasks.
MOST_PROCESSES = 4
# In the order of tests/conftest.py: xdist's own would begin with the files of the most tests.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")


def command(arguments: Sequence[str], cores: int) -> list[str]:
    """How pytest is called: the tests of one file stay in one process.

    There is one process more than there are cores: a deployment mostly waits.
    """
    shared = ["-n", str(min(cores + 1, MOST_PROCESSES)), *BY_FILE] if not arguments and cores > 1 else []
    return [sys.executable, "-X", "utf8", "-m", "pytest", *shared, *arguments]


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Become pytest: its output, its last line, its exit code."""
    os.chdir(paths.ROOT)
    interrupt.give_back()
    called = command(arguments.rest, len(os.sched_getaffinity(0)))
    os.execve(called[0], called, childenv.of(Child.TESTS))
