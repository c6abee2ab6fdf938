"""The pipeline's stages: plan for a pull request, apply after its merge. Nobody is asked anything."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from orchestrator import places
from orchestrator.aws.session import Aws, explain
from orchestrator.bundle import conditions, fingerprints, on_disk, store
from orchestrator.bundle.on_disk import Bundle
from orchestrator.ci import github, reports
from orchestrator.ci.result import Result
from orchestrator.console import Console
from orchestrator.deploy import consent, deployment, own_review, plan_bundle, planning
from orchestrator.deploy.deployment import Live
from orchestrator.deploy.plan_bundle import Made
from orchestrator.deploy.planning import Planned
from orchestrator.errors import ExitCode, Failure
from orchestrator.images import checkout
from orchestrator.prepare import preflight, prepare
from orchestrator.prepare.preflight import Checked
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import commit as commits
from orchestrator.project import lock
from orchestrator.project.environment import Environment
from orchestrator.releases import audit, freeze
from orchestrator.releases.releases import Origin
from orchestrator.review import policy
from orchestrator.review.model import Plan
from orchestrator.system import paths
from orchestrator.verify import gate

DIFFERENCES_SHOWN = 20


@dataclass
class StageRun:
    """A stage that runs. `result` grows as it goes on, so that a failure tells all that was known by then."""

    environment: Environment
    console: Console
    result: Result
    despite_freeze: str | None = None


def run(
    environment: Environment,
    console: Console,
    name: str,
    named_commit: str | None,
    out: Path,
    *,
    despite_freeze: str | None = None,
    on_result: Callable[[Result], None] = lambda result: None,
) -> Result:
    """Run the stage `plan` or `apply`, write and tell its result into `out` whatever happens. Raises `Failure`.

    `despite_freeze` is why `apply` goes on although the environment is frozen. `on_result` gets the result as well,
    that of a stage that failed too.
    """
    if github.is_runner():
        github.guard_streams()
    began = time.monotonic()
    stage = StageRun(environment, console, Result(name, environment.name, commit(named_commit), 0.0), despite_freeze)
    try:
        rules = policy.load(paths.TERRAFORM / own_review.POLICY, environment.name, datetime.now(UTC).date())
        stage.result = replace(stage.result, stop=rules.stop)
        {"plan": _plan, "apply": _apply}[name](stage)
    except BaseException as error:
        done = reports.cleaned(replace(reports.failed(stage.result, error), seconds=time.monotonic() - began))
        on_result(done)
        for trouble in _told(done, out):
            console.say(f"warning: {trouble.message}: {trouble.reason}")  # why the stage failed is what counts
        if isinstance(error, Failure) and done.failure is not None and done.failure is not error:
            raise done.failure from error
        raise
    stage.result = replace(stage.result, seconds=time.monotonic() - began)
    on_result(reports.cleaned(stage.result))
    for trouble in _told(stage.result, out):
        raise trouble
    return stage.result


def _told(done: Result, out: Path) -> list[Failure]:
    """Write and tell the result in every way. What could not be told hides neither the result nor the other ways."""
    found: list[Failure] = []
    ways: dict[str, Callable[[], None]] = {
        str(out): lambda: reports.write(done, out),
        "GitHub": lambda: reports.to_github(done),
    }
    for where, tell in ways.items():
        try:
            tell()
        except Exception as error:  # whatever it is: the stage has ended, and its end must be told
            reason = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else type(error).__name__
            found.append(
                Failure(
                    f"ci {done.stage} {done.environment} has ended with exit code {int(done.exit_code)}, and its "
                    f"result could not be reported to {where}",
                    reason=reason,
                    next_step="free disk space or correct the permissions; what the stage did is done",
                )
            )
    return found


def commit(named: str | None) -> str:
    """The full hash of the commit that the bundle is kept for: the named one, or the checkout's. Raises `Failure`."""
    if named is not None:
        return named
    found = commits.head(paths.ROOT)
    if found.name:
        return found.name
    raise Failure(
        "the commit is not known",
        reason=f"--commit is not given, and git does not know it: {found.reason}.",
        next_step="name it: --commit $(git rev-parse HEAD)",
        exit_code=ExitCode.USAGE,
    )


