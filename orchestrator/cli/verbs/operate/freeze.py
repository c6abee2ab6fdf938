"""`freeze`: let nothing be deployed to an environment until it is lifted."""

from __future__ import annotations

import argparse

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.notify.notice import Event, Notice
from orchestrator.notify.send import send
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, freeze, releases


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Freeze the environment. Returns the exit code."""
    name, target = environment.name, places.reach(environment)
    with audit.recorded(environment, console, verb="freeze", arguments={"reason": arguments.reason}):
        made = freeze.put(target.aws, arguments.reason)
        audit.reached(target.aws)  # the state bucket may not have been there before
    console.say(f"{name} is frozen: {made.reason}")
    console.say("a deploy that is already changing it goes on to its end")
    console.say(f"next:  python3 orchestrate.py unfreeze {name}")
    last = releases.latest(target.aws)
    send(
        environment,
        Notice(Event.FREEZE, name, f"{made.created_by} froze {name}: {made.reason}", made.created_by, made.reason,
               last.name if last else ""),
        console,
    )  # fmt: skip
    if arguments.json:
        console.json({"frozen": freeze.describe(made)})
    return ExitCode.SUCCESS
