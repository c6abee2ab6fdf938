"""Plan, apply, and the verdict: what `up` does once the images are in the registry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator import changes as changes_module
from orchestrator import releases, rollout, smoke, terraform
from orchestrator.changes import Changes
from orchestrator.console import Console
from orchestrator.delivery import Delivered
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.prepare import Narrator, Prepared, write_variables
from orchestrator.releases import Release


@dataclass(frozen=True)
class Planned:
    """A saved plan. `file` is None where there is nothing to change."""

    file: Path | None
    changes: Changes


def plan(prepared: Prepared, console: Console) -> Planned:
    """Make the plan and read what it changes. A plan that changes nothing costs one Terraform run."""
    file = prepared.target.environment.work / "environment.tfplan"
    with console.stage("terraform plan") as stage:
        var_files = write_variables(prepared)
        if not prepared.root.plan(file, var_files, on_event=Narrator(stage)):
            file.unlink(missing_ok=True)
            stage.result = "no change"
            return Planned(None, Changes())
        stage.note("reading the plan")
        found = changes_module.read(prepared.root.show(file))
        stage.result = found.summary()
    return Planned(file, found)


def apply(prepared: Prepared, planned: Planned, console: Console) -> None:
    """Apply the saved plan, then remove it: it holds the state in clear."""
    if planned.file is None:
        return
    try:
        with console.stage("terraform apply") as stage:
            events = Narrator(stage)
            prepared.root.apply(planned.file, on_event=events)
            stage.result = events.summary
    finally:
        planned.file.unlink(missing_ok=True)


def prove(prepared: Prepared, console: Console) -> str:
    """Wait for the rollout, run the smoke test and return the URL. Raises `Failure` if the version is not live."""
    services, target = prepared.services, prepared.target
    with console.stage("rollout") as stage:
        rollout.wait(target, services, prepared.uris, stage)
        stage.result = f"{len(services)} services live"
    url = target.url()
    if url is None:
        raise Failure("there is no load balancer", next_step="run the same command again")
    with console.stage("smoke test") as stage:
        smoke.test(url, services, stage)
    return url


def restore(prepared: Prepared, failed: Failure, console: Console) -> Failure:
    """After a failed rollout: apply the last release's images and manifests, so that Terraform's state is what runs.

    Returns the failure to raise, with exit code 4 where the previous version serves.
    """
    last = prepared.last
    if last is None:
        return failed
    console.say(f"going back to {last.name}: {failed.message}")
    try:
        before = _at(prepared, last)
        apply(before, plan(before, console), console)
        with console.stage("rollout") as stage:
            rollout.wait(before.target, before.services, before.uris, stage)
            stage.result = f"{last.name} is live"
    except Interrupted:
        raise
    except Failure as second:
        return Failure(
            failed.message,
            reason=f"{failed.reason}\nGoing back to {last.name} failed too: {second.message}\n{second.reason}",
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


def destroy(root: terraform.Root, var_files: list[Path], console: Console, work: Path) -> Changes:
    """Destroy everything in the root module's state, by a saved plan."""
    file = work / "destroy.tfplan"
    try:
        with console.stage("terraform plan -destroy") as stage:
            if not root.plan(file, var_files, on_event=Narrator(stage), destroy=True):
                return Changes()
            found = changes_module.read(root.show(file))
            stage.result = found.summary()
        with console.stage("terraform destroy") as stage:
            events = Narrator(stage)
            root.apply(file, on_event=events)
            stage.result = events.summary
        return found
    finally:
        file.unlink(missing_ok=True)
