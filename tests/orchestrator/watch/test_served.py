"""What can be read of a watch once it has told that files are served."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from orchestrator.console import Console
from orchestrator.emulator.server.reloadable import Reloadable
from orchestrator.project import environment
from orchestrator.watch import copying, serving
from orchestrator.watch.changes import Seen
from orchestrator.watch.copying import Outcome
from orchestrator.watch.loop import Watching


def test_what_is_told_to_be_served_is_noted_already(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who kills the watch as soon as it has told so leaves a note of what tasks run."""
    noted = Reloadable(tmp_path, "storyizer-local")
    told: list[tuple[object, object]] = []
    noted.put({"words": []})
    monkeypatch.setattr(serving, "containers", lambda target, name: ["a container"])
    monkeypatch.setattr(copying, "copy", lambda content, containers, number: {"a container": Outcome()})
    content = cast(Any, SimpleNamespace(inputs={"service/app/routes.py": "another"}))
    watching = Watching(
        environment.load("local"), (), Console(live=False),
        lambda event: told.append((event["event"], noted.services())),
        Seen({}, {}, ""), Seen({}, {"words": content}, ""), cast(Any, SimpleNamespace(reloadable=noted)),
    )  # fmt: skip
    watching.copy("words", ["app/routes.py"])
    assert told == [("served", {"words": ["app/routes.py"]})]
