"""`plan`: what `up` would change, reviewed, as a bundle that `apply` takes. Nothing is applied."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator import places
from orchestrator.aws import state
from orchestrator.bundle import conditions, fingerprints, on_disk
from orchestrator.bundle.on_disk import Bundle, Image, StateId
from orchestrator.cli import consent, report
from orchestrator.console import Console
from orchestrator.deploy import planning
from orchestrator.deploy.planning import Planned
from orchestrator.errors import ExitCode
from orchestrator.images import checkout
from orchestrator.images.delivery import Delivered
from orchestrator.prepare import preflight, prepare, releases, unbuilt
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.review.model import Plan, Review
from orchestrator.review.render import html, markdown
from orchestrator.review.render import json as review_json
from orchestrator.terraform import roots


@dataclass(frozen=True)
class Made:
    """A plan that was made: its bundle and its review. `plan` is not for showing: see `Planned`."""

    bundle: Bundle
    review: Review
    images: tuple[Delivered, ...]
    terraform_runs: tuple[str, ...]
    plan: Plan = field(default_factory=Plan, repr=False)

    @property
    def has_changes(self) -> bool:
        """True if `up` would change something; images that would have to be built do."""
        return self.bundle.has_changes or bool(self.bundle.missing)


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Make the plan, show its review, keep it as a bundle. Returns the exit code."""
    out = Path(arguments.out) if arguments.out else None
    made = make(environment, console, build=not arguments.no_build, out=out)
    if arguments.json:
        console.json(as_json(made))
    else:
        console.data(report.shown(made.review, sys.stdout))
        console.data(f"\nbundle  {made.bundle.folder}\nsha256  {made.bundle.sha256}")
        _tell(made, console)
    return ExitCode.PLAN_HAS_CHANGES if made.has_changes and arguments.detailed_exitcode else ExitCode.SUCCESS


def make(
    environment: Environment,
    console: Console,
    *,
    build: bool = True,
    proposed: bool = False,
    out: Path | None = None,
    title: str = "",
) -> Made:
    """Plan, review and write the bundle; the policy stops nothing here. Raises `Failure`.

    Without `build` no container engine is needed: images that are not there are told, and the deployed ones stand in.
    A `proposed` plan is made to be read and compared with, by somebody who may push images and not apply.
    """
    services = checkout.services(environment, console)
    folder = (out or on_disk.default_folder(environment)).resolve()
    on_disk.check_place(folder)
    if build:
        docker_host = preflight.check(environment, console)
        with lock.held(environment, f"plan {environment.name}", console):
            ready = prepare.prepare(environment, services, console, docker_host=docker_host, proposed=proposed)
            return _make(ready, folder, title, console)
    preflight.check_without_engine(environment)
    with lock.held(environment, f"plan {environment.name}", console), places.reading(environment, console) as target:
        ready = unbuilt.prepared(target, services, console)
        return _make(ready, folder, title or f"Plan for {environment.name}, nothing built", console)


def as_json(made: Made) -> dict[str, Any]:
    """What `plan --json` prints."""
    return {
        "environment": made.bundle.environment,
        "bundle": {"path": str(made.bundle.folder), "sha256": made.bundle.sha256},
        "images": {item.service: report.image_json(item) for item in made.images},
        "missing": made.bundle.missing,
        "changes": report.changes_json(made.review),
        "stops": made.review.stops,
        "review": review_json.as_dict(made.review),
        "terraform_runs": list(made.terraform_runs),
    }


def _make(prepared: Prepared, folder: Path, title: str, console: Console) -> Made:
    environment = prepared.target.environment
    # Read before the plan: whatever moves meanwhile makes the bundle stale, and not wrong.
    sources = fingerprints.checkout(environment.name)
    at = StateId(*state.identity(prepared.target.aws, roots.backend_key(environment, prepared.root.name)))
    planned = planning.plan(prepared, console, title)
    try:
        facts = _facts(prepared, planned, sources, at)
        renderings = {
            on_disk.REVIEW_JSON: review_json.render(planned.review),
            on_disk.REVIEW_MARKDOWN: markdown.render(planned.review),
            on_disk.REVIEW_HTML: html.render(planned.review),
        }
        written = on_disk.write(folder, facts, planned.file, renderings)
    finally:
        if planned.file is not None:
            planned.file.unlink(missing_ok=True)
    return Made(written, planned.review, tuple(prepared.images), tuple(prepared.runs), planned.plan)


def _facts(prepared: Prepared, planned: Planned, sources: dict[str, str], at: StateId) -> Bundle:
    environment = prepared.target.environment
    return Bundle(
        environment=environment.name,
        account_id=environment.account_id,
        region=environment.region,
        commit=checkout.head().short,
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        created_by=releases.person(),
        terraform_version=preflight.terraform_version(),
        providers=fingerprints.providers(),
        images={
            item.service: Image(item.service, item.tag, item.digest, item.uri, item.missing, item.why)
            for item in prepared.images
        },
        state=at,
        sources=sources,
        has_changes=planned.file is not None,
        stops=planned.review.stops,
    )


def _tell(made: Made, console: Console) -> None:
    name, missing = made.bundle.environment, made.bundle.missing
    if made.review.stops:
        console.say(f"`apply` and `up` would refuse this plan. next:  {conditions.how_to_except()}")
    elif missing:
        again = f"python3 orchestrate.py plan {name}"
        console.say(f"to be read only, {', '.join(missing)} would have to be built. next:  {again}")
    elif made.bundle.has_changes:
        if consent.missing(made.review):
            console.say("`apply` of this bundle asks nothing more: what was deleted is made again, empty")
        command = f"python3 orchestrate.py apply {made.bundle.folder} --sha256 {made.bundle.sha256}"
        console.say(f"next:  {command}")
