"""`ci`: the pipeline's stages, `ci plan` and `ci apply`."""

from __future__ import annotations

import argparse
from pathlib import Path

from orchestrator.ci import result as results
from orchestrator.ci import stage
from orchestrator.console import Console
from orchestrator.project.environment import Environment
from orchestrator.system import paths


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Run one stage. Returns the exit code."""
    out = Path(arguments.out) if arguments.out else paths.WORK / "ci"
    done = stage.run(
        environment, console, arguments.stage, arguments.commit, out, despite_freeze=arguments.despite_freeze,
        on_result=lambda result: console.json(results.as_dict(result)),
    )  # fmt: skip
    console.say(f"reports: {out}")
    return done.exit_code
