"""A good version costs no request either, whatever it changes, and an interruption leaves the old one serving."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

from orchestrator.system import processes
from tests.system.conftest import Clone, Running
from tests.system.polling import Polling, wait_for

pytestmark = pytest.mark.system

VERSION = "services/words/app/contract.py"
# How many requests none of which may be lost; with `--long`.
REQUESTS, REQUESTS_LONG = 2_000, 20_000


def another_version_of_everything(clone: Clone, number: int) -> None:
    """A line of each service's code."""
    for name in ("words", "save", "website"):
        with (clone.folder / "services" / name / "app" / "__main__.py").open("a") as file:
            file.write(f"\n# {number}\n")


MANIFEST = "services/words/service.yaml"
# What each changes in the manifest of words, and how many containers there are then.
CHANGES: tuple[tuple[dict[str, str], int], ...] = (
    ({"port: 8000 ": "port: 9000 "}, 6),
    ({"health: /healthz": "health: /readyz"}, 6),
    ({"cpu: 256 ": "cpu: 512 ", "memory: 512 ": "memory: 1024 "}, 6),
    ({"count: 2 ": "count: 3 "}, 7),
    ({"count: 3 ": "count: 1 ", "environment: {} ": "environment: {A: b} "}, 5),
    (
        {"port: 9000 ": "port: 8000 ", "health: /readyz": "health: /healthz", "table: none ": "table: read-only "},
        5,
    ),
)  # fmt: skip
# Which of them are made in one deploy, where there is not the time for six.
TOGETHER = ((0, 1, 2), (3,), (4, 5))


def changes(long_run: bool) -> list[tuple[dict[str, str], int]]:
    """What is changed in each deploy, and how many containers there are then."""
    if long_run:
        return list(CHANGES)
    return [
        ({before: after for place in places for before, after in CHANGES[place][0].items()}, CHANGES[places[-1]][1])
        for places in TOGETHER
    ]


@pytest.mark.long
def test_new_versions_and_changes_of_the_manifest_lose_no_request(clone: Clone, long_run: bool) -> None:
    """One deploy after the other: all three services at first, then what a manifest can say, then all three again."""
    number = asked = 0
    wanted = REQUESTS_LONG if long_run else REQUESTS
    lost: dict[str, list[str]] = {}

    def deploy(what: str, containers: int) -> dict[str, Any]:
        nonlocal asked
        said = clone.up()
        time.sleep(1)
        more, failed = polling.take()
        asked += more
        assert more > 30
        if failed:
            lost[what] = failed
        assert said["release"]["number"] > 1
        # What has been replaced may take its time to end.
        wait_for(lambda: len(clone.containers()), containers)
        assert clone.plain_terraform_plan() == 0, what
        assert clone.run("status", "--json").json()["served_by_standby"] == []
        return said

    # At most fifteen requests per second, sixty with `--long`: more of them would be all that two cores have time for.
    interval_seconds, at_once = (0.1, 2) if long_run else (0.2, 1)
    with Polling(clone.url, interval_seconds=interval_seconds, at_once=at_once) as polling:
        another_version_of_everything(clone, number)
        assert len(deploy("another version of everything", 6)["changes"]["deploys"]) == 3
        for edits, containers in changes(long_run):
            for before, after in edits.items():
                clone.edit(MANIFEST, before, after)
            deploy(", ".join(edits.values()), containers)
        while number == 0 or (asked < wanted and number < 12):
            number += 1
            another_version_of_everything(clone, number)
            said = deploy(f"another version of everything {number}", CHANGES[-1][1])
            assert len(said["changes"]["deploys"]) == 3
    assert (lost, asked >= wanted) == ({}, True), f"{lost} of {asked} were lost"


def test_a_path_that_moves_to_another_service_is_answered_all_the_time(clone: Clone) -> None:
    with Polling(clone.url) as polling:
        clone.edit("services/save/service.yaml", "paths: [/api/stories]", "paths: [/api/stories, /api/tales]")
        clone.up()
        assert polling.take()[1] == []
    assert clone.get("/api/tales").status != 200


def begin_and_wait(clone: Clone, version: str, stage: str) -> Running:
    """An `up` of another version of words that has come to a stage."""
    clone.edit(VERSION, '"1.0"', f'"{version}"')
    running = clone.begin("up")
    running.wait_for(stage)
    return running


@pytest.mark.long
def test_a_killed_deploy_leaves_the_old_version_serving_and_the_next_goes_on(clone: Clone) -> None:
    with Polling(clone.url) as polling:
        running = begin_and_wait(clone, "1.1", r" soak \.\.\.")
        os.killpg(running.process.pid, signal.SIGKILL)
        running.end(code=-9)
        status = clone.run("status", "--json", code=1).json()
        assert status["served_by_standby"] == ["words"]
        assert "serves from its standby" in clone.run("status", code=1).stdout
        assert clone.words_version() == "1.0"
        assert clone.plain_terraform_plan() == 0, "Terraform's state is what the new version runs on"
        said = clone.up()
        assert (clone.words_version(), said["terraform_runs"]) == ("1.1", ["plan environment"])
        assert "soak" in {stage["name"] for stage in said["stages"]}, "it had not been proven"
        assert polling.take()[1] == []
    assert clone.run("status", "--json").json()["served_by_standby"] == []


@pytest.mark.long
def test_an_interrupted_deploy_says_who_serves_and_another_version_can_follow(clone: Clone) -> None:
    with Polling(clone.url) as polling:
        running = begin_and_wait(clone, "1.1", r" rollout \.\.\.")
        running.interrupt()
        ended = running.end(code=130)
        assert "The version before serves: words from its standby" in ended.stderr
        assert clone.words_version() == "1.0"
        clone.edit(VERSION, '"1.1"', '"1.2"')
        clone.up()
        assert (clone.words_version(), polling.take()[1]) == ("1.2", [])


@pytest.mark.long
def test_a_deploy_that_nobody_proved_is_gone_back_from_to_the_last_proven_one(clone: Clone) -> None:
    """Killed with a bad version rolled out: the standby is the release before it, and so is what comes back."""
    with Polling(clone.url) as polling:
        clone.edit(VERSION, '"1.0"', '"1.1"')
        clone.edit("services/words/app/__main__.py", "if __name__", "import os\nos._exit(4)\n\nif __name__")
        running = clone.begin("up")
        running.wait_for(r" rollout \.\.\.")
        os.killpg(running.process.pid, signal.SIGKILL)
        running.end(code=-9)
        ended = clone.run("up", code=4)
        assert "exited with 4" in ended.stderr
        assert (clone.words_version(), polling.take()[1]) == ("1.0", [])
    assert clone.run("status", "--json").json()["served_by_standby"] == []


@pytest.mark.long
def test_the_emulator_killed_in_a_soak_is_survived(clone: Clone) -> None:
    running = begin_and_wait(clone, "1.1", r" soak \.\.\.")
    pid = clone.emulator()["pid"]
    os.kill(pid, signal.SIGKILL)
    assert running.end(code=1).stderr.count("error:") == 1
    assert not processes.identity(pid)
    clone.up()
    assert clone.words_version() == "1.1"
