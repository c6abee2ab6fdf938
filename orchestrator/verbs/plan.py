"""`plan`: what `up` would change, without changing it."""

from __future__ import annotations

import argparse

from orchestrator import changes, deploy, lock, manifest, preflight, report
from orchestrator.console import Console
from orchestrator.environment import Environment
from orchestrator.errors import ExitCode
from orchestrator.prepare import prepare


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Make the plan and print it. Returns the exit code."""
    services = manifest.load()
    docker_host = preflight.check(environment, console)
    with lock.held(environment, f"plan {environment.name}"):
        prepared = prepare(environment, services, console, docker_host=docker_host)
        planned = deploy.plan(prepared, console)
        if planned.file is not None:
            planned.file.unlink(missing_ok=True)
    if arguments.json:
        console.json({
            "environment": environment.name,
            "images": {item.service: report.image_json(item) for item in prepared.images},
            "changes": changes.to_json(planned.changes),
            "resources": [{"address": item.address, "change": item.kind} for item in planned.changes.changes],
            "terraform_runs": prepared.runs,
        })  # fmt: skip
    elif planned.file is None:
        console.data(f"{environment.name}: no change")
    else:
        console.data("\n".join([f"{environment.name}: {planned.changes.summary()}", *planned.changes.lines()]))
        console.say(f"next:  python3 orchestrate.py up {environment.name}")
    return ExitCode.PLAN_HAS_CHANGES if planned.file and arguments.detailed_exitcode else ExitCode.SUCCESS
