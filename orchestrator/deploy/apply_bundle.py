"""Applies a bundle: that plan and nothing else, after everything that could be wrong with it has been looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator import places
from orchestrator.aws import ecr, state
from orchestrator.bundle import conditions, fingerprints
from orchestrator.bundle import on_disk as bundles
from orchestrator.bundle.on_disk import Bundle, Refused, StateId
from orchestrator.console import Console
from orchestrator.deploy import consent, deployment, own_review, planning
from orchestrator.deploy.deployment import Live
from orchestrator.deploy.planning import Planned
from orchestrator.images import delivery
from orchestrator.prepare import preflight, prepare
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import lock, manifest
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, freeze
from orchestrator.releases.releases import Origin, Release
from orchestrator.review.model import Plan, Review
from orchestrator.review.reading import reading
from orchestrator.target import Target
from orchestrator.terraform import roots
from orchestrator.verify import gate


@dataclass(frozen=True)
class Ready:
    """A bundle that may be applied now."""

    prepared: Prepared
    planned: Planned

    @property
    def review(self) -> Review:
        """The review of its plan, by the policy as it is today."""
        return self.planned.review


@dataclass(frozen=True)
class Applied:
    """A bundle that was applied and is live."""

    bundle: Bundle
    ready: Ready
    live: Live
    seconds: float

    @property
    def url(self) -> str:
        """Where it is reached."""
        return self.live.url

    @property
    def release(self) -> Release:
        """What is live now."""
        return self.live.release

    @property
    def review(self) -> Review:
        """The review of what was applied."""
        return self.ready.review


def apply(bundle: Bundle, environment: Environment, console: Console, *, despite_freeze: str | None = None) -> Applied:
    """Apply the bundle, wait, prove it, record the release. Raises `Refused` before anything happens, or `Failure`.

    `despite_freeze` is why it is done although the environment is frozen.
    """
    began = time.monotonic()
    _check_here(bundle, environment)
    arguments = {"bundle": str(bundle.folder), "sha256": bundle.sha256}
    with (
        lock.held(environment, f"apply {environment.name}", console),
        audit.recorded(environment, console, verb="apply", arguments=arguments),
    ):
        # Without its plan it may have been applied by a run that did not get to its end: see `_left`.
        taken = None if bundle.is_used else bundles.take_plan(bundle, environment.work / bundles.PLAN)
        try:
            ready = _ready(bundle, taken, environment, console, despite_freeze)
            origin = Origin(commit=bundle.commit, bundle=bundle.sha256)
            live = deployment.carry_out(
                ready.prepared, ready.planned, console, origin=origin, despite_freeze=despite_freeze
            )
        finally:
            if taken is not None:
                taken.unlink(missing_ok=True)
    return Applied(bundle, ready, live, time.monotonic() - began)


def _check_here(bundle: Bundle, environment: Environment) -> None:
    """What can be told without asking anybody."""
    conditions.other_environment(bundle, environment)
    conditions.missing_when_planned(bundle)
    conditions.other_checkout(bundle, fingerprints.checkout(environment.name))
    conditions.other_versions(bundle, preflight.terraform_version(), fingerprints.providers())


def _ready(
    bundle: Bundle, taken: Path | None, environment: Environment, console: Console, despite_freeze: str | None
) -> Ready:
    services = manifest.load(environment=environment.name)
    if environment.place.runs_tasks_here:
        checked = preflight.check(environment, console)
    else:
        checked = preflight.check_without_engine(environment)
    with console.stage(environment.place.title) as stage:
        target = places.start(environment, stage, checked.target)
    audit.reached(target.aws)
    freeze.refuse(target.aws, despite_freeze)
    gate.before_build(target.aws, services, console)
    with console.stage("bundle") as stage:
        now = StateId(*state.identity(target.aws, roots.backend_key(environment, "environment")))
        conditions.another_state(bundle, now)
        stale = bundles.used(bundle) if bundle.is_used else conditions.moved_state(bundle, now)
        conditions.missing_now(bundle, _missing(bundle, target))
        conditions.only_proposed(bundle, _proposed(bundle, target))
        stage.result = f"{bundle.sha256[:12]} of {bundle.created_at} " + ("may be applied already" if stale else "fits")
    prepared = prepare.prepare_bundle(target, services, bundle, console)
    prepared.root.rest = f"plan what is left, review and apply it: python3 orchestrate.py plan {environment.name}"
    if stale is not None:
        planned = _left(bundle, stale, prepared, console)
    elif bundle.unfinished:
        planned = _finished(bundle, taken, prepared, console)
    else:
        planned = _planned(bundle, taken, prepared, console)
    gate.before_apply(target.aws, services, prepared.images, planned.shown, console)
    conditions.policy(planned.review, environment.name)
    _agreed(bundle, planned.review, environment, console)
    return Ready(prepared, planned)


def _agreed(bundle: Bundle, review: Review, environment: Environment, console: Console) -> None:
    """Whoever applies the bundle has read its review. Of a loss that it does not tell, the person is asked."""
    lost = consent.missing(review, consent.seen(bundle))
    if lost:
        consent.ask(environment, lost, console)


def _missing(bundle: Bundle, target: Target) -> list[str]:
    return [name for name, image in sorted(bundle.images.items()) if not ecr.holds(target.aws, name, image.digest)]


def _proposed(bundle: Bundle, target: Target) -> list[str]:
    return [
        name
        for name, image in sorted(bundle.images.items())
        if delivery.find(target.aws, name, image.tag, proposed=False) != image.digest
    ]


def _left(bundle: Bundle, stale: Refused, prepared: Prepared, console: Console) -> Planned:
    """The plan of what is left to do of a bundle that may have been applied: nothing, or it is refused as `stale`.

    A run that applied it and could not prove the version, or not write down its release, is so gone on with. The
    checkout and the images are the bundle's, so where they leave nothing to change, it is applied.
    """
    planned = planning.plan(prepared, console, writes=False)
    if planned.file is not None:
        planning.discard(planned)
        raise stale
    console.say(f"bundle {bundle.sha256[:12]} is applied already, nothing is left to change: it is verified")
    if bundle.plan_file is not None:
        planning.use_up(bundle.plan_file, console)
    return planned


def _finished(bundle: Bundle, taken: Path | None, prepared: Prepared, console: Console) -> Planned:
    """The plan that keeps what an earlier run has left unfinished, if it does nothing else than was reviewed.

    The mark is in the state that the bundle's plan was made against, so that plan cannot be applied without it.
    """
    assert taken is not None
    reviewed = planning.read(prepared.root, taken)
    planned = planning.plan(prepared, console)
    different = own_review.differences(reviewed, planned.plan, planned.review, bundle.unfinished)
    if different:
        planning.discard(planned)
        raise conditions.other_plan(bundle, different)
    return replace(planned, bundled=bundle.plan_file)


def _planned(bundle: Bundle, taken: Path | None, prepared: Prepared, console: Console) -> Planned:
    if taken is None:
        return Planned(None, own_review.of(Plan(), prepared))
    with console.stage("review") as stage:
        stage.note("reading the plan")
        shown = prepared.root.show(taken)
        found = own_review.of(reading.read(shown), prepared)
        stage.result = str(found.counts)
    return Planned(
        taken, found, definitions=planning.definitions(shown), shown=shown, bundled=bundle.plan_file
    )  # fmt: skip
