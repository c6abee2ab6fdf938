"""`exec`: a command, or a shell, inside a running task of a service. Its exit code is the command's."""

from __future__ import annotations

import argparse
from contextlib import nullcontext

from orchestrator import places
from orchestrator.console import Console
from orchestrator.operate import execute
from orchestrator.project.environment import Environment
from orchestrator.releases import audit
from orchestrator.system import process


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Run the command; with `--json` what it writes goes to standard error. Returns its exit code."""
    target = places.reach(environment)
    recorded = {"service": arguments.service, "program": arguments.command[0] if arguments.command else "a shell"}
    with (
        audit.recorded(environment, console, verb="exec", arguments=recorded, aws=target.aws) as record,
        process.aside() if arguments.json else nullcontext(),
    ):
        done = execute.execute(
            target, arguments.service, arguments.command, console, task=arguments.task, debug=arguments.debug
        )
        record.exit_code = done.exit_code
    console.json({"service": arguments.service, "task": done.task})
    return done.exit_code