def _plan(stage: StageRun) -> None:
    """Build, push, plan, review; keep the bundle for the apply unless the policy stops it."""
    environment = stage.environment
    with _scratch(environment, "plan") as folder:
        title = f"{environment.name} at {stage.result.commit[:12]}"
        try:
            made = plan_bundle.make(environment, stage.console, proposed=True, out=folder / "bundle", title=title)
        except Failure as failure:
            raise _for_new_services(failure, environment) from failure
        stage.result = replace(stage.result, review=made.review, bundle=made.bundle.sha256)
        if made.review.stops:
            raise Failure(
                f"the review stops this plan for {environment.name}: {made.review.because}",
                reason="\n".join(_stopping(stage.result)),
                next_step=conditions.way_out(made.review, environment.name),
                exit_code=ExitCode.STOPPED_BY_REVIEW,
            )
        aws = places.reach(environment).aws
        with stage.console.stage("bundle") as shown:
            prefix = store.put(aws, made.bundle, stage.result.commit)
            shown.result = f"s3://{environment.state_bucket}/{prefix}"
    stage.console.say(f"{environment.name}: {made.review.verdict}, {made.review.counts}")


def _stopping(result: Result) -> Iterator[str]:
    for finding in result.review.findings if result.review else ():
        if result.stops(finding):
            yield f"{finding.severity} {finding.rule} {finding.address}: {finding.reason}"


def _apply(stage: StageRun) -> None:
    """Apply what was reviewed: the plan that the merged code makes now, if it does just that."""
    environment, console = stage.environment, stage.console
    checked = preflight.check_without_engine(environment)
    aws = (checked.target or places.reach(environment)).aws
    freeze.refuse(aws, stage.despite_freeze)
    with _scratch(environment, "apply") as folder:
        with console.stage("bundle") as shown:
            kept = store.newest(aws, stage.result.commit)
            several = len(store.of_commit(aws, stage.result.commit))
            reviewed = store.fetch(aws, kept, folder / "reviewed")
            shown.result = f"{kept.sha256[:12]}, planned {reviewed.created_at}" + (
                f", the newest of {several}" if several > 1 else ""
            )
        stage.result = replace(stage.result, bundle=reviewed.sha256)
        conditions.other_environment(reviewed, environment)
        conditions.missing_when_planned(reviewed)
        done = _planned_again(stage, checked, reviewed, folder / "again")
        stage.result = replace(stage.result, url=done.url, release=done.release)
        stage.result = replace(stage.result, notes=(*stage.result.notes, *_tidied(aws, stage.result.commit)))
    for note in stage.result.notes:
        console.say(note)
    console.say(f"{environment.name} is live as {done.release.name}: {done.url}")


def _planned_again(stage: StageRun, checked: Checked, reviewed: Bundle, folder: Path) -> Live:
    """Plan the merged code, and apply that plan if it does what was reviewed: one plan, one review, under one lock."""
    environment, console = stage.environment, stage.console
    services = checkout.services(environment, console)
    checked = preflight.check_engine(checked, environment, console)
    with (
        lock.held(environment, f"ci apply {environment.name}", console),
        audit.recorded(environment, console, verb="ci apply", arguments={"commit": stage.result.commit}),
    ):
        if checked.target is not None:
            gate.before_build(checked.target.aws, services, console)
        # It builds: of the images that the pull request's job pushed none is deployed.
        prepared = prepare.prepare(environment, services, console, checked=checked)
        prepared.root.rest = (
            "plan what is left, review and apply it: "
            f"python3 orchestrate.py ci plan {environment.name} --commit {stage.result.commit}"
        )
        title = f"{environment.name} at {stage.result.commit[:12]}, planned again after the merge"
        again = plan_bundle.keep(prepared, folder, title, console, writes=True)
        stage.result = replace(stage.result, review=again.review, planned=again.bundle.sha256)
        _same(stage, reviewed, again, prepared)
        _seen(environment, reviewed, again)
        conditions.policy(again.review, environment.name)
        gate.before_apply(prepared.target.aws, services, prepared.images, again.shown, console)
        plan = on_disk.take_plan(again.bundle, environment.work / on_disk.PLAN)
        try:
            return deployment.carry_out(
                prepared, Planned(plan, again.review, again.plan, again.definitions), console,
                origin=Origin(commit=again.bundle.commit, bundle=reviewed.sha256), despite_freeze=stage.despite_freeze,
            )  # fmt: skip
        finally:
            if plan is not None:
                plan.unlink(missing_ok=True)


