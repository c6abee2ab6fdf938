"""`promote FROM TO`: the images that one environment has proven, deployed to another."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from orchestrator.cli import approval, report
from orchestrator.console import Console
from orchestrator.deploy import promote
from orchestrator.deploy.planning import Planned
from orchestrator.deploy.promote import Promoted
from orchestrator.errors import ExitCode
from orchestrator.project import environment as environments
from orchestrator.project.environment import Environment


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Deploy to `environment`, which is TO. Returns the exit code; 0 also where it is live there already."""
    source = environments.load(arguments.source)

    def decide(planned: Planned) -> None:
        approval.decide(environment, planned, console, assume_yes=arguments.yes)

    done = promote.promote(
        source, environment, console, decide, profile=arguments.from_profile, despite_freeze=arguments.despite_freeze
    )
    name, live = environment.name, done.live
    page = report.page(live.url, done.prepared.services)
    if done.was_live:
        console.say(f"{done.taken.name} of {source.name} is live on {name} already, as {live.release.name}")
    else:
        images = done.prepared.images
        shown = replace(live, url=page)
        console.block(report.summary(name, shown, images, done.planned, console.stages, done.seconds))
        copied = ", ".join(done.copied) or "nothing, the registry has every image"
        console.say(f"{live.release.name} of {name} is {done.taken.name} of {source.name}; copied: {copied}")
    if arguments.json:
        console.json(as_json(source, done, console))
    else:
        console.data(page)
    return ExitCode.SUCCESS


def as_json(source: Environment, done: Promoted, console: Console) -> dict[str, Any]:
    """The object that `promote --json` ends with: that of `up --json`, and what was taken from where."""
    review = done.planned.review
    said = report.up_json(done.live, done.prepared.images, review, console, done.prepared.runs, done.seconds)
    return said | {
        "promoted_from": {
            "environment": source.name, "account_id": source.account_id, "release_name": done.taken.name,
        },
        "copied": list(done.copied),
        "was_live": done.was_live,
    }  # fmt: skip
