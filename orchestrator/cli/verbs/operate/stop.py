"""`stop`: the local environment at rest; everything that was saved is there at the next `up`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import audit

if TYPE_CHECKING:
    from orchestrator.emulator.emulator import Stopped


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Stop what runs on this machine. Returns the exit code."""
    from orchestrator.emulator import emulator, place

    with lock.held(environment, "stop", console), audit.recorded(environment, console, verb="stop"):
        running = place.running(environment)
        if running is not None:
            audit.reached(running.aws)
        with console.stage("stop") as stage:
            stopped = emulator.stop(stage)
            audit.left()
            stage.result = told(stopped)
    if arguments.json:
        console.json({"was_running": stopped.was_running, "containers_removed": stopped.containers})
    console.say("next:  python3 orchestrate.py up")
    return ExitCode.SUCCESS


def told(stopped: Stopped) -> str:
    """What was stopped, in words."""
    if stopped.was_running:
        return "containers and emulated AWS stopped, stories kept"
    if stopped.containers:
        return f"the emulated AWS was not running; {stopped.containers} containers that it had left are removed"
    return "nothing was running"
