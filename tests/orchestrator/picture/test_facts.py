"""What a picture shows, taken from stages and errors."""

from __future__ import annotations

import pytest

from orchestrator.console import Console, Stage
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.picture import facts
from orchestrator.picture.facts import Step
from orchestrator.proof.evidence import Evidence
from orchestrator.proof.smoke import SmokeFailed
from orchestrator.proof.watch import RolloutFailed
from orchestrator.review.model import Verdict
from tests.orchestrator.picture import deploys

EVIDENCE = Evidence("Task 1a2b3c4d stopped.", ("no lexicon",), "1a2b3c4d", ("1a2b3c4d", "5e6f7a8b"))


def test_a_stage_inside_of_another_one_follows_it_though_a_third_began_between_them() -> None:
    outer = Stage("outer", began=10.0, seconds=9.0)
    beside = Stage("beside", began=11.0, seconds=3.0)
    inner = Stage("inner", began=12.0, seconds=1.0, inside=outer, has_failed=True)
    open_ = Stage("open", began=13.0)
    found = facts.steps([outer, beside, inner, open_], 10.0)
    assert [(step.name, step.start, step.depth, step.outcome) for step in found] == [
        ("outer", 0.0, 0, "done"), ("inner", 2.0, 1, "failed"), ("beside", 1.0, 0, "done"),
        ("open", 3.0, 0, "not ended"),
    ]  # fmt: skip


def test_a_stage_of_which_the_outer_one_is_not_shown_is_shown_all_the_same() -> None:
    inner = Stage("inner", began=1.0, seconds=1.0, inside=Stage("watch"))
    assert facts.steps([inner], 0.0) == (Step("inner", 1.0, 1.0),)


def test_a_step_knows_that_its_events_are_lines_of_a_container() -> None:
    stages = [Stage("before_deploy words", began=1.0, seconds=1.0, quotes=True), Stage("soak", began=2.0, seconds=1.0)]
    assert [step.quotes for step in facts.steps(stages, 0.0)] == [True, False]


def test_what_the_console_notes_of_its_stages_is_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=False)
    with pytest.raises(ValueError), console.stage("rollout") as outer:
        outer.event("words has started 2 tasks")
        with console.stage("look") as inner:
            inner.result = "well"
        raise ValueError
    began = console.stages[0].began
    rollout, look = facts.steps(console.stages, began)
    assert (rollout.name, rollout.outcome, rollout.start) == ("rollout", "failed", 0.0)
    ((at, said),) = rollout.events
    assert said == "words has started 2 tasks"
    assert rollout.start <= at <= look.start
    assert (look.depth, look.outcome, look.result) == (1, "done", "well")
    assert rollout.end >= look.end


def test_time_that_lies_in_no_step_is_counted_once() -> None:
    steps = (Step("a", 1.0, 4.0), Step("beside", 2.0, 2.0), Step("b", 6.0, 2.0), Step("inner", 6.5, 0.5, depth=1))
    assert facts.Facts("local", "up", "", 0.0, 10.0, steps).idle_seconds == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("made", "verdict"),
    [("changed", Verdict.SAFE), ("rolled back", Verdict.DANGEROUS), ("interrupted", Verdict.CAREFUL)],
)
def test_the_colour_says_what_came_of_it(made: str, verdict: Verdict) -> None:
    assert deploys.EVERY[made]().verdict is verdict


def rollout_failed() -> RolloutFailed:
    """As the watch raises it."""
    failed = RolloutFailed("it did not go live", reason=EVIDENCE.reason, details=EVIDENCE.log, next_step="logs words")
    failed.services, failed.evidence = ("words", "save"), EVIDENCE
    return failed


def smoke_failed() -> SmokeFailed:
    """As proving it raises it."""
    failed = SmokeFailed("words", "answered 500", "local")
    failed.details, failed.evidence = EVIDENCE.log, EVIDENCE
    return failed


@pytest.mark.parametrize("cause", [rollout_failed(), smoke_failed()], ids=["rollout", "smoke test"])
def test_the_evidence_is_found_behind_the_failure_that_says_who_serves(cause: RolloutFailed | SmokeFailed) -> None:
    with pytest.raises(Failure) as caught:
        raise Failure("failed; r2 serves", details=cause.details, exit_code=ExitCode.ROLLED_BACK) from cause
    found = facts.failed(caught.value)
    assert (found.message, found.exit_code) == ("failed; r2 serves", ExitCode.ROLLED_BACK)
    assert (found.service, found.tasks, found.details) == ("words", EVIDENCE.tasks, EVIDENCE.log)


def test_an_error_that_is_its_own_cause_ends() -> None:
    failed = rollout_failed()
    failed.__cause__ = failed
    assert facts.failed(failed).service == "words"


def test_other_errors_are_said_in_their_own_words() -> None:
    assert facts.failed(ValueError("no such thing")) == facts.Failed("ValueError", "no such thing")
    assert facts.failed(Interrupted("the soak")).exit_code == ExitCode.INTERRUPTED
