"""What `scale` keeps and refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.cli import usage
from orchestrator.errors import ExitCode, Failure
from orchestrator.operate import autoscaling, scaling
from orchestrator.prepare.counts import Override
from orchestrator.project.manifest import Service
from orchestrator.project.schema.sizing import Scaling
from orchestrator.verify.quotas import fargate
from orchestrator.verify.quotas.fargate import Room

VCPUS = Room(10.0, 4.0, "L-3032A538")


def test_an_override_is_kept_only_where_it_differs_from_the_configuration() -> None:
    other = {"save": Override(3, 2)}
    kept = scaling.with_override(other, "words", 4, 2)
    assert (kept["words"].count, kept["words"].instead_of, kept["save"]) == (4, 2, other["save"])
    assert scaling.with_override(kept, "words", 2, 2) == other


@pytest.mark.parametrize(
    ("room", "now", "wanted", "cpu", "fits"),
    [
        (VCPUS, 2, 26, 256, True),  # 3.5 of others, 6.5 of these
        (VCPUS, 2, 27, 256, False),
        (VCPUS, 2, 1, 256, True),
        (Room(1.0, 90.0, "x"), 50, 40, 256, True),  # less is never refused
        (Room(10.0, None, "x"), 2, 10, 1024, True),
        (Room(10.0, None, "x"), 2, 11, 1024, False),
        (Room(10.0, 0.0, "x"), 2, 10, 1024, True),  # the metric lags behind
    ],
)  # fmt: skip
def test_the_quota_counts_what_other_tasks_use(room: Room, now: int, wanted: int, cpu: int, fits: bool) -> None:
    refused = fargate.refusal(room, "words", now, wanted, cpu, "eu-west-1")
    assert (refused is None) is fits
    if refused is not None:
        assert f"--quota-code {room.code}" in refused.next_step


def test_beyond_the_quota_it_is_said_how_many_fit() -> None:
    refused = fargate.refusal(VCPUS, "words", 2, 40, 256, "eu-west-1")
    assert refused is not None
    assert (
        refused.reason == "They need 10 vCPUs beside 3.5 in use by other tasks, and the quota in eu-west-1 is 10 vCPUs."
    )
    assert refused.next_step.startswith("at most 26 tasks of it fit")


FOUND = {"MinCapacity": 2, "MaxCapacity": 6, "ResourceId": "service/storyizer-staging/words"}
WORDS = Service("words", Path("words"), ("/words",))


@pytest.mark.parametrize(("found", "limits"), [(None, "between 1 and 4"), (FOUND, "between 2 and 6")])
def test_what_a_manifest_scales_is_changed_there(found: dict[str, Any] | None, limits: str) -> None:
    scaled = replace(WORDS, scaling=Scaling(min=1, max=4, cpu=60))
    refused = autoscaling.refused(scaled, found, None, "staging", "eu-west-1")
    assert refused is not None
    assert limits in refused.reason
    assert "services/words/service.yaml" in refused.next_step


def test_where_autoscaling_decides_the_command_for_its_bounds_is_given() -> None:
    assert autoscaling.refused(WORDS, None, 9, "staging", "eu-west-1") is None
    refused = autoscaling.refused(WORDS, FOUND, 9, "staging", "eu-west-1")
    assert refused is not None
    assert "between 2 and 6" in refused.reason
    for part in ("--resource-id service/storyizer-staging/words", "--min-capacity 2 --max-capacity 9"):
        assert part in refused.next_step


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["scale", "words"], "the number of tasks is missing"),
        (["scale", "words", "x"], "'x' is no number of tasks"),
        (["scale", "words", "-1"], "'-1' is no number of tasks"),
        (["scale", "words", "1.5"], "'1.5' is no number of tasks"),
        (["scale", "words", "101"], "'101' is no number of tasks"),
        (["scale", "words", "²"], "is no number of tasks"),
        (["scale", "words", "3", "--reset"], "--reset takes no number"),
        (["run", "words", "ls"], "there is no environment 'ls'"),
        (["run", "words", "--timeout", "0", "--", "ls"], "is no number of minutes"),
        (["run", "words", "--timeout", "nan", "--", "ls"], "is no number of minutes"),
        (["exec", "words", "ls"], "there is no environment 'ls'"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_asked(words: list[str], message: str) -> None:
    with pytest.raises(Failure, match=message) as refused:
        usage.parse(words)
    assert refused.value.exit_code is ExitCode.USAGE


def test_what_stands_behind_the_dashes_is_the_commands_alone() -> None:
    options = usage.parse(["run", "words", "staging", "--json", "--", "ls", "--json", "--", "-x"])
    assert (options.environment, options.json, options.command) == ("staging", True, ["ls", "--json", "--", "-x"])
    options = usage.parse(["exec", "words", "--", "ls", "--json"])
    assert (options.json, options.command) == (False, ["ls", "--json"])
    assert usage.parse(["exec", "words", "--json"]).command == []


def test_reset_takes_an_environment() -> None:
    options = usage.parse(["scale", "words", "--reset", "staging"])
    assert (options.count, options.environment) == (None, "staging")
    assert usage.parse(["scale", "words", "0", "staging"]).count == 0


@pytest.mark.parametrize(
    "words",
    [["exec", "words", "--task", "ab", "staging"], ["logs", "words", "--json", "staging"], ["up", "--yes", "staging"]],
)
def test_the_environment_may_stand_behind_an_option(words: list[str]) -> None:
    assert usage.parse(words).environment == "staging"


@pytest.mark.parametrize("words", [["up", "local", "staging"], ["up", "staging", "local"], ["exec", "a", "local", "b"]])
def test_of_two_environments_none_is_taken(words: list[str]) -> None:
    with pytest.raises(Failure, match="unrecognized argument"):
        usage.parse(words)
