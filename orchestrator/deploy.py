"""Plan, apply, and the verdict: what `up` does once the images are in the registry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestrator import aws, bundle, releases, reviewing, rollout, smoke, terraform, variables
from orchestrator.console import Console
from orchestrator.delivery import Delivered
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.narrator import Narrator
from orchestrator.prepare import Prepared, release_repositories
from orchestrator.releases import Release
from orchestrator.review import reading
from orchestrator.review import review as core
from orchestrator.review.model import Counts, Plan, Review
from orchestrator.rollout import Expected, Overtaken


@dataclass(frozen=True)
class Planned:
    """A saved plan and its review. `file` is None where there is nothing to change.

    `plan` is as it was read: the review's own has the secrets taken out that nobody marked, and so does not tell two of
    them apart.
    """

    file: Path | None
    review: Review
    plan: Plan = field(default_factory=Plan, repr=False)


@dataclass(frozen=True)
class Live:
    """A deploy that was proven: where it is reached, and its release."""

    url: str
    release: Release


def plan(prepared: Prepared, console: Console, title: str = "") -> Planned:
    """Make the plan and review it. A plan that changes nothing costs one Terraform run."""
    file = prepared.target.environment.work / "environment.tfplan"
    with console.stage("terraform plan") as stage:
        var_files = variables.write(prepared)
        if not prepared.root.plan(file, var_files, on_event=Narrator(stage)):
            file.unlink(missing_ok=True)
            stage.result = "no change"
            return Planned(None, reviewing.of(Plan(), prepared, title))
        try:
            stage.note("reading the plan")
            whole = read(prepared.root, file)
            if whole.does_nothing:
                file.unlink(missing_ok=True)
                stage.result = "no change"
                return Planned(None, reviewing.of(Plan(), prepared, title))
            found = reviewing.of(whole, prepared, title)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        stage.result = str(found.counts)
    return Planned(file, found, whole)


def read(root: terraform.Root, file: Path, same_images: Mapping[str, str] | None = None) -> Plan:
    """What a saved plan does, with everything sensitive masked; `same_images` are digests to read as others."""
    shown = root.show(file)
    if same_images:
        text = json.dumps(shown)
        for then, now in same_images.items():
            text = text.replace(then, now)
        shown = json.loads(text)
    return reading.read(shown)


def carry_out(
    prepared: Prepared, planned: Planned, console: Console, *, planned_at: str = "", sha256: str = ""
) -> Live:
    """Apply the plan, prove the version live, record the release; go back to the last one if it does not go live.

    `planned_at` and `sha256` are the commit and the hash of the bundle that the plan is from. Raises `Failure`.
    """
    expected = apply(prepared, planned, console)
    try:
        url = prove(prepared, expected, console)
    except (Interrupted, Overtaken, Unwatched):
        raise
    except Failure as failure:
        raise restore(prepared, failure, console) from failure
    release = releases.record(
        prepared.target.aws, prepared.services, prepared.images, prepared.last, planned_at=planned_at, bundle=sha256
    )
    release_repositories(prepared, console)
    return Live(url, release)


def apply(prepared: Prepared, planned: Planned, console: Console) -> dict[str, Expected]:
    """Apply the saved plan, then remove it: it holds the state in clear. Returns what each service should run."""
    names = [service.name for service in prepared.services]
    if planned.file is None:
        return {name: Expected(prepared.uris[name]) for name in names}
    try:
        before = rollout.definitions(prepared.target, names)
        with console.stage("terraform apply") as stage:
            events = Narrator(stage)
            outputs = prepared.root.apply(planned.file, variables.write(prepared), on_event=events)
            stage.result = events.summary
    finally:
        planned.file.unlink(missing_ok=True)
        bundle.discard_plan(prepared.target.environment)
    made = outputs["task_definitions"]
    return {name: Expected(prepared.uris[name], made[name], before.get(name)) for name in names}


def prove(prepared: Prepared, expected: Mapping[str, Expected], console: Console) -> str:
    """Wait for the rollout, run the smoke test and return the URL. Raises `Failure` if the version is not live.

    Raises `Unwatched` if AWS did not let it be watched: that says nothing against the version.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    services, target = prepared.services, prepared.target
    try:
        with console.stage("rollout") as stage:
            tasks = rollout.wait(target, services, expected, stage)
            stage.result = f"{len(services)} services live"
        address = target.address()
        if address is None:
            raise Failure("there is no load balancer", next_step="run the same command again")
        with console.stage("smoke test") as stage:
            with_tasks = [service for service in services if tasks[service.name]]
            smoke.test(address, with_tasks, stage, environment=target.environment.name)
    except (BotoCoreError, ClientError) as error:
        raise Unwatched(target.environment.name, error) from error
    if address.host != address.balancer and not address.resolves:
        console.say(f"warning: {address.host} does not resolve yet: point it (CNAME or alias) to {address.balancer}")
    return address.url


class Unwatched(Failure):
    """The rollout goes on without anybody watching: AWS did not answer. Nothing is rolled back for that."""

    def __init__(self, environment: str, error: Exception) -> None:
        super().__init__(
            "the new version could not be watched to its end",
            reason=aws.explain(error),
            next_step=f"python3 orchestrate.py up {environment}   (changes nothing more, and looks again)",
        )


def restore(prepared: Prepared, failed: Failure, console: Console) -> Failure:
    """After a failed rollout: apply the last release's images and manifests, so that Terraform's state is what runs.

    Returns the failure to raise, with exit code 4 where the previous version was proven to serve. There is nothing to
    go back to before the first release, or where the last release is what has just failed.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    last = prepared.last
    if last is None or releases.is_same(last, prepared.services, prepared.images):
        return failed
    console.say(f"going back to {last.name}: {failed.message}")
    try:
        before = _at(prepared, last)
        prove(before, apply(before, plan(before, console), console), console)
    except Interrupted:
        raise
    except (Failure, BotoCoreError, ClientError) as second:
        why = f"{second.message}\n{second.reason}" if isinstance(second, Failure) else aws.explain(second)
        return Failure(
            failed.message,
            reason=f"{failed.reason}\nGoing back to {last.name} failed too: {why}",
            details=failed.details,
            next_step=failed.next_step,
        )
    return Failure(
        f"{failed.message}; {last.name} serves",
        reason=failed.reason,
        details=failed.details,
        next_step=failed.next_step,
        exit_code=ExitCode.ROLLED_BACK,
    )


def _at(prepared: Prepared, release: Release) -> Prepared:
    folder = prepared.target.environment.work / "manifests"
    services = releases.restore_manifests(release, folder)
    images = [
        Delivered(name, release.tags[name], uri.rpartition("@")[2], uri, False, False, release.name)
        for name, uri in release.images.items()
    ]
    return replace(prepared, services=services, images=images, services_dir=folder)


def destroy(root: terraform.Root, var_files: list[Path], console: Console, work: Path) -> Counts:
    """Destroy everything in the root module's state, by a saved plan."""
    file = work / "destroy.tfplan"
    try:
        with console.stage("terraform plan -destroy") as stage:
            if not root.plan(file, var_files, on_event=Narrator(stage), destroy=True):
                return Counts()
            found = core.counts(read(root, file))
            stage.result = str(found)
        with console.stage("terraform destroy") as stage:
            events = Narrator(stage)
            root.apply(file, var_files, on_event=events)
            stage.result = events.summary
        return found
    finally:
        file.unlink(missing_ok=True)
