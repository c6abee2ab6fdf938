"""A deploy from its plan to its release: hold what serves, apply, prove, hand over, record.

Whatever happens in between, the version that serves goes on serving: its standby has people's requests until the new
version is proven, and for as long as nothing else is (orchestrator/standby/standby.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from orchestrator.aws import refusals, session
from orchestrator.console import Console
from orchestrator.deploy import going_back, notices, planning
from orchestrator.deploy.planning import Planned
from orchestrator.deploy.prove import How, Unwatched, prove
from orchestrator.errors import Failure, Interrupted
from orchestrator.images import checkout
from orchestrator.picture import taking
from orchestrator.prepare import counts, repositories
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import environment as environments
from orchestrator.proof import copied, given_up, rollout
from orchestrator.proof.rollout import Expected, Observer
from orchestrator.proof.watch import Overtaken
from orchestrator.releases import audit, freeze, image_tags, releases
from orchestrator.releases.releases import THE_CHECKOUT, Origin, Release
from orchestrator.standby import callers, listener_rules, moving
from orchestrator.standby.standby import Standby
from orchestrator.tasks import before_deploy


@dataclass(frozen=True)
class Live:
    """A deploy that was proven: where it is reached, its release, and the file of its picture if one was written.

    `tidy` is false where something that was there for its time only could not be removed.
    """

    url: str
    release: Release
    picture: Path | None = None
    tidy: bool = True


def carry_out(
    prepared: Prepared,
    planned: Planned,
    console: Console,
    *,
    origin: Origin = THE_CHECKOUT,
    despite_freeze: str | None = None,
) -> Live:
    """Apply the plan, prove the version live, record the release; go back to the last one if it does not go live.

    `despite_freeze` is why it is done although the environment is frozen. Raises `Frozen` before anything is changed,
    or `Failure`.
    """
    try:
        freeze.pass_over(prepared.target.aws, despite_freeze, console.say)
    except BaseException:
        if planned.file is not None:
            planned.file.unlink(missing_ok=True)  # it holds the state in clear
        raise
    with (
        taking.taken(prepared.target.environment, console) as picture,
        notices.of_deploy(prepared, planned, console) as outcome,
    ):
        picture.prepared(prepared.images, prepared.last, prepared.commit)
        picture.planned(planned.review)
        live = _carry_out(prepared, planned, console, origin)
        outcome.live(live.url, live.release)
        picture.live(live.url, live.release, prepared.target.aws)
    return replace(live, picture=picture.file)  # inside of an `up` there is none yet


def _carry_out(prepared: Prepared, planned: Planned, console: Console, origin: Origin) -> Live:
    from botocore.exceptions import BotoCoreError, ClientError

    if origin.commit is None:
        origin = replace(origin, commit=prepared.commit if prepared.commit is not None else checkout.head().whole)
    plan = planned.sha256
    _note(prepared, origin, plan)
    standby = Standby(prepared.target)
    try:
        if not origin.rollback_of:
            _before(prepared, planned, console)
        left = _hold(prepared, planned, standby, console)
        stuck = _given_up(prepared, planned)
        copied.begin_no_more(prepared.target)
        expected = _apply(prepared, planned, standby, console)
        if prepared.waiting:
            prepared = _start(prepared, console)
        again = given_up.start_again(prepared.target, stuck, prepared.deployed, console)
        again |= copied.replace(prepared.target, expected.keys() - again.keys(), console)
        expected = {name: replace(item, given_up=again.get(name, "")) for name, item in expected.items()}
        # Behind that: a backend that was started again has its name only since then.
        renewed = callers.renew(prepared.target, prepared.services, releases.backends(prepared.last), console)
        serving = standby.serving() if left else []
        new = planned.file is not None or bool(left or again or renewed) or not _is_recorded(prepared)
        how = How(prepared.target.environment.soak_seconds if new else 0.0, behind_standby=bool(serving))
        url = prove(prepared, expected, console, how)
        if serving:
            with console.stage("hand over") as stage:
                standby.hand_back()
                stage.result = f"requests for {', '.join(serving)} reach the new version"
        copied.none_left(prepared.target)
    except (Interrupted, Overtaken, Unwatched) as failure:
        raise _as_left(prepared, failure) from None
    except NotApplied as failure:
        raise failure.told from failure
    except Failure as failure:
        raise going_back.restore(prepared, failure, console) from failure
    except (BotoCoreError, ClientError) as error:
        raise _as_left(prepared, Unwatched(error)) from error
    with refusals.explained(
        "the new version is live, but its release could not be written down",
        next_step="run the same command again: it changes nothing more, and records what is live",
    ):
        release = releases.record(
            prepared.target.aws, prepared.services, prepared.images, prepared.last, origin=origin, plan=plan
        )
    audit.released(release.name)
    if prepared.overrides:
        counts.forget(prepared.target.aws, prepared.overrides, counts.dropped(prepared.overrides, prepared.configured))
    more = bool(prepared.former_ports or moving.moved(planned.review.plan))
    if planned.settled and not left and prepared.last is not None and release.name == prepared.last.name:
        return Live(url, release)
    return Live(url, release, tidy=_tidy(replace(prepared, last=release), standby, left, more, console))


def _note(prepared: Prepared, origin: Origin, plan: str) -> None:
    """What is deployed, for the record of the command: of a deploy that fails there is no release."""
    audit.deploys({"images": prepared.uris, "plan": plan, **asdict(origin)})


def _is_recorded(prepared: Prepared) -> bool:
    return prepared.last is not None and releases.is_same(prepared.last, prepared.services, prepared.images)


class NotApplied(Exception):
    """Terraform did not get to its end; `told` is the failure to raise."""

    def __init__(self, told: Failure) -> None:
        super().__init__(told.message)
        self.told = told


def _before(prepared: Prepared, planned: Planned, console: Console) -> None:
    """Run the tasks that come before a new version. What they fail with has changed nothing."""
    try:
        before_deploy.of_planned(prepared, planned.definitions, console)
    except BaseException as failure:
        planning.discard(planned)
        if isinstance(failure, Failure) and not isinstance(failure, Interrupted):
            raise NotApplied(failure) from failure
        raise


def _start(prepared: Prepared, console: Console) -> Prepared:
    """Run the tasks that services wait for, then give those services their tasks."""
    before_deploy.of_waiting(prepared, console)
    started = replace(prepared, waiting=frozenset())
    planning.apply(started, planning.plan(started, console), console)
    return started


def _given_up(prepared: Prepared, planned: Planned) -> dict[str, str]:
    """The services whose deployment ECS has given up before this deploy changes anything, each with its id."""
    with _nothing_changed(planned, "what ECS says of the services is not known"):
        return given_up.look(prepared.target, [service.name for service in prepared.services if service.runs])


@contextmanager
def _nothing_changed(planned: Planned, message: str) -> Iterator[None]:
    """Where AWS does not answer before anything was applied, that is what the failure says."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        planning.discard(planned)
        raise NotApplied(
            refusals.failure(error, f"{message}; nothing was changed", next_step="run the same command again")
        ) from error


