"""`scale`: the number of a service's tasks."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.operate import scaling
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, freeze


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Set the number and wait until it is reached. Returns the exit code."""
    target = places.reach(environment)
    wanted = None if arguments.reset else arguments.count
    recorded = {"service": arguments.service, "count": "reset" if arguments.reset else arguments.count}
    with (
        lock.held(environment, f"scale {arguments.service} {environment.name}", console),
        audit.recorded(environment, console, verb="scale", arguments=recorded, aws=target.aws) as record,
    ):
        freeze.pass_over(target.aws, arguments.despite_freeze, console.say)
        done = scaling.scale(target, arguments.service, wanted, console, assume_yes=arguments.yes)
        record.details |= {"before": done.before, "count": done.count}
    if done.count == done.configured:
        console.say(f"{done.service} has its configured number of tasks: {done.count}")
    else:
        console.say(
            f"{done.service} has {done.count} tasks until the configured number, {done.configured}, changes; "
            f"python3 orchestrate.py scale {done.service} --reset {environment.name}   goes back to it"
        )
    if arguments.json:
        console.json(asdict(done))
    return ExitCode.SUCCESS
