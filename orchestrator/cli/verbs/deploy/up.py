"""`up`: build, push, plan, review, apply, wait, smoke-test."""

from __future__ import annotations

import argparse
import time

from orchestrator import places
from orchestrator.cli import approval, report
from orchestrator.console import Console
from orchestrator.deploy import deployment, notices, planning
from orchestrator.errors import ExitCode
from orchestrator.images import checkout
from orchestrator.prepare import preflight
from orchestrator.prepare.prepare import prepare
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, freeze


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Bring the environment to what the checkout says. Returns the exit code."""
    began = time.monotonic()
    services = checkout.services(environment, console)
    checked = preflight.check(environment, console)
    with (
        lock.held(environment, f"up {environment.name}", console),
        audit.recorded(environment, console, verb="up", arguments={"yes": arguments.yes}),
    ):
        if (target := checked.target or places.reached(environment)) is not None:
            freeze.refuse(target.aws, arguments.despite_freeze)  # before minutes are spent on what cannot be applied
        prepared = prepare(environment, services, console, checked=checked)
        planned = planning.plan(prepared, console)
        notices.of_drift(environment, planned.review, console)
        # What was never proven live holds nothing that could be lost.
        approval.decide(environment, planned, console, assume_yes=arguments.yes, holds_data=prepared.last is not None)
        live = deployment.carry_out(prepared, planned, console, despite_freeze=arguments.despite_freeze)
    seconds = time.monotonic() - began
    name, images = environment.name, prepared.images
    console.block(report.summary(name, live.url, images, planned, live.release.name, console.stages, seconds))
    if arguments.json:
        console.json(
            report.up_json(name, live.url, images, planned.review, live.release, console, prepared.runs, seconds)
        )
    else:
        console.data(live.url)
    return ExitCode.SUCCESS
