"""`doctor`: what this machine has and lacks, and what `up` would do about it. Touches nothing without `--fix`."""

from __future__ import annotations

import argparse

from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.project.environment import Environment

_MARKS = {"ok": "ok  ", "warning": "warn", "missing": "MISS"}


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print every check. Returns 0 if nothing that is needed is missing, else 5."""
    from orchestrator.doctor import machine_checks

    checks = machine_checks.checks(environment)
    if arguments.fix:
        from orchestrator.doctor import mending

        if mending.mend(checks, console):
            checks = machine_checks.checks(environment)
    if arguments.json:
        console.json({"checks": [check.as_json() for check in checks]})
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            console.table(f"{_MARKS[check.status]}  {check.name:<{width}}  {check.found}")
            if check.action:
                console.table(f"      {'':<{width}}  -> {check.action}")
    missing = any(check.status == "missing" for check in checks)
    return ExitCode.PREREQUISITE_MISSING if missing else ExitCode.SUCCESS
