"""`run`: a command in a task of its own, or a run of a job. Its exit code is the command's."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from orchestrator import places
from orchestrator.console import Console, Stage
from orchestrator.operate import run as runs
from orchestrator.project.environment import Environment
from orchestrator.proof import stops
from orchestrator.releases import audit
from orchestrator.tasks.followed import Wanted


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Run the command, its lines to standard output; with `--json` to standard error. Returns its exit code."""
    target = places.reach(environment)
    limit = arguments.timeout * 60 if arguments.timeout is not None else None
    wanted = Wanted(arguments.service, arguments.command, arguments.image, limit)
    # No stage of the console's: a live display and the command's lines would share the terminal.
    stage = Stage("run", _console=console)
    on_line = console.block if arguments.json else console.data
    # Its program alone is recorded: arguments may hold what is secret.
    recorded = {"service": arguments.service, "program": (arguments.command or [""])[0], "image": arguments.image or ""}
    with audit.recorded(environment, console, verb="run", arguments=recorded, aws=target.aws) as record:
        ended = runs.run(target, wanted, stage, on_line)
        record.exit_code, record.details["task"] = ended.exit_code, ended.task
    console.say(f"task {stops.short(ended.task)} ended with {ended.exit_code} after {ended.seconds:.1f} s")
    if arguments.json:
        console.json({"service": arguments.service, **asdict(ended), "reason": ended.reason or None})
    return ended.exit_code
