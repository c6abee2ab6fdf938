"""`unfreeze`: lift the freeze of an environment."""

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
    """Lift the freeze. Returns 0, also where there is none."""
    name, target = environment.name, places.reach(environment)
    with audit.recorded(environment, console, verb="unfreeze") as record:
        lifted = freeze.lift(target.aws)
        if lifted is not None:
            record.details["freeze"] = freeze.describe(lifted)
            audit.reached(target.aws)
    if lifted is None:
        console.say(f"{name} is not frozen")
    else:
        console.say(f"{name} is not frozen any more. {lifted}")
        who = audit.person()
        last = releases.latest(target.aws)
        text = f"{who} lifted the freeze of {name} ({lifted.reason})"
        send(environment, Notice(Event.UNFREEZE, name, text, who, lifted.reason, last.name if last else ""), console)
    if arguments.json:
        console.json({"lifted": freeze.describe(lifted)})
    return ExitCode.SUCCESS
