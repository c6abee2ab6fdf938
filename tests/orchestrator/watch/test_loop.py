"""Which services a watch copies files to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from orchestrator import places
from orchestrator.console import Console
from orchestrator.project import environment
from orchestrator.project.manifest import Service
from orchestrator.watch import changes, loop
from orchestrator.watch.changes import Seen
from orchestrator.watch.loop import Watching


def seen(*names: str) -> Seen:
    return Seen({name: Service(name, Path("services") / name, (f"/{name}",)) for name in names}, {}, "")


def watching(*only: str) -> Watching:
    """A watch of words and save, which never comes to ask AWS."""
    both, nothing = seen("save", "words"), cast(Any, None)
    return Watching(environment.load("local"), only, Console(live=False), lambda event: None, both, both, nothing)


def test_all_services_are_watched_or_those_that_were_named() -> None:
    assert [service.name for service in watching().watched] == ["save", "words"]
    assert [service.name for service in watching("words").watched] == ["words"]


def test_a_service_that_was_added_and_did_not_go_live_has_no_task_to_copy_to() -> None:
    found = watching()
    found.seen = seen("save", "verbs", "words")
    assert [service.name for service in found.watched] == ["save", "words"]
    found.released = replace(found.seen)
    assert [service.name for service in found.watched] == ["save", "verbs", "words"]


def test_what_is_saved_during_the_first_deploy_is_not_taken_for_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [seen("words"), seen("words", "save")]
    monkeypatch.setattr(changes, "look", lambda environment: looks[0])
    monkeypatch.setattr(places, "reach", lambda environment: None)
    monkeypatch.setattr(Watching, "begin", lambda watching: None)
    found: list[tuple[str, ...]] = []

    def until_whole(watching: Watching, ended: object) -> tuple[str, ...]:
        found.append(changes.between(watching.seen, changes.look(watching.environment), ()).whole)
        return ()

    def deploy() -> int:
        looks.reverse()
        return 0

    monkeypatch.setattr(Watching, "until_whole", until_whole)
    console = Console(live=False)
    assert loop.run(environment.load("local"), (), console, deploy=deploy, emit=lambda event: None) == 0
    assert found == [("save added",)]
