"""Terraform's events as lines: each of them in a log, counted by module on a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.console import Console
from orchestrator.terraform.narrator import FEW, Narrator, counted, planned

NETWORK, WORDS = "module.network", 'module.service["words"]'


def resource(module: str, number: int) -> dict[str, str]:
    name = f"aws_thing.this[{number}]"
    return {"addr": f"{module}.{name}" if module else name, "module": module}


def plan(module: str, number: int, action: str = "create") -> dict[str, Any]:
    return {"type": "planned_change", "change": {"resource": resource(module, number), "action": action}}


def done(module: str, number: int, action: str = "create") -> dict[str, Any]:
    hook = {"resource": resource(module, number), "action": action, "elapsed_seconds": 2}
    return {"type": "apply_complete", "hook": hook}


def test_a_replacement_is_told_as_what_goes_and_what_comes() -> None:
    assert planned(plan(NETWORK, 1, "replace")["change"]) == [(NETWORK, "create"), (NETWORK, "delete")]
    assert planned(plan("", 1, "update")["change"]) == [("", "update")]
    assert planned(plan(NETWORK, 1, "read")["change"]) == []


def test_a_count_says_of_how_many_until_it_is_complete() -> None:
    going_to = {(NETWORK, "create"): 20, ("", "create"): 2, (WORDS, "update"): 1, (WORDS, "delete"): 3}
    have = {(NETWORK, "create"): 12, ("", "create"): 2, (WORDS, "update"): 1, (WORDS, "delete"): 1}
    assert counted(have, going_to) == [
        (NETWORK, "12 of 20 created"), ("root module", "2 created"), (WORDS, "1 changed, 1 of 3 destroyed"),
    ]  # fmt: skip


def test_many_changes_grow_below_their_stage_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=True)
    with console.stage("terraform apply") as stage:
        narrator = Narrator(stage)
        for number in range(FEW + 1):
            narrator(plan(NETWORK, number))
        narrator(done(NETWORK, 0, "read"))
        narrator(done(NETWORK, 0))
        assert stage.counts == [(NETWORK, f"1 of {FEW + 1} created")]
        for number in range(1, FEW + 1):
            narrator(done(NETWORK, number))
        assert stage.counts == [(NETWORK, f"{FEW + 1} created")]
    said = capsys.readouterr().err
    assert f"    {NETWORK}  {FEW + 1} created" in said
    assert "aws_thing" not in said


def test_few_changes_have_a_line_each_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Console(live=True).stage("terraform apply") as stage:
        narrator = Narrator(stage)
        for number in range(FEW):
            narrator(plan(WORDS, number, "update"))
            narrator(done(WORDS, number, "update"))
        assert stage.counts == []
    said = capsys.readouterr().err
    assert all(f"terraform apply: update {WORDS}.aws_thing.this[{number}] (2 s)" in said for number in range(FEW))


@pytest.mark.parametrize(("live", "verbose"), [(False, False), (False, True), (True, True)])
def test_a_log_and_whoever_asks_for_it_have_every_line(
    live: bool, verbose: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(live=live)
    console.verbose = verbose
    with console.stage("terraform apply") as stage:
        narrator = Narrator(stage)
        for number in range(2 * FEW):
            narrator(plan(NETWORK, number))
            narrator(done(NETWORK, number))
        assert stage.counts == []
    said = capsys.readouterr().err
    assert all(f"terraform apply: create {NETWORK}.aws_thing.this[{number}] (2 s)" in said for number in range(2 * FEW))


def test_what_took_no_second_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    with Console(live=True).stage("terraform apply") as stage:
        narrator = Narrator(stage)
        event = done(WORDS, 0, "update")
        event["hook"]["elapsed_seconds"] = 0
        narrator(event)
    assert f"terraform apply: update {WORDS}.aws_thing.this[0]\n" in capsys.readouterr().err
