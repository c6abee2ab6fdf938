"""`import`: the services of another tool's application, written as services of this project."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.importing import copilot, render, write
from orchestrator.system import paths


def run(environment: None, console: Console, arguments: argparse.Namespace) -> int:
    """Import and print the report. Returns 0, or raises `Failure` if a file could not be read or was left as it is."""
    report, file = copilot.carry_out(
        Path(arguments.directory), Path(arguments.to) if arguments.to else paths.SERVICES, dry_run=arguments.dry_run
    )
    if arguments.json:
        console.json(render.as_json(report))
    else:
        console.data(render.terminal(report, shutil.get_terminal_size((120, 24)).columns))
    if file is not None:
        console.say(f"the whole report: {file}")
    kept = [item.path for item in report.files if item.state == write.KEPT]
    if report.problems or kept:
        counted = [
            f"{number} file{'s' if number > 1 else ''} {text}"
            for number, text in ((len(report.problems), "could not be read"), (len(kept), "left as it was"))
            if number
        ]
        raise Failure(
            ", ".join(counted),
            reason="\n".join([
                *(f"{row.file}:{row.line}: {row.text}" for row in report.problems),
                *(f"{path} is there already, and no import wrote it as it is now" for path in kept),
            ]),
            next_step="correct what could not be read, merge by hand what was left, then import again",
        )  # fmt: skip
    return ExitCode.SUCCESS
