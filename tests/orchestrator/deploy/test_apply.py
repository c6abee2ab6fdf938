"""What is left of a bundle once its apply has begun, and what is left to do of one that was applied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.bundle import on_disk
from orchestrator.bundle.on_disk import Bundle, Refused, StateId
from orchestrator.console import Console
from orchestrator.deploy import apply_bundle, planning
from orchestrator.deploy.planning import Planned
from orchestrator.errors import Failure
from orchestrator.proof import rollout
from orchestrator.review.model import Counts, Plan, Review, Verdict

NOTHING = Review(Plan(), Verdict.SAFE, "", Counts())
CONSOLE = Console(live=False)


@pytest.fixture
def made(tmp_path: Path) -> Bundle:
    """A bundle with a plan in it."""
    plan = tmp_path / "plan"
    plan.write_text("the state in clear")
    texts = ("staging", "111111111111", "us-east-1", "", "", "me", "1.11.4")
    facts = Bundle(*texts, {}, {}, StateId("a", 1), {}, has_changes=True, stops=False)
    return on_disk.write(tmp_path / "bundle", facts, plan, dict.fromkeys(on_disk.RENDERINGS, "{}"))


@pytest.fixture
def planned(made: Bundle, tmp_path: Path) -> Planned:
    """Its plan, taken to be applied."""
    return Planned(on_disk.take_plan(made, tmp_path / "work" / "taken"), NOTHING, bundled=made.plan_file)


@pytest.fixture
def apply(planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Applies it; what is given stands for Terraform."""
    monkeypatch.setattr(rollout, "definitions", lambda *arguments: {})

    def applied(terraform: Callable[[], None]) -> None:
        def run(*arguments: Any, **more: Any) -> dict[str, Any]:
            terraform()
            return {"task_definitions": {}}

        prepared: Any = SimpleNamespace(
            target=SimpleNamespace(environment=SimpleNamespace(work=tmp_path / "work")),
            services=[], uris={}, root=SimpleNamespace(apply=run), var_files=lambda: [],
        )  # fmt: skip
        planning.apply(prepared, planned, CONSOLE)

    return applied


@pytest.mark.parametrize("fails", [False, True])
def test_the_plan_of_a_bundle_is_gone_once_its_apply_has_begun_however_that_ends(
    made: Bundle, planned: Planned, apply: Callable[[Callable[[], None]], None], fails: bool
) -> None:
    def terraform() -> None:
        assert made.is_used, "it would be left by a command that is killed here"
        if fails:
            raise Failure("the apply failed")

    if fails:
        with pytest.raises(Failure, match="the apply failed"):
            apply(terraform)
    else:
        apply(terraform)
    assert made.is_used
    assert planned.file is not None and not planned.file.exists()
    assert made.file(on_disk.REVIEW_HTML).exists()


def test_a_bundle_whose_apply_has_not_begun_can_be_applied_again(made: Bundle, planned: Planned) -> None:
    planning.discard(planned)
    assert planned.file is not None and not planned.file.exists()
    assert on_disk.read(made.folder, sha256=made.sha256) == made


def test_a_plan_that_cannot_be_removed_is_told_and_hides_nothing(
    made: Bundle, apply: Callable[[Callable[[], None]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    made.file(on_disk.PLAN).unlink()
    made.file(on_disk.PLAN).mkdir()  # what nobody can remove as a file, root neither
    apply(lambda: None)
    assert "could not be removed" in capsys.readouterr().err


def left(made: Bundle, stale: Refused, monkeypatch: pytest.MonkeyPatch, now: Planned) -> Planned:
    """What is left to do of the bundle, if `now` is the plan of the moment."""
    asked: list[bool] = []

    def plan(prepared: Any, console: Console, *, writes: bool) -> Planned:
        asked.append(writes)
        return now

    monkeypatch.setattr(planning, "plan", plan)
    try:
        return apply_bundle._left(made, stale, None, CONSOLE)  # type: ignore[arg-type]
    finally:
        assert asked == [False], "what may be refused writes nothing"


def test_a_bundle_that_leaves_nothing_to_change_is_gone_on_with(
    made: Bundle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert left(made, on_disk.used(made), monkeypatch, Planned(None, NOTHING)).file is None
    assert f"bundle {made.sha256[:12]} is applied already" in capsys.readouterr().err
    assert made.is_used, "another copy of it was applied, so that this one's plan is stale, and holds the state"


def test_a_bundle_that_leaves_something_to_change_is_refused(
    made: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "now"
    plan.write_text("the state in clear")
    with pytest.raises(Refused, match="has been used"):
        left(made, on_disk.used(made), monkeypatch, Planned(plan, NOTHING))
    assert not plan.exists()
    assert not made.is_used
