"""Before which deploys a task of the new version runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.prepare import prepare
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import environment
from orchestrator.project.manifest import Service
from orchestrator.project.schema.containers import BeforeDeploy
from orchestrator.releases.releases import Release
from orchestrator.target import Target
from orchestrator.tasks import before_deploy

MIGRATES = BeforeDeploy(command=("python3", "-m", "app.migrate"))
WORDS = Service("words", Path("words"), ("/words",), before_deploy=MIGRATES)
SAVE = Service("save", Path("save"), ("/save",), before_deploy=MIGRATES)
WEBSITE = Service("website", Path("website"), ("/",))


def prepared(services: Sequence[Service], waiting: frozenset[str] = frozenset()) -> Prepared:
    return Prepared(None, services, [], None, None, waiting=waiting)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "waiting", "due"),
    [
        (("words", "save", "website"), (), ["save", "words"]),
        (("website",), (), []),  # it has none
        ((), (), []),  # nothing changes
        (("words", "save"), ("save",), ["words"]),
    ],
)
def test_it_runs_for_what_gets_another_definition_by_name(
    made: Sequence[str], waiting: Sequence[str], due: list[str]
) -> None:
    found = before_deploy.due(prepared([WORDS, WEBSITE, SAVE], frozenset(waiting)), {name: {} for name in made})
    assert [service.name for service in found] == due


@pytest.mark.parametrize(
    ("known", "running", "waits"),
    [
        (None, {}, {"words", "save"}),
        (None, {"words": 0}, {"words", "save"}),  # it failed the last time
        (None, {"words": 2}, {"save"}),  # another service failed, and this one was never verified with it
        ({"save": ""}, {"website": 2}, {"words"}),
        ({"save": "", "words": ""}, {}, set()),
    ],
)
def test_what_was_never_live_waits_for_it_unless_it_runs(
    known: dict[str, str] | None, running: dict[str, int], waits: set[str]
) -> None:
    last = None if known is None else Release(1, "", "", "", {}, {}, manifests=known)
    assert prepare.among_new([WORDS, SAVE, WEBSITE], last, running) == waits


def test_what_waits_has_no_task_by_the_first_plan() -> None:
    target = Target(environment.load("local"), None)  # type: ignore[arg-type]
    found = replace(prepared([WORDS, WEBSITE], frozenset({"words"})), target=target)
    assert found.variables["paused"] == ["words"]
    assert "paused" not in replace(found, waiting=frozenset()).variables
