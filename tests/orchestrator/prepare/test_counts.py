"""Numbers of tasks that `scale` has set: when they hold, where they are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.prepare import counts
from orchestrator.prepare.counts import Override
from orchestrator.project import task_numbers
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.project.schema.sizing import Scaling
from orchestrator.system import paths

HELD, GONE = {"words": Override(4, 2)}, {"words": Override(4, 2), "old": Override(1, 2)}


@pytest.mark.parametrize(
    ("configured", "holding", "dropped"),
    [({"words": 2}, {"words": 4}, ["old"]), ({"words": 3}, {}, ["old", "words"]), ({}, {}, ["old", "words"])],
)
def test_an_override_holds_as_long_as_what_it_replaced_is_configured(
    configured: dict[str, int], holding: dict[str, int], dropped: list[str]
) -> None:
    assert counts.holding(GONE, configured) == holding
    assert counts.dropped(GONE, configured) == dropped


def test_it_is_said_that_it_holds_or_why_it_is_dropped() -> None:
    (held,) = counts.lines(HELD, {"words": 2}, "staging")
    assert held == "words is scaled to 4 (configured: 2); `scale words --reset staging` goes back to 2"
    (dropped,) = counts.lines(HELD, {"words": 3}, "staging")
    assert dropped.endswith("its configured number has changed from 2 to 3")
    assert counts.lines(HELD, {}, "staging") == []
    (scaled,) = counts.lines(GONE, {}, "staging", {"words"})
    assert scaled == (
        "words is not kept at 4 tasks, as `scale` had set: its manifest has `scaling` now, and autoscaling decides"
    )


def test_the_environments_own_number_is_configured_before_the_manifests(tmp_path: Path) -> None:
    file = tmp_path / "blue.tfvars"
    file.write_text("counts = {\n  words = 3 # one in each zone\n}\n")
    environment = Environment("blue", "1" * 12, "us-east-1", "X86_64", file)
    services = [Service("words", tmp_path, ("/",), count=2), Service("save", tmp_path, ("/s",), count=5)]
    assert counts.configured(environment, services) == {"words": 3, "save": 5}


SCALED = Scaling(min=1, max=4, cpu=60)


def test_a_number_that_nothing_would_use_is_refused_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "service.yaml").write_text("paths: [/]\nscaling: {min: 1, max: 4, cpu: 60}\n")
    file = tmp_path / "blue.tfvars"
    file.write_text('environment = "blue"\n\ncounts = {\n  words = 3\n  nightly = 1\n  save = 2\n}\n')
    environment = Environment("blue", "1" * 12, "us-east-1", "X86_64", file)
    words, save = Service("words", tmp_path, ("/",)), Service("save", tmp_path, ("/s",))
    task_numbers.refuse_unused(environment, [words, save])
    job = Service("nightly", tmp_path, kind="job")
    with pytest.raises(Failure) as refused:
        task_numbers.refuse_unused(environment, [replace(words, scaling=SCALED), save, job])
    assert refused.value.message == f"{file}:3: counts has numbers that nothing uses"
    assert refused.value.reason.splitlines() == [
        f"words: autoscaling decides how many tasks run ({tmp_path}/service.yaml:2: scaling).",
        "nightly: a job has no number of tasks.",
    ]
    assert "environments: {blue: {scaling:" in refused.value.next_step


@pytest.mark.parametrize("given", [None, {}, {"save": 2}, "3"])
def test_other_numbers_are_none_of_its_business(given: object, tmp_path: Path) -> None:
    words = Service("words", tmp_path, ("/",), scaling=SCALED)
    assert list(task_numbers.unused(given, [words], "blue")) == []


@pytest.fixture
def aws(emulated: Callable[..., Aws]) -> Aws:
    made = emulated()
    state.ensure_bucket(made)
    return made


@pytest.mark.network
class TestKept:
    def test_what_is_saved_is_loaded_until_it_is_forgotten(self, aws: Aws) -> None:
        assert counts.load(aws) == {}
        counts.save(aws, GONE)
        assert counts.load(aws) == GONE
        counts.forget(aws, GONE, ["old", "never"])
        assert counts.load(aws) == HELD

    @pytest.mark.parametrize("broken", [{"words": 4}, {"words": {"counts": 4}}, ["words"]])
    def test_what_is_no_override_is_named_with_its_place(self, aws: Aws, broken: object) -> None:
        state.write(aws, "blue/counts.json", broken)
        with pytest.raises(Failure, match=r"blue/counts\.json is broken"):
            counts.load(aws)


def test_plain_terraform_is_given_the_same_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path)
    environment = Environment("blue", "1" * 12, "us-east-1", "X86_64", tmp_path / "blue.tfvars")
    counts.tell_plain_terraform(environment, {"words": 4})
    assert not environment.work.exists()  # no run of this copy has written the file
    environment.work.mkdir()
    file = environment.work / "images.tfvars.json"
    file.write_text('{"images": {}}')
    counts.tell_plain_terraform(environment, {"words": 4})
    assert json.loads(file.read_text()) == {"images": {}, "scaled": {"words": 4}}
    counts.tell_plain_terraform(environment, {})
    assert json.loads(file.read_text()) == {"images": {}}
