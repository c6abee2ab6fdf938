"""After a version that was not proven: back to the last release, so that Terraform's state is what runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.aws import ecr, session
from orchestrator.console import Console, Stage
from orchestrator.deploy import planning
from orchestrator.deploy.prove import How, prove
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.prepare import autoscaled
from orchestrator.prepare.prepare import Prepared
from orchestrator.proof.rollout import Expected
from orchestrator.proof.smoke import SmokeFailed
from orchestrator.proof.watch import RolloutFailed, Watch
from orchestrator.releases import releases
from orchestrator.releases.releases import Release
from orchestrator.secrets import checking
from orchestrator.standby import callers, moving
from orchestrator.standby.standby import Standby


def restore(prepared: Prepared, failed: Failure, console: Console) -> Failure:
    """Apply the last release's images and manifests, prove them, let requests reach them; the failure to raise.

    Its exit code is 4 where the previous version was proven to serve. There is nothing to go back to before the first
    release: then what failed is left without a task, for it was never proven and would die for ever. Nor is there where
    the last release is what has just failed with something else than its images and manifests changed.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    last = prepared.last
    if last is None:
        return _pause(prepared, failed, console)
    standby = Standby(prepared.target)
    if releases.is_same(last, prepared.services, prepared.images):
        why = f"Images and manifests are those of {last.name}: something else has changed."
        return _served_by_standby(prepared, failed, why)
    console.say(f"going back to {last.name}: {failed.message}")
    try:
        before = at(prepared, last)
        planned = planning.plan(before, console)
        expected = planning.apply(before, planned, console)
        # A name that the failed version did not have is new, however old its service is.
        kept = {service.name for service in prepared.services if service.kind == "backend"}
        callers.renew(before.target, before.services, releases.backends(last) & kept, console)
        serving = standby.serving()
        prove(before, expected, console, How(behind_standby=bool(serving)))
        if standby.existing():
            with console.stage("hand back") as stage:
                standby.hand_back()
                standby.remove(stage)
                stage.result = f"requests reach {last.name} again" if serving else "standby removed"
        if moving.moved(planned.review.plan):
            planning.apply(before, planning.plan(before, console), console)
    except Interrupted:
        raise
    except (Failure, BotoCoreError, ClientError) as second:
        why = f"{second.message}\n{second.reason}" if isinstance(second, Failure) else session.explain(second)
        return _served_by_standby(prepared, failed, f"Going back to {last.name} failed too: {why}")
    return Failure(
        f"{failed.message}; {last.name} serves",
        reason=failed.reason,
        details=failed.details,
        next_step=failed.next_step,
        exit_code=ExitCode.ROLLED_BACK,
    )


def _served_by_standby(prepared: Prepared, failed: Failure, why: str) -> Failure:
    """The failure where the service itself could not be brought back: told with whether a standby serves."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        serving = Standby(prepared.target).serving()
    except (BotoCoreError, ClientError):
        serving = []
    held = f"\nThe version before serves all the same: {', '.join(serving)} from its standby." if serving else ""
    return Failure(
        failed.message,
        reason=f"{failed.reason}\n{why}{held}",
        details=failed.details,
        next_step=failed.next_step,
        exit_code=ExitCode.ROLLED_BACK if serving else failed.exit_code,
    )


def _pause(prepared: Prepared, failed: Failure, console: Console) -> Failure:
    """Give the services that failed no task, by Terraform, until the next `up`."""
    names = _failed_services(failed)
    if not names:
        return failed
    console.say(f"nothing to go back to: {', '.join(names)} gets no task until the next `up`")
    paused = replace(prepared, paused=frozenset(names))
    try:
        planning.apply(paused, planning.plan(paused, console), console)
    except Interrupted:
        raise
    except Failure as second:
        failed.reason = f"{failed.reason}\nIt could not be stopped either: {second.message}"
    return failed


def _failed_services(failed: Failure) -> tuple[str, ...]:
    if isinstance(failed, RolloutFailed):
        return failed.services
    return (failed.service,) if isinstance(failed, SmokeFailed) else ()


def settle(prepared: Prepared, names: Sequence[str], stage: Stage) -> None:
    """Wait until the services run well what they run. Raises `Failure`."""
    if prepared.last is not None:
        before = at(prepared, prepared.last)
        services = [service for service in before.services if service.name in names and service.runs]
        expected = {service.name: Expected(before.uris[service.name]) for service in services}
        Watch(prepared.target, services, expected).until_live(stage)


def at(prepared: Prepared, release: Release, folder: str = "manifests") -> Prepared:
    """The same with a release's images, as they are named in this registry, and its manifests, written to `folder` of
    the environment's work folder. No service waits for its `before_deploy`, and what is autoscaled is asked again."""
    target, written = prepared.target, prepared.target.environment.work / folder
    images = [replace(image, uri=ecr.uri(target.aws, image.service, image.digest)) for image in release.deployed]
    services = releases.restore_manifests(release, written, target.environment.name)
    keys, scaled = checking.looked_at(target.aws, services).keys, autoscaled.read(target, services)
    known = checking.with_keys(services, keys)
    return replace(prepared, services=known, images=images, waiting=frozenset(), autoscaled=scaled)