def _hold(prepared: Prepared, planned: Planned, standby: Standby, console: Console) -> list[str]:
    """Let standbys take the requests of what the plan moves; all services that have a standby then.

    Nothing is held before the first release: a version that was never proven holds nothing.
    """
    with _nothing_changed(planned, "the version that serves could not be held while a new one is proven"):
        left = standby.existing()
        if planned.file is None or prepared.last is None:
            return left
        proven = [service for service in prepared.services if service.name in prepared.last.images]
        serving = standby.paths(service.name for service in proven)
        moved = listener_rules.with_those_below(listener_rules.moved(planned.review.plan, serving), serving)
        wanted = [service for service in proven if service.name in moved]
        if not wanted:
            return left
        with console.stage("standby") as stage:
            held = standby.hold(wanted, stage)
            stage.result = (
                f"{prepared.last.name} of {', '.join(held)} serves until the new version is proven"
                if held
                else "nothing that could serve meanwhile"
            )
        return standby.existing()


def _apply(prepared: Prepared, planned: Planned, standby: Standby, console: Console) -> dict[str, Expected]:
    from botocore.exceptions import BotoCoreError, ClientError

    names = [service.name for service in prepared.services]
    with _nothing_changed(planned, "what serves could not be looked at"):
        before = rollout.definitions(prepared.target, names)
    try:
        return planning.apply(prepared, planned, console)
    except Interrupted as failure:
        failure.next_step = prepared.root.rest or failure.next_step
        raise
    except Failure as failure:
        try:
            told = _keep_what_serves(prepared, before, failure, standby, console)
        except (BotoCoreError, ClientError) as error:
            told = _with(failure, f"What serves could not be looked at either: {session.explain(error)}")
        raise NotApplied(told) from failure


