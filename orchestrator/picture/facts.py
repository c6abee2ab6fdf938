"""What a picture shows, taken from where it is known. Decides only; asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestrator.console import Stage
from orchestrator.errors import ExitCode, Failure
from orchestrator.images.image import Image
from orchestrator.proof import stops
from orchestrator.proof.smoke import SmokeFailed
from orchestrator.proof.watch import RolloutFailed
from orchestrator.releases.releases import Release
from orchestrator.review.model import Review, Verdict

Outcome = Literal["done", "failed", "not ended"]


@dataclass(frozen=True)
class Step:
    """A stage of the run. `start` is in seconds after the run's beginning, and so are the times of its events.

    `depth` is how many other stages it lies inside of; it follows these. With `quotes` its events are lines that a
    container wrote.
    """

    name: str
    start: float
    seconds: float
    result: str = ""
    outcome: Outcome = "done"
    depth: int = 0
    events: tuple[tuple[float, str], ...] = ()
    quotes: bool = False

    @property
    def end(self) -> float:
        """When it ended."""
        return self.start + self.seconds


@dataclass(frozen=True)
class Failed:
    """Why it failed: what the person was shown, and of a version that failed its service and the tasks that did."""

    message: str
    reason: str = ""
    details: tuple[str, ...] = ()
    next_step: str = ""
    exit_code: int = int(ExitCode.FAILURE)
    service: str = ""
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """One run of a command that deploys.

    `began_at` is in seconds since 1970. `before` is the release before it, `release` the one that it made or left live.
    `images` and `review` are empty as long as it did not come that far. With `is_kept` it is what is kept of a release:
    its review has no values, and the release may be live no more.
    """

    environment: str
    verb: str
    person: str
    began_at: float
    seconds: float
    steps: tuple[Step, ...] = ()
    images: tuple[Image, ...] = ()
    before: Release | None = None
    review: Review | None = None
    release: Release | None = None
    url: str = ""
    commit: str = ""
    failed: Failed | None = None
    is_kept: bool = False

    @property
    def verdict(self) -> Verdict:
        """The colour of it all: a version that is live, a run that somebody interrupted, one that failed."""
        if self.failed is None:
            return Verdict.SAFE
        return Verdict.CAREFUL if self.failed.exit_code == ExitCode.INTERRUPTED else Verdict.DANGEROUS

    @property
    def idle_seconds(self) -> float:
        """The time that lies in no step."""
        covered, until = 0.0, 0.0
        for step in sorted(self.steps, key=lambda step: step.start):
            covered += max(0.0, step.end - max(step.start, until))
            until = max(until, step.end)
        return max(0.0, self.seconds - covered)


def steps(stages: Sequence[Stage], began: float) -> tuple[Step, ...]:
    """The stages in the order in which they began, each followed by those inside of it."""

    known = {id(stage) for stage in stages}

    def within(outer: Stage | None, depth: int) -> Iterator[Step]:
        for stage in stages:
            around = stage.inside if id(stage.inside) in known else None
            if around is outer:
                yield _step(stage, began, depth)
                yield from within(stage, depth + 1)

    return tuple(within(None, 0))


def _step(stage: Stage, began: float, depth: int) -> Step:
    outcome: Outcome = "not ended" if stage.seconds is None else "failed" if stage.has_failed else "done"
    events = tuple((at - began, said) for at, said in stage.events)
    return Step(stage.name, stage.began - began, stage.elapsed, stage.result, outcome, depth, events, stage.quotes)


def failed(error: BaseException) -> Failed:
    """What an error says, with the evidence of the version that failed."""
    if not isinstance(error, Failure):
        return Failed(type(error).__name__, str(error))
    service, tasks = "", tuple[str, ...]()
    for cause in _causes(error):
        if isinstance(cause, (RolloutFailed, SmokeFailed)):
            service = cause.service
            tasks = tuple(map(stops.short, cause.evidence.tasks)) if cause.evidence else ()
    return Failed(error.message, error.reason, error.details, error.next_step, int(error.exit_code), service, tasks)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from."""
    seen = set[int]()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__
