"""Back to an earlier release on purpose: its images and manifests, planned, reviewed, applied, proven as any deploy."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from orchestrator import places
from orchestrator.aws import ecr
from orchestrator.console import Console
from orchestrator.deploy import deployment, going_back, planning
from orchestrator.deploy.deployment import Live
from orchestrator.deploy.planning import Planned
from orchestrator.errors import Failure
from orchestrator.images import build, checkout, delivery
from orchestrator.images.delivery import Base
from orchestrator.prepare import counts, preflight
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import commit, lock, manifest
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import FILE_NAME
from orchestrator.releases import audit, freeze, history, releases
from orchestrator.releases.releases import Origin, Release
from orchestrator.secrets import checking
from orchestrator.standby import callers
from orchestrator.standby.standby import Standby
from orchestrator.system import paths, plain
from orchestrator.target import Target
from orchestrator.terraform import roots

FILES_SHOWN = 8
_ECR_HOST = re.compile(r"([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com")
Decide = Callable[[Planned], None]


@dataclass(frozen=True)
class RolledBack:
    """What came of it: `to` is live again as `live.release`. `planned.file` is None where it was live already."""

    before: Release
    to: Release
    prepared: Prepared
    planned: Planned
    live: Live
    was_live: bool
    seconds: float


def roll_back(
    environment: Environment, console: Console, named: str | None, decide: Decide, *, despite_freeze: str | None = None
) -> RolledBack:
    """Make the named release, or the one before the live one, live again; `decide` raises to refuse its plan.

    Raises `Failure`, before anything is begun, if there is no such release, if it is of another account, or if an image
    of its is gone, and `Frozen` if the environment is frozen and `despite_freeze` does not say why it is done all the
    same.
    """
    began = time.monotonic()
    if named is not None:
        history.number(named)
    target = ready(environment, console)
    arguments = {"release": named} if named else {}
    with (
        lock.held(environment, f"rollback {environment.name}", console),
        audit.recorded(environment, console, verb="rollback", arguments=arguments),
    ):
        past = releases.history(target.aws)
        to = history.target(past, named, environment.name)
        audit.reached(target.aws)
        freeze.refuse(target.aws, despite_freeze)
        refuse_other_registry(to, environment)
        refuse_missing(to, missing_images(to, target))
        check_secrets(target, to, "rollback", console)
        runs: list[str] = []
        root = roots.initialised(target, console, runs)
        overrides = counts.load(target.aws)
        prepared = at(Prepared(target, [], [], root, past[-1], runs, overrides=overrides), to, "rollback")
        planned = planning.plan(prepared, console, f"{environment.name}: back to {to.name}")
        if is_live(prepared, planned):
            return RolledBack(past[-1], to, prepared, planned, _live(target, past[-1]), True, time.monotonic() - began)
        changed = commit.changed(to.commit, paths.TERRAFORM)
        console.say(not_taken_back(to, None if changed is None else settings(changed, environment), environment.name))
        decide(planned)
        origin = Origin(commit=to.commit, rollback_of=to.name)
        live = deployment.carry_out(prepared, planned, console, origin=origin, despite_freeze=despite_freeze)
    return RolledBack(past[-1], to, prepared, planned, live, False, time.monotonic() - began)


def ready(environment: Environment, console: Console) -> Target:
    """The target of an environment that is up, once everything that a deploy without a build needs has been checked."""
    if environment.place.runs_tasks_here:
        reached = places.reach(environment)
        preflight.check(environment, console)
        return reached
    return preflight.check_without_engine(environment).target or places.reach(environment)


def at(prepared: Prepared, release: Release, folder: str) -> Prepared:
    """As `going_back.at`, for a release that a person has chosen. Raises `Failure` if its manifests cannot be read."""
    with understood(release):
        return going_back.at(prepared, release, folder)


def check_secrets(target: Target, release: Release, folder: str, console: Console) -> None:
    """Raise `Failure` if a secret that the release's services need cannot be read."""
    with understood(release):
        services = releases.restore_manifests(release, target.environment.work / folder, target.environment.name)
    checking.checked(target.aws, services, console)


@contextmanager
def understood(release: Release) -> Iterator[None]:
    """Raise `Failure` with the commit that the release is of if its manifests cannot be read inside."""
    try:
        yield
    except Failure as failure:
        raise Failure(
            f"this checkout does not understand the manifests of {release.name}",
            reason=f"{failure.message}\n{failure.reason}".strip(),
            details=failure.details,
            next_step=f"run it from a checkout that does: its commit is {plain.commit(release.commit)}"
            if release.commit
            else "deploy the older version from its own checkout",
        ) from failure


