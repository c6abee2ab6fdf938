"""`stop`: the local environment at rest; everything that was saved is there at the next `up`."""

from __future__ import annotations

import argparse

from orchestrator import lock
from orchestrator.console import Console
from orchestrator.environment import Environment
from orchestrator.errors import ExitCode


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Stop what runs on this machine. Returns the exit code."""
    from orchestrator.local import emulator

    with lock.held(environment, "stop"), console.stage("stop") as stage:
        was_running = emulator.running() is not None
        emulator.stop(stage)
        stage.result = "containers and emulated AWS stopped, stories kept" if was_running else "nothing was running"
    if arguments.json:
        console.json({"environment": environment.name, "stopped": was_running})
    console.say("next:  python3 orchestrate.py up")
    return ExitCode.SUCCESS
