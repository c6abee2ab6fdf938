"""`check`: linter, formats, types and generated pages. What a change has to pass before its tests are run."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment
from orchestrator.system import childenv, paths, plain, process
from orchestrator.system.childenv import Child
from orchestrator.terraform import runner

LINES_SHOWN = 60


@dataclass(frozen=True)
class Step:
    """A program that exits with 0 if all is well, and the command that corrects what it finds, or shows it again."""

    name: str
    command: tuple[str, ...]
    fix: str


@dataclass(frozen=True)
class Result:
    """How a step ended."""

    step: Step
    ok: bool
    seconds: float
    output: tuple[str, ...]


class _Failed(Exception):
    """Makes the console show a stage as failed."""


def steps(python: Path, terraform_program: Path) -> list[Step]:
    """What is checked, in order."""
    shown = python.relative_to(paths.ROOT) if python.is_relative_to(paths.ROOT) else python
    module = (str(python), "-X", "utf8", "-m")
    return [
        Step("ruff check", (*module, "ruff", "check", "--output-format=concise"), f"{shown} -m ruff check --fix"),
        Step(
            "ruff format", (*module, "ruff", "format", "--check", "--output-format=concise"), f"{shown} -m ruff format"
        ),
        Step("mypy", (*module, "mypy"), f"{shown} -m mypy (correct what it reports)"),
        Step(
            "terraform fmt",
            (str(terraform_program), "fmt", "-check", "-recursive", "-no-color"),
            "terraform fmt -recursive",
        ),
        Step("generated pages", (*module, "tools.pages", "--check"), f"{shown} -m tools.pages"),
    ]


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Run every step, whatever the others find. Returns 0, or raises `Failure` naming the commands that fix it."""
    results = [_run(step, console) for step in steps(Path(sys.executable), runner.executable())]
    if arguments.json:
        console.json(as_json(results))
    failed = [result.step for result in results if not result.ok]
    if failed:
        raise Failure(
            f"{len(failed)} of {len(results)} checks failed: {', '.join(step.name for step in failed)}",
            next_step="\n".join(step.fix for step in failed),
        )
    return ExitCode.SUCCESS


def as_json(results: Sequence[Result]) -> dict[str, object]:
    """The results for a program."""
    return {
        "steps": [
            {
                "name": result.step.name,
                "status": "ok" if result.ok else "failed",
                "seconds": round(result.seconds, 2),
                "next_step": None if result.ok else result.step.fix,
                "output": list(result.output),
            }
            for result in results
        ],
    }


def shown(result: Result) -> str:
    """What a failed step found, as far as a person reads it, and what to do."""
    lines = [f"  | {line}" for line in result.output[:LINES_SHOWN]]
    more = len(result.output) - LINES_SHOWN
    if more > 0:
        lines.append(f"  | ... and {more} more lines: {result.step.name} shows them all")
    return "\n".join([*lines, f"next:  {result.step.fix}"])


def _run(step: Step, console: Console) -> Result:
    began = time.monotonic()
    try:
        with console.stage(step.name) as stage:
            done = process.run(step.command, cwd=paths.ROOT, env=_variables(step))
            if not done.ok:
                raise _Failed
            stage.result = "ok"
    except _Failed:
        pass
    output = tuple(plain.lines(done.stdout) + plain.lines(done.stderr))
    result = Result(step, done.ok, time.monotonic() - began, output)
    if not result.ok:
        console.block(shown(result))
    return result


def _variables(step: Step) -> dict[str, str]:
    if step.name == "terraform fmt":
        return childenv.of(Child.TERRAFORM, CHECKPOINT_DISABLE="1")
    return childenv.of(Child.OTHER)
