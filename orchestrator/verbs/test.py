"""`test`: the whole test suite."""

from __future__ import annotations

import argparse
import os
import sys

from orchestrator import paths
from orchestrator.console import Console
from orchestrator.environment import Environment


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Become pytest: its output, its last line, its exit code."""
    os.chdir(paths.ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments.pytest])