def _keep_what_serves(
    prepared: Prepared, before: dict[str, str], failure: Failure, standby: Standby, console: Console
) -> Failure:
    """After an apply that failed: the standby goes if what it stands in for is untouched, else it stays."""
    serving = standby.serving()
    if not serving:
        return failure
    if rollout.definitions(prepared.target, serving) == {name: before.get(name) for name in serving}:
        with suppress(Failure), console.stage("hand back") as stage:
            going_back.settle(prepared, serving, stage)
            standby.hand_back()
            standby.remove(stage)
            stage.result = f"{', '.join(serving)} as before"
            return failure
    return _with(failure, f"The version before serves: {', '.join(serving)} from its standby.")


def _as_left(prepared: Prepared, failure: Failure) -> Failure:
    """What an interrupted deploy leaves: a standby that serves goes on, a version that was never proven stops dying."""
    from botocore.exceptions import BotoCoreError, ClientError

    told = []
    with suppress(BotoCoreError, ClientError):
        serving = Standby(prepared.target).serving()
        if serving:
            told.append(f"The version before serves: {', '.join(serving)} from its standby, until `up` runs again.")
        if isinstance(failure, Interrupted):
            stopped = _stop_dying(prepared, serving)
            if stopped:
                told.append(f"{', '.join(stopped)} died again and again and has no task now; `up` starts it again.")
    return _with(failure, "\n".join(told)) if told else failure


def _stop_dying(prepared: Prepared, served: Sequence[str]) -> list[str]:
    """Take the tasks from services that die and that nobody needs: a standby serves, or nothing ever did."""
    ecs, stopped = prepared.target.aws.client("ecs"), []
    proven = prepared.last.images if prepared.last else {}
    names = [item.name for item in prepared.services if item.name not in proven or item.name in served]
    for name, seen in Observer(prepared.target).observe_all(names).items():
        if seen.service.get("status") == "ACTIVE" and seen.failures(Expected("")):
            ecs.update_service(cluster=prepared.target.environment.prefix, service=name, desiredCount=0)
            stopped.append(name)
    return stopped


def _with(failure: Failure, more: str) -> Failure:
    failure.reason = f"{failure.reason}\n{more}".strip()
    return failure


def _tidy(prepared: Prepared, standby: Standby, left: list[str], again: bool, console: Console) -> bool:
    """Remove what was there for the deploy's time only; whether all of it is.

    The release is recorded: nothing here takes it back.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        if left:
            with console.stage("standby") as stage:
                standby.remove(stage)
                stage.result = f"of {', '.join(left)} removed"
        if again:
            planning.apply(prepared, planning.plan(prepared, console), console)
        kept = releases.history(prepared.target.aws, releases.KEPT + 1)
        image_tags.keep(prepared.target.aws, kept)
        names = {service.name for service in prepared.services}
        neighbours = (name for name in environments.emulated() if name != prepared.target.environment.name)
        released = image_tags.services(kept).union(
            *(image_tags.services(releases.history(prepared.target.aws, releases.KEPT, name)) for name in neighbours)
        )
        repositories.release(prepared.target, names, console, prepared.runs, released)
    except Interrupted:
        raise
    except (Failure, BotoCoreError, ClientError) as error:
        why = f"{error.message}: {error.reason}" if isinstance(error, Failure) else session.explain(error)
        console.say(f"warning: what the deploy needed for its time is not all removed, the next `up` does it ({why})")
        return False
    return True