def is_live(prepared: Prepared, planned: Planned) -> bool:
    """True if what is prepared is the last release, nothing has to change for it, no standby stands in for it and no
    service has to be deployed once more to know what it calls."""
    last = prepared.last
    if last is None or planned.file is not None or Standby(prepared.target).existing():
        return False
    if callers.look(prepared.target, prepared.services, releases.backends(last)):
        return False
    return releases.is_same(last, prepared.services, prepared.images)


def refuse_other_registry(release: Release, environment: Environment) -> None:
    """Raise `Failure` for a release whose images are in the registry of another account or region."""
    for service, uri in sorted(release.images.items()):
        found = _ECR_HOST.match(uri)
        if found and (found[1], found[2]) != (environment.account_id, environment.region):
            raise Failure(
                f"{release.name} is of another account or region than {environment.name}",
                reason=f"Its image of {service} is in account {found[1]}, {found[2]}; {environment.file.name} names "
                f"{environment.account_id}, {environment.region}.",
                next_step=f"name a release of {environment.name} that was made since: "
                f"python3 orchestrate.py releases {environment.name}",
            )


def missing_images(release: Release, target: Target) -> dict[str, str]:
    """Service => digest of the release's images that the registry does not hold."""
    digests = {image.service: image.digest for image in release.deployed}
    return {name: digest for name, digest in sorted(digests.items()) if not ecr.holds(target.aws, name, digest)}


def refuse_missing(release: Release, missing: Mapping[str, str]) -> None:
    """Raise `Failure` if images of the release are gone from the registry."""
    if missing:
        again = f"check out {plain.commit(release.commit)} and run `up`, which builds them again"
        raise Failure(
            f"images of {release.name} are gone from the registry: {', '.join(missing)}",
            reason="Nothing was changed. The images of older releases than the last "
            f"{releases.KEPT} are not kept, and whoever may delete images may have deleted these:",
            details=[f"{name}: {digest}" for name, digest in missing.items()],
            next_step=again if release.commit else "name another release",
        )


def settings(files: Sequence[str], environment: Environment) -> list[str]:
    """Those of the files in terraform/ that decide what the environment is made of."""
    own = f"environments/{environment.file.name}"
    code = [name for name in files if name.startswith(("environment/", "modules/")) and "/tests/" not in name]
    return [name for name in code if name.endswith((".tf", ".tftpl"))] + [name for name in files if name == own]


def not_taken_back(release: Release, changed: Sequence[str] | None, environment: str) -> str:
    """What a release does not hold and so stays as it is; `changed` are Terraform's files that differ since."""
    stays = "tables with their indexes and data, the network and all other settings are not part of a release"
    if changed is None:
        return f"{stays}: they stay as terraform/ and {environment}.tfvars in this checkout say"
    if not changed:
        return f"{stays}; none of these settings has changed since {release.name}"
    shown = [*changed[:FILES_SHOWN], *([f"{len(changed) - FILES_SHOWN} more"] if len(changed) > FILES_SHOWN else [])]
    return f"{stays}; changed since {release.name} and not taken back: {', '.join(shown)}"


def next_up(environment: Environment, target: Target, release: Release, console: Console) -> str:
    """One line: what an `up` from the checkout as it is now would do to what runs."""
    try:
        services = checkout.services(environment, console)
    except Failure as failure:
        return f"an `up` from this checkout would fail: {failure.message}"
    manifests = {service.name: (service.folder / FILE_NAME).read_text(encoding="utf-8") for service in services}
    return of_up(environment.name, release, manifests, _tags(environment, target, release))


def of_up(environment: str, release: Release, manifests: Mapping[str, str], tags: Mapping[str, str] | None) -> str:
    """The line, of the checkout's manifests and tags; tags are None where nothing has been built here yet."""
    if tags is None:
        return f"an `up {environment}` from this checkout deploys what the checkout says, in place of {release.name}"
    parts = {
        "deploys": [
            name
            for name in sorted(manifests.keys() & release.manifests.keys())
            if manifests[name] != release.manifests[name] or tags.get(name) != release.tags.get(name)
        ],
        "adds": sorted(manifests.keys() - release.manifests.keys()),
        "removes": sorted(release.manifests.keys() - manifests.keys()),
    }
    told = [f"{verb} {', '.join(names)}" for verb, names in parts.items() if names]
    if not told:
        return f"an `up {environment}` from this checkout changes no image: they are those of {release.name}"
    return f"an `up {environment}` from this checkout undoes this: it {' and '.join(told)}"


def _tags(environment: Environment, target: Target, release: Release) -> dict[str, str] | None:
    from orchestrator.machine import base_image

    base = base_image.remembered()
    if base is None:
        return None
    services = manifest.load()
    platform = build.platform(environment.cpu_architecture)
    wanted = delivery.wanted(target.aws, services, Base(base.reference, base.content_id), platform, release.tags)
    return {image.service.name: image.tag for image in wanted}


def _live(target: Target, release: Release) -> Live:
    return Live(target.url() or "", release)
