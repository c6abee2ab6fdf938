"""`test`: the whole test suite."""

from __future__ import annotations

import argparse
import os
import sys

from orchestrator.console import Console
from orchestrator.project.environment import Environment
from orchestrator.system import childenv, interrupt, paths
from orchestrator.system.childenv import Child


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Become pytest: its output, its last line, its exit code."""
    os.chdir(paths.ROOT)
    interrupt.give_back()
    command = [sys.executable, "-X", "utf8", "-m", "pytest", *arguments.rest]
    os.execve(command[0], command, childenv.of(Child.TESTS))
