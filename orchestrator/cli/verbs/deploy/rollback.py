"""`rollback [RELEASE]`: an earlier release, proven live again."""

from __future__ import annotations

import argparse
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
    after = rollback.next_up(environment, done.prepared.target, done.to, console)
    if done.was_live:
        console.say(f"{live.release.name} is live on {name} already: nothing was done")
    else:
        images = done.prepared.images
        console.block(
            report.summary(name, live.url, images, done.planned, live.release.name, console.stages, done.seconds)
        )
        console.say(f"{live.release.name} is {done.to.name} again; {done.before.name} was live before")
    console.say(after)
    if arguments.json:
        console.json(as_json(environment, done, after, console))
    else:
        console.data(live.url)
    return ExitCode.SUCCESS


def as_json(environment: Environment, done: RolledBack, after: str, console: Console) -> dict[str, Any]:
    """The object that `rollback --json` ends with: that of `up --json`, and which release it was."""
    said = report.up_json(
        environment.name, done.live.url, done.prepared.images, done.planned.review, done.live.release, console,
        done.prepared.runs, done.seconds,
    )  # fmt: skip
    more = {"rolled_back_to": done.to.name, "before": done.before.name, "was_live": done.was_live, "next_up": after}
    return said | more
