"""`plan`: what `up` would change, reviewed, as a bundle that `apply` takes."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from orchestrator.bundle import conditions
from orchestrator.cli import report
from orchestrator.console import Console
from orchestrator.deploy import consent, plan_bundle
from orchestrator.deploy.plan_bundle import Made
from orchestrator.errors import ExitCode
from orchestrator.project.environment import Environment
from orchestrator.review.render import json as review_json
from orchestrator.system import paths


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Make the plan, show its review, keep it as a bundle. Returns the exit code."""
    out = Path(arguments.out) if arguments.out else None
    made = plan_bundle.make(environment, console, build=not arguments.no_build, out=out)
    if arguments.json:
        console.json(as_json(made))
    else:
        console.data(report.shown(made.review, sys.stdout))
        console.data(f"\nbundle  {made.bundle.folder}\nsha256  {made.bundle.sha256}")
        _tell(made, console)
    return ExitCode.PLAN_HAS_CHANGES if made.has_changes and arguments.detailed_exitcode else ExitCode.SUCCESS


def as_json(made: Made) -> dict[str, Any]:
    """What `plan --json` prints."""
    return {
        "bundle": made.bundle.sha256,
        "bundle_path": str(made.bundle.folder),
        "images": {item.service: report.image_json(item) for item in made.images},
        "missing": list(made.bundle.missing),
        "changes": report.changes_json(made.review),
        "stops": made.review.stops,
        "review": review_json.as_dict(made.review),
        "terraform_runs": list(made.terraform_runs),
    }


def _tell(made: Made, console: Console) -> None:
    name, missing = made.bundle.environment, made.bundle.missing
    if made.review.stops:
        console.say(f"`apply` and `up` would refuse this plan. next:  {conditions.way_out(made.review, name)}")
    elif missing:
        again = f"python3 orchestrate.py plan {name}"
        console.say(f"to be read only, {', '.join(missing)} would have to be built. next:  {again}")
    elif made.bundle.has_changes:
        if consent.missing(made.review):
            console.say("`apply` of this bundle asks nothing more: what was deleted is made again, empty")
        folder = shlex.quote(str(paths.from_here(made.bundle.folder)))
        command = f"python3 orchestrate.py apply {folder} --sha256 {made.bundle.sha256}"
        console.say(f"next:  {command}")
