"""Makes a plan that is kept: reviewed, and written as a bundle. Nothing is applied."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator import places
from orchestrator.aws import state
from orchestrator.bundle import fingerprints, on_disk
from orchestrator.bundle.on_disk import Bundle, StateId
from orchestrator.console import Console
from orchestrator.deploy import notices, planning
from orchestrator.deploy.planning import Planned
from orchestrator.images import checkout
from orchestrator.images.image import Image
from orchestrator.prepare import preflight, prepare, unbuilt
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import audit
from orchestrator.review.model import Plan, Review
from orchestrator.review.render import html, markdown
from orchestrator.review.render import json as review_json
from orchestrator.terraform import roots


@dataclass(frozen=True)
class Made:
    """A plan that was made: its bundle and its review. `plan`, `definitions` and `shown` are not for showing: see
    `Planned`."""

    bundle: Bundle
    review: Review
    images: tuple[Image, ...]
    terraform_runs: tuple[str, ...]
    plan: Plan = field(default_factory=Plan, repr=False)
    definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    shown: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def has_changes(self) -> bool:
        """True if `up` would change something; images that would have to be built do."""
        return self.bundle.has_changes or bool(self.bundle.missing)


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
        checked = preflight.check(environment, console)
        with lock.held(environment, f"plan {environment.name}", console):
            ready = prepare.prepare(environment, services, console, checked=checked, proposed=proposed)
            return keep(ready, folder, title, console)
    preflight.check_without_engine(environment)
    with lock.held(environment, f"plan {environment.name}", console), places.reading(environment, console) as target:
        ready = unbuilt.prepared(target, services, console)
        return keep(ready, folder, title or f"Plan for {environment.name}, nothing built", console)


def keep(prepared: Prepared, folder: Path, title: str, console: Console, *, writes: bool = False) -> Made:
    """Plan, review and write the bundle into `folder`, for whoever holds the environment's lock. Raises `Failure`.

    Unless it `writes`, not even the state is changed (as in `planning.plan`): whoever plans need not be able to.
    """
    environment = prepared.target.environment
    # Read before the plan: whatever moves meanwhile makes the bundle stale, and not wrong.
    sources = fingerprints.checkout(environment.name)
    at = StateId(*state.identity(prepared.target.aws, roots.backend_key(environment, prepared.root.name)))
    planned = planning.plan(prepared, console, title, writes=writes)
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
    notices.of_drift(environment, planned.review, console)
    return Made(
        written, planned.review, tuple(prepared.images), tuple(prepared.runs), planned.plan, planned.definitions,
        planned.shown,
    )  # fmt: skip


def _facts(prepared: Prepared, planned: Planned, sources: dict[str, str], at: StateId) -> Bundle:
    environment = prepared.target.environment
    return Bundle(
        environment=environment.name,
        account_id=environment.account_id,
        region=environment.region,
        commit=checkout.head().whole,
        created_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        created_by=audit.person(),
        terraform_version=preflight.terraform_version(),
        providers=fingerprints.providers(),
        images={image.service: image for image in prepared.images},
        state=at,
        sources=sources,
        has_changes=planned.file is not None,
        stops=planned.review.stops,
        unfinished=planned.unfinished,
    )
