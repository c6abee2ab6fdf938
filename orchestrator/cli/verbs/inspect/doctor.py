"""`doctor`: what this machine has and lacks, and what `up` would do about it. Touches nothing."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.project.environment import Environment

_MARKS = {"ok": "ok  ", "warning": "warn", "missing": "MISS"}


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print every check. Returns 0 if nothing that is needed is missing, else 5."""
    from orchestrator.doctor import machine_checks

    checks = machine_checks.checks(environment)
    if arguments.json:
        console.json([asdict(check) for check in checks])
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            console.data(f"{_MARKS[check.status]}  {check.name:<{width}}  {check.found}")
            if check.action:
                console.data(f"      {'':<{width}}  -> {check.action}")
    missing = any(check.status == "missing" for check in checks)
    return ExitCode.PREREQUISITE_MISSING if missing else ExitCode.SUCCESS
