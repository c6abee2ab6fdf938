"""`up`: build, push, plan, review, apply, wait, smoke-test; with `--watch` also what is saved, until that is ended."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

from orchestrator import places
from orchestrator.cli import approval, report, verb
from orchestrator.console import Console
from orchestrator.deploy import deployment, notices, planning
from orchestrator.errors import ExitCode
from orchestrator.images import checkout
from orchestrator.picture import taking
from orchestrator.prepare import only, preflight, settled
from orchestrator.prepare.prepare import prepare
from orchestrator.prepare.selected import Selected, select
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, freeze, releases
from orchestrator.verify import gate


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Bring the environment to what the checkout says. Returns the exit code."""
    if not arguments.watch:
        return _up(environment, console, arguments, partial(lock.held, environment, f"up {environment.name}", console))
    from orchestrator.watch import loop

    with lock.held(environment, f"up --watch {environment.name}", console):
        return loop.run(
            environment,
            arguments.service,
            console,
            deploy=lambda: _up(environment, console, arguments, nullcontext),
            emit=console.json_line if arguments.json else lambda event: None,
        )


def _up(
    environment: Environment,
    console: Console,
    arguments: argparse.Namespace,
    held: Callable[[], AbstractContextManager[None]],
) -> int:
    """One deploy, with the environment's lock `held` from when it was looked at what can fail without it."""
    began = time.monotonic()
    console.stages.clear()
    names = list(dict.fromkeys(arguments.service))
    services = checkout.services(environment, console) if not names else []
    checked = preflight.check(environment, console)
    recorded = {"yes": arguments.yes} | ({"service": names} if names else {})
    with (
        held(),
        audit.recorded(environment, console, verb="up", arguments=recorded),
        taking.taken(environment, console, began) as picture,
    ):
        if (target := checked.target or places.reached(environment)) is not None:
            freeze.refuse(target.aws, arguments.despite_freeze)  # before minutes are spent on what cannot be applied
        selected = _selected(environment, names, console) if names else None
        every = selected.services if selected else services
        if target is not None:
            gate.before_build(target.aws, every, console)
        checked = replace(checked, target=target)
        prepared = prepare(environment, every, console, checked=checked, selected=selected)
        picture.prepared(prepared.images, prepared.last, prepared.commit)
        found = settled.look(prepared, vouched=arguments.if_changed)
        if found.already:
            planned = planning.settled(prepared, found.release, console)
        else:
            settled.forget(environment)
            planned = planning.plan(prepared, console)
        picture.planned(planned.review)
        if selected and (refused := only.refusal(planned.plan, selected, environment.name)):
            planning.discard(planned)
            raise refused
        with planning.discarded_if_it_fails(planned):
            gate.before_apply(prepared.target.aws, prepared.services, prepared.images, planned.shown, console)
        notices.of_drift(environment, planned.review, console)
        # What was never proven live holds nothing that could be lost.
        approval.decide(environment, planned, console, assume_yes=arguments.yes, holds_data=prepared.last is not None)
        live = deployment.carry_out(prepared, planned, console, despite_freeze=arguments.despite_freeze)
        if live.tidy and not planning.stays_weakened(planned.review):
            found.remember(prepared, live.release.name)
    seconds = time.monotonic() - began
    name, images = environment.name, prepared.images
    live = replace(live, picture=picture.file)
    page = report.page(live.url, prepared.services)
    first_steps = console.is_brief and name == verb.USUAL_ENVIRONMENT and prepared.last is None
    shown = replace(live, url=page)
    console.block(report.summary(name, shown, images, planned, console.stages, seconds, first_steps=first_steps))
    if arguments.json:
        told = report.up_json(live, images, planned.review, console, prepared.runs, seconds)
        if arguments.watch:
            console.json_line({"environment": name, "event": "live", **told})
        else:
            console.json(told)
    else:
        console.data(page)
    return ExitCode.SUCCESS


def _selected(environment: Environment, names: Sequence[str], console: Console) -> Selected:
    """Those services of the checkout, looked at, and the others as they are deployed. Raises `Failure`."""
    with places.reading(environment, console) as target:
        last = releases.latest(target.aws)
    found = select(environment, names, last)
    checkout.check(found.chosen, environment, console)
    return found
