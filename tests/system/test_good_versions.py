"""A good version costs no request either, whatever it changes, and an interruption leaves the old one serving."""

from __future__ import annotations

import os
import signal
import time

import pytest

from orchestrator.system import processes
from tests.system.conftest import Clone, Running
from tests.system.polling import Polling

pytestmark = pytest.mark.system

VERSION = "services/words/app/contract.py"
REQUESTS = 20_000


@pytest.fixture(scope="module")
def clone(own_clone: Clone) -> Clone:
    """A clone that is up."""
    own_clone.up()
    return own_clone


def another_version_of_everything(clone: Clone, number: int) -> None:
    """A line of each service's code."""
    for name in ("words", "save", "website"):
        with (clone.folder / "services" / name / "app" / "__main__.py").open("a") as file:
            file.write(f"\n# {number}\n")


def test_new_versions_of_all_three_services_lose_none_of_twenty_thousand_requests(clone: Clone) -> None:
    asked, number = 0, 0
    lost: list[str] = []
    with Polling(clone.url, interval_seconds=0.02) as polling:
        while asked < REQUESTS and number < 12:
            number += 1
            another_version_of_everything(clone, number)
            said = clone.up()
            assert len(said["changes"]["deploys"]) == 3
            more, failed = polling.take()
            asked, lost = asked + more, lost + failed
    assert (lost, asked >= REQUESTS) == ([], True), f"{len(lost)} of {asked} in {number} deploys"


MANIFEST = "services/words/service.yaml"


@pytest.mark.parametrize(
    ("edits", "containers"),
    [
        ({"port: 8000 ": "port: 9000 "}, 6),
        ({"health: /healthz ": "health: /readyz "}, 6),
        ({"cpu: 256 ": "cpu: 512 ", "memory: 512 ": "memory: 1024 "}, 6),
        ({"count: 2 ": "count: 3 "}, 7),
        ({"count: 3 ": "count: 1 ", "environment: {} ": "environment: {A: b} "}, 5),
        (
            {
                "port: 9000 ": "port: 8000 ",
                "health: /readyz ": "health: /healthz ",
                "table: none ": "table: read-only ",
            },
            5,
        ),
    ],
    ids=lambda value: ", ".join(value.values()) if isinstance(value, dict) else str(value),
)
def test_a_good_change_of_the_manifest_loses_no_request(clone: Clone, edits: dict[str, str], containers: int) -> None:
    for before, after in edits.items():
        clone.edit(MANIFEST, before, after)
    with Polling(clone.url) as polling:
        said = clone.up()
        time.sleep(1)
        asked, lost = polling.take()
    assert (lost, asked > 30) == ([], True)
    assert said["release"]["number"] > 1
    assert len(clone.containers()) == containers
    assert clone.plain_terraform_plan() == 0
    assert clone.run("status", "--json").json()["served_by_standby"] == []


def test_a_path_that_moves_to_another_service_is_answered_all_the_time(clone: Clone) -> None:
    with Polling(clone.url) as polling:
        clone.edit("services/save/service.yaml", "paths: [/api/stories]", "paths: [/api/stories, /api/tales]")
        clone.up()
        assert polling.take()[1] == []
    assert clone.get("/api/tales").status != 200


def begin_and_wait(clone: Clone, number: int, stage: str) -> Running:
    """An `up` of another version of words that has come to a stage."""
    clone.edit(VERSION, '"1.0"' if number == 1 else f'"1.{number - 1}"', f'"1.{number}"')
    running = clone.begin("up")
    running.wait_for(stage)
    return running


def served(clone: Clone) -> str:
    """The version of the words API that people get."""
    return str(clone.get("/api/words/openapi.json").json()["info"]["version"])


def test_a_killed_deploy_leaves_the_old_version_serving_and_the_next_goes_on(clone: Clone) -> None:
    with Polling(clone.url) as polling:
        running = begin_and_wait(clone, 1, r" soak \.\.\.")
        os.killpg(running.process.pid, signal.SIGKILL)
        running.end(code=-9)
        status = clone.run("status", "--json", code=1).json()
        assert status["served_by_standby"] == ["words"]
        assert "serves from its standby" in clone.run("status", code=1).stdout
        assert served(clone) == "1.0"
        assert clone.plain_terraform_plan() == 0, "Terraform's state is what the new version runs on"
        said = clone.up()
        assert (served(clone), said["terraform_runs"]) == ("1.1", ["plan environment"])
        assert "soak" in {stage["name"] for stage in said["stages"]}, "it had not been proven"
        assert polling.take()[1] == []
    assert clone.run("status", "--json").json()["served_by_standby"] == []


def test_an_interrupted_deploy_says_who_serves_and_another_version_can_follow(clone: Clone) -> None:
    with Polling(clone.url) as polling:
        running = begin_and_wait(clone, 2, r" rollout \.\.\.")
        running.interrupt()
        ended = running.end(code=130)
        assert "The version before serves: words from its standby" in ended.stderr
        assert served(clone) == "1.1"
        clone.edit(VERSION, '"1.2"', '"1.3"')
        clone.up()
        assert (served(clone), polling.take()[1]) == ("1.3", [])


def test_a_deploy_that_nobody_proved_is_gone_back_from_to_the_last_proven_one(clone: Clone) -> None:
    """Killed with a bad version rolled out: the standby is the release before it, and so is what comes back."""
    with Polling(clone.url) as polling:
        clone.edit(VERSION, '"1.3"', '"1.4"')
        clone.edit("services/words/app/__main__.py", "if __name__", "import os\nos._exit(4)\n\nif __name__")
        running = clone.begin("up")
        running.wait_for(r" rollout \.\.\.")
        os.killpg(running.process.pid, signal.SIGKILL)
        running.end(code=-9)
        ended = clone.run("up", code=4)
        assert "exited with 4" in ended.stderr
        assert (served(clone), polling.take()[1]) == ("1.3", [])
    clone.edit("services/words/app/__main__.py", "import os\nos._exit(4)\n\n", "")
    clone.edit(VERSION, '"1.4"', '"1.3"')
    assert clone.run("status", "--json").json()["served_by_standby"] == []


def test_the_emulator_killed_in_a_soak_is_survived(clone: Clone) -> None:
    running = begin_and_wait_from(clone, "1.3", "1.5", r" soak \.\.\.")
    pid = clone.emulator_pid()
    os.kill(pid, signal.SIGKILL)
    assert running.end(code=1).stderr.count("error:") == 1
    assert not processes.identity(pid)
    clone.up()
    assert served(clone) == "1.5"


def begin_and_wait_from(clone: Clone, before: str, after: str, stage: str) -> Running:
    """The same, from one version to another."""
    clone.edit(VERSION, f'"{before}"', f'"{after}"')
    running = clone.begin("up")
    running.wait_for(stage)
    return running
