"""`up`: build, push, plan, review, apply, wait, smoke-test."""

from __future__ import annotations

import argparse
import sys
import time

from orchestrator import places
from orchestrator.bundle import conditions
from orchestrator.cli import report
from orchestrator.console import Console
from orchestrator.deploy import consent, deployment, notices, planning
from orchestrator.deploy.planning import Planned
from orchestrator.errors import ExitCode, Failure
from orchestrator.images import checkout
from orchestrator.prepare import preflight
from orchestrator.prepare.prepare import prepare
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import freeze


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Bring the environment to what the checkout says. Returns the exit code."""
    began = time.monotonic()
    services = checkout.services(environment, console)
    checked = preflight.check(environment, console)
    with lock.held(environment, f"up {environment.name}", console):
        if (target := checked.target or places.reached(environment)) is not None:
            freeze.refuse(target.aws, arguments.despite_freeze)  # before minutes are spent on what cannot be applied
        prepared = prepare(environment, services, console, checked=checked)
        planned = planning.plan(prepared, console)
        notices.of_drift(environment, planned.review, console)
        # What was never proven live holds nothing that could be lost.
        _decide(environment, planned, console, assume_yes=arguments.yes, holds_data=prepared.last is not None)
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


def _show(environment: Environment, planned: Planned, console: Console) -> None:
    if planned.file is not None:
        console.block(f"\n{report.shown(planned.review, sys.stderr, brief=not environment.place.shows_whole_review)}\n")


def _decide(
    environment: Environment, planned: Planned, console: Console, *, assume_yes: bool, holds_data: bool = True
) -> None:
    """Show the plan and go on if the policy and the person let it be applied.

    Raises `Failure` otherwise, with the plan gone, however the question has ended: it holds the state in clear.
    """
    try:
        _show(environment, planned, console)
        conditions.policy(planned.review, environment.name)
        lost = consent.missing(planned.review) if holds_data else ()
        if lost:
            consent.ask(environment, lost, console)
        else:
            _ask(environment, planned, console, assume_yes=assume_yes)
    except BaseException:
        if planned.file is not None:
            planned.file.unlink(missing_ok=True)
        raise


def _ask(environment: Environment, planned: Planned, console: Console, *, assume_yes: bool) -> None:
    if planned.file is None or not environment.place.asks_before_apply or assume_yes:
        return
    expected = environment.name if environment.is_production else "yes"
    if console.confirm(f"Apply this to {environment.name}? Type {expected} to go on:", expected=expected):
        return
    raise Failure(
        f"nothing was applied to {environment.name}",
        reason="The question was not answered with what it asked for.",
        next_step=f"run it again and type {expected}, or pass --yes where nobody can answer",
    )
