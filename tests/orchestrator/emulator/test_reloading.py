"""Which containers are started so that their files can be exchanged, and what is kept of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from orchestrator.emulator.server import reloadable
from orchestrator.emulator.server.reloadable import Reloadable
from orchestrator.emulator.server.tasks import reloading

BUILT: dict[str, Any] = {
    "name": "ministack-ecs-1-words", "labels": {"ministack.instance": "x"}, "read_only": True, "command": ["--slow"],
    "mounts": [{"Target": "/scratch"}],
}  # fmt: skip


def test_the_root_stays_read_only_and_the_arguments_are_the_services() -> None:
    made = reloading.reloadable(BUILT)
    assert made["read_only"] and made["command"] == ["--slow"]
    assert made["entrypoint"][:2] == ["python3", "-c"] and made["entrypoint"][-1] == reloading.ADDRESS
    assert [mount["Target"] for mount in made["mounts"]] == ["/scratch", reloading.FOLDER]
    assert made["labels"] == {"ministack.instance": "x", reloading.LABEL: "true"}
    assert BUILT["labels"] == {"ministack.instance": "x"}


def test_a_container_in_the_network_of_another_sets_nothing_of_it() -> None:
    assert "sysctls" not in reloading.reloadable({**BUILT, "network_mode": "container:0123"})


def test_each_cluster_has_its_own_services(tmp_path: Path) -> None:
    one, other = Reloadable(tmp_path, "storyizer-local"), Reloadable(tmp_path, "storyizer-seoul")
    assert one.services() == {} and not one.left()
    one.put({"words": [], "save": ["app/table.py"]})
    other.put({"website": []})
    assert one.services() == {"words": [], "save": ["app/table.py"]} and other.services() == {"website": []}
    one.put({})
    assert one.services() == {} and one.left(), "tasks that were started before may still run"
    one.forget()
    assert not one.left() and other.left()
    other.forget()
    assert list(tmp_path.iterdir()) == []


def test_where_no_emulator_runs_no_such_task_does(tmp_path: Path) -> None:
    Reloadable(tmp_path, "storyizer-local").put({"words": []})
    reloadable.forget(tmp_path)
    reloadable.forget(tmp_path)
    assert not Reloadable(tmp_path, "storyizer-local").left()


def test_a_broken_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / reloadable.NAME).write_text('["')
    assert Reloadable(tmp_path, "storyizer-local").services() == {}
