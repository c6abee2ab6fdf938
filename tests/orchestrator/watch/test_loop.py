"""Which services a watch copies files to, and what can be read of it once it has told that it did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from orchestrator.console import Console
from orchestrator.emulator.server.reloadable import Reloadable
from orchestrator.project import environment
from orchestrator.project.manifest import Service
from orchestrator.watch import copying, serving
from orchestrator.watch.changes import Seen
from orchestrator.watch.copying import Outcome
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


def test_what_is_told_to_be_served_is_noted_already(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who kills the watch as soon as it has told so leaves a note of what tasks run."""
    noted, told = Reloadable(tmp_path, "storyizer-local"), []
    noted.put({"words": []})
    monkeypatch.setattr(serving, "containers", lambda target, name: ["a container"])
    monkeypatch.setattr(copying, "copy", lambda content, containers, number: {"a container": Outcome()})
    found = watching()
    found.target = cast(Any, SimpleNamespace(reloadable=noted))
    found.emit = lambda event: told.append((event["event"], noted.services()))
    content = cast(Any, SimpleNamespace(inputs={"service/app/routes.py": "another"}))
    found.seen = replace(found.seen, contents={"words": content})
    found.copy("words", ["app/routes.py"])
    assert told == [("served", {"words": ["app/routes.py"]})]
