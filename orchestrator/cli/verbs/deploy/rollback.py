"""`rollback [RELEASE]`: an earlier release, proven live again."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from orchestrator.cli import approval, report
from orchestrator.console import Console
from orchestrator.deploy import rollback
from orchestrator.deploy.planning import Planned
from orchestrator.deploy.rollback import RolledBack
from orchestrator.errors import ExitCode
from orchestrator.project.environment import Environment


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Go back. Returns the exit code; 0 also where the release is live already."""

    def decide(planned: Planned) -> None:
        approval.decide(environment, planned, console, assume_yes=arguments.yes)

    done = rollback.roll_back(environment, console, arguments.release, decide, despite_freeze=arguments.despite_freeze)
    name, live = environment.name, done.live
    page = report.page(live.url, done.prepared.services)
    after = rollback.next_up(environment, done.prepared.target, done.to, console)
    if done.was_live:
        console.say(f"{live.release.name} is live on {name} already: nothing was done")
    else:
        images = done.prepared.images
        shown = replace(live, url=page)
        console.block(report.summary(name, shown, images, done.planned, console.stages, done.seconds))
        console.say(f"{live.release.name} is {done.to.name} again; {done.before.name} was live before")
    console.say(after)
    if arguments.json:
        console.json(as_json(done, after, console))
    else:
        console.data(page)
    return ExitCode.SUCCESS


def as_json(done: RolledBack, after: str, console: Console) -> dict[str, Any]:
    """The object that `rollback --json` ends with: that of `up --json`, and which release it was."""
    review = done.planned.review
    said = report.up_json(done.live, done.prepared.images, review, console, done.prepared.runs, done.seconds)
    more = {"rolled_back_to": done.to.name, "before": done.before.name, "was_live": done.was_live, "next_up": after}
    return said | more