def _same(stage: StageRun, reviewed: Bundle, again: Made, prepared: Prepared) -> None:
    """Raise `Failure` unless the plan of now does what was reviewed.

    Who may plan may write the bucket, so the saved plan is only what was promised, and is never run: what is run is
    the plan that the merged code itself gives. Where that is nothing, and an earlier run had begun to apply what was
    reviewed, it is applied.
    """
    if _is_applied(reviewed, again, prepared):
        note = f"Bundle {reviewed.sha256[:12]} is applied already, nothing is left to change: it is verified."
        stage.result = replace(stage.result, notes=(*stage.result.notes, note))
        return
    with stage.console.stage("compare with the reviewed plan") as shown:
        then = _promised(reviewed, again.bundle, prepared)
        different = own_review.differences(then, again.plan, again.review, reviewed.unfinished)
        shown.result = "the same" if not different else f"{len(different)} differences"
    if different:
        stage.result = replace(stage.result, differs=True)
        more = len(different) - DIFFERENCES_SHOWN
        raise Failure(
            f"the merged code does something else to {stage.environment.name} than was reviewed",
            reason=f"Planned again, it differs from bundle {reviewed.sha256[:12]} of {stage.result.commit[:12]}:",
            details=[*different[:DIFFERENCES_SHOWN], *([f"and {more} more"] if more > 0 else [])],
            next_step="nothing was applied. Plan this commit, review that, and apply it:\n"
            f"python3 orchestrate.py ci plan {stage.environment.name}",
            exit_code=ExitCode.STOPPED_BY_REVIEW,
        )
    if reviewed.state != again.bundle.state:
        note = (
            f"The state has moved since the review (serial {reviewed.state.serial} then, {again.bundle.state.serial} "
            "now), and the plan still does the same."
        )
        stage.result = replace(stage.result, notes=(*stage.result.notes, note))


def _is_applied(reviewed: Bundle, again: Made, prepared: Prepared) -> bool:
    return (
        reviewed.has_changes and not again.bundle.has_changes and audit.has_begun(prepared.target.aws, reviewed.sha256)
    )


def _seen(environment: Environment, reviewed: Bundle, again: Made) -> None:
    """Raise `Failure` for data that were lost outside of Terraform and of whose loss the reviewed plan said nothing."""
    lost = consent.missing(again.review, consent.seen(reviewed))
    if lost:
        why = f"The review of bundle {reviewed.sha256[:12]} says nothing of it: it happened since."
        way_on = f"plan this commit again and review that: python3 orchestrate.py ci plan {environment.name}"
        raise consent.refused(environment, lost, why, way_on)


def _tidied(aws: Aws, commit: str) -> Iterator[str]:
    """Remove the bundles that are of no use any more. What hinders that is a note: the version is live all the same."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        store.remove(aws, commit)
        store.prune(aws)
    except Failure as failure:
        yield f"Old bundles are left in the state bucket: {failure.message}: {failure.reason}"
    except (BotoCoreError, ClientError) as error:
        yield f"Old bundles are left in the state bucket: {explain(error)}"


def _promised(reviewed: Bundle, again: Bundle, prepared: Prepared) -> Plan:
    """What the reviewed plan does, with the images that were built again now in place of those of the same content.

    Whether its files are still those of the checkout does not matter for that.
    """
    if reviewed.plan_file is None:
        return Plan()
    conditions.other_versions(reviewed, preflight.terraform_version(), fingerprints.providers())
    return planning.read(prepared.root, reviewed.plan_file, same_images(reviewed, again))


def same_images(reviewed: Bundle, again: Bundle) -> dict[str, str]:
    """Digest in the reviewed plan => digest in that of now, for images that another machine built of the same content.

    The tag that counts is the one of now: it is a hash over the merged files.
    """
    pairs = [(image, again.images[name]) for name, image in reviewed.images.items() if name in again.images]
    return {
        then.digest: now.digest
        for then, now in pairs
        if then.tag == now.tag and then.digest != now.digest and re.fullmatch(r"sha256:[0-9a-f]{64}", then.digest)
    }


def _for_new_services(failure: Failure, environment: Environment) -> Failure:
    """A role that plans makes no repositories, and so cannot push the first image of a new service."""
    if "terraform/registry" not in failure.message or not environment.place.has_roles:
        return failure
    return Failure(
        failure.message,
        reason=failure.reason,
        details=failure.details,
        next_step="if a service is new: its image repository is made by somebody who may apply, from this commit:\n"
        f"python3 orchestrate.py plan {environment.name}\nThen run this job again",
        exit_code=failure.exit_code,
    )


@contextmanager
def _scratch(environment: Environment, stage: str) -> Iterator[Path]:
    """A folder for bundles that nothing is left of, also of a run that was killed: they hold the state in clear.

    Raises `Failure` if another stage is at work on the environment in this checkout: it would lose its folder.
    """
    with lock.held(environment, f"ci {stage} {environment.name}", name="ci"):
        folder = environment.work / "ci"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
