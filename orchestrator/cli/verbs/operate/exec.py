"""`exec`: a command, or a shell, inside a running task of a service. Its exit code is the command's."""

from __future__ import annotations

import argparse

from orchestrator import places
from orchestrator.console import Console
from orchestrator.operate import execute
from orchestrator.project.environment import Environment
from orchestrator.releases import audit


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Run the command. Returns its exit code."""
    target = places.reach(environment)
    recorded = {"service": arguments.service, "program": arguments.command[0] if arguments.command else "a shell"}
    with audit.recorded(environment, console, verb="exec", arguments=recorded, aws=target.aws) as record:
        record.exit_code = execute.execute(
            target, arguments.service, arguments.command, console, task=arguments.task, debug=arguments.debug
        )
    return record.exit_code
