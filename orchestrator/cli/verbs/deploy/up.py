"""`up`: build, push, plan, review, apply, wait, smoke-test."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from orchestrator import places
from orchestrator.cli import approval, report
from orchestrator.console import Console
from orchestrator.deploy import deployment, notices, planning
from orchestrator.errors import ExitCode
from orchestrator.images import checkout
from orchestrator.prepare import only, preflight
from orchestrator.prepare.prepare import prepare
from orchestrator.prepare.selected import Selected, select
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, freeze, releases


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Bring the environment to what the checkout says. Returns the exit code."""
    began = time.monotonic()
    names = list(dict.fromkeys(arguments.service))
    services = checkout.services(environment, console) if not names else []
    checked = preflight.check(environment, console)
    recorded = {"yes": arguments.yes} | ({"service": names} if names else {})
    with (
        lock.held(environment, f"up {environment.name}", console),
        audit.recorded(environment, console, verb="up", arguments=recorded),
    ):
        if (target := checked.target or places.reached(environment)) is not None:
            freeze.refuse(target.aws, arguments.despite_freeze)  # before minutes are spent on what cannot be applied
        selected = _selected(environment, names, console) if names else None
        every = selected.services if selected else services
        prepared = prepare(environment, every, console, checked=checked, selected=selected)
        planned = planning.plan(prepared, console)
        if selected and (refused := only.refusal(planned.plan, selected, environment.name)):
            planning.discard(planned)
            raise refused
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


def _selected(environment: Environment, names: Sequence[str], console: Console) -> Selected:
    """Those services of the checkout, looked at, and the others as they are deployed. Raises `Failure`."""
    with places.reading(environment, console) as target:
        last = releases.latest(target.aws)
    found = select(environment, names, last)
    checkout.check(found.chosen, environment, console)
    return found
