"""Changing an AWS environment: who must answer what before anything happens."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.cli import approval
from orchestrator.console import Console
from orchestrator.deploy.planning import Planned
from orchestrator.errors import Failure, Interrupted
from orchestrator.project import environment
from orchestrator.review.model import Counts, Plan, Review, Verdict

NOTHING = Review(Plan(), Verdict.SAFE, "", Counts())


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    file = tmp_path / "environment.tfplan"
    file.write_text("a plan")
    return Planned(file, NOTHING)


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """A person at a terminal who types what the test says."""
    opened = []

    def typing(text: str) -> None:
        keyboard, terminal = pty.openpty()
        os.write(keyboard, text.encode() + b"\n")
        stream = os.fdopen(terminal)
        opened.append((keyboard, stream))
        monkeypatch.setattr(sys, "stdin", stream)

    yield typing
    for keyboard, stream in opened:
        stream.close()
        os.close(keyboard)


def ask(name: str, planned: Planned, *, yes: bool = False) -> None:
    approval.decide(environment.load(name), planned, Console(live=False), assume_yes=yes)


def test_the_local_environment_does_not_ask_where_nothing_is_lost(planned: Planned) -> None:
    ask("local", planned)
    assert planned.file is not None and planned.file.exists()


def test_nothing_to_change_is_nothing_to_ask() -> None:
    ask("production", Planned(None, NOTHING))


def test_yes_answers_where_nobody_can(planned: Planned) -> None:
    ask("production", planned, yes=True)
    assert planned.file is not None and planned.file.exists()


@pytest.mark.parametrize(("name", "answer"), [("staging", "yes"), ("production", "production")])
def test_the_right_answer_goes_on(planned: Planned, types: Callable[[str], None], name: str, answer: str) -> None:
    types(answer)
    ask(name, planned)
    assert planned.file is not None and planned.file.exists()


@pytest.mark.parametrize(("name", "answer"), [("staging", "no"), ("staging", ""), ("production", "yes")])
def test_any_other_answer_applies_nothing_and_removes_the_plan(
    planned: Planned, types: Callable[[str], None], name: str, answer: str
) -> None:
    types(answer)
    with pytest.raises(Failure, match=f"nothing was applied to {name}") as caught:
        ask(name, planned)
    assert caught.value.exit_code == 1
    assert "--yes" in caught.value.next_step
    assert planned.file is not None and not planned.file.exists()


def test_nobody_there_applies_nothing(planned: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        with pytest.raises(Failure, match="nothing was applied to staging"):
            ask("staging", planned)


def test_findings_that_stop_apply_nothing_and_remove_the_plan(planned: Planned) -> None:
    with pytest.raises(Failure, match="the review stops this plan for staging") as caught:
        ask("staging", replace(planned, review=replace(NOTHING, stops=True)), yes=True)
    assert caught.value.exit_code == 3
    assert planned.file is not None and not planned.file.exists()


def test_a_question_that_is_interrupted_removes_the_plan(planned: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*question: object, **more: object) -> bool:
        raise Interrupted("the question")

    monkeypatch.setattr(Console, "confirm", interrupted)
    with pytest.raises(Interrupted):
        ask("staging", planned)
    assert planned.file is not None and not planned.file.exists()
