"""Shows a plan and goes on if the policy and the person let it be applied."""

from __future__ import annotations

import sys

from orchestrator.bundle import conditions
from orchestrator.cli import report
from orchestrator.console import Console
from orchestrator.deploy import consent
from orchestrator.deploy.planning import Planned
from orchestrator.errors import Failure
from orchestrator.project.environment import Environment


def _show(environment: Environment, planned: Planned, console: Console) -> None:
    if planned.file is None:
        return
    brief = not environment.place.shows_whole_review
    if brief and console.is_brief and report.is_first_and_safe(planned.review):
        told = report.first(planned.review, sys.stderr)
    else:
        told = report.shown(planned.review, sys.stderr, brief=brief)
    console.block(f"\n{told}\n")


def decide(
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
