"""Whatever is killed or interrupted, and whenever: the next `up` heals it. `--long` kills everything in every stage."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pytest

from .conftest import STORY, Clone
from .kills import HEALTHY, KILL, Kill, Range, every_kill
from .look import STATE_BUCKET
from .polling import wait_for, wait_until
from .states import States

pytestmark = pytest.mark.system

# The emulator has a moment for its containers; with a loop of new ones it would never end.
STOP_SECONDS = 300
# One of each kind, and what the others would show `--long` shows. test_good_versions.py kills in a soak.
CHOSEN = (
    Kill("apply", "orchestrator", KILL),
    Kill("handover", "orchestrator", KILL),
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kill" in metafunc.fixturenames:
        kills = tuple(every_kill()) if metafunc.config.getoption("--long") else CHOSEN
        metafunc.parametrize("kill", kills, ids=str)


@pytest.fixture
def killing_range(states: States) -> Range:
    """What the last kill has left, healed, or the base: each kill costs an edit, a killed `up` and a healing one."""

    def make() -> Range:
        made = Range(states.base(), states)
        made.begin()
        return made

    return states.given(HEALTHY, make)


def test_the_next_up_heals(killing_range: Range, kill: Kill) -> None:
    killing_range.try_out(kill)


def test_what_others_are_told_while_an_up_is_at_work(killing_range: Range) -> None:
    clone, run = killing_range.clone, killing_range.begin_edited()
    run.wait_for(r"terraform plan \.\.\.")
    told = f"error: another run is at work on local\n  Process {run.process.pid} runs `up local` since"
    with run.held():
        for verb in (["up"], ["stop"], ["down"], ["plan", "--no-build"]):
            assert told in clone.run(*verb, code=1).stderr
        assert clone.run("status", "--json").json()["url"] == clone.url
        assert clone.run("logs", "save", "--json").stdout
    run.end(0)
    killing_range.check()


@pytest.mark.long
def test_a_service_that_crashes_for_ever_ends_with_stop_and_leaves_no_container(killing_range: Range) -> None:
    clone = killing_range.clone
    folder = clone.folder / "services" / "loop"
    shutil.copytree(clone.folder / "services" / "words", folder)
    clone.edit("services/loop/service.yaml", "/api/words", "/api/loop")
    clone.edit("services/loop/app/__main__.py", '"""', 'raise SystemExit("never")\n"""')
    run = clone.begin("up")
    run.wait_for(r"rollout \.\.\.")
    wait_until(lambda: len(clone.containers("loop", every=True)) >= 3 or run.process.poll() is not None)
    run.interrupt()
    run.end(None)
    began = time.monotonic()
    clone.run("stop")
    assert time.monotonic() - began < STOP_SECONDS
    assert clone.containers(every=True) == {}
    shutil.rmtree(folder)
    clone.up()
    killing_range.check()


def test_an_up_during_a_down_is_told_and_nothing_is_left(killing_range: Range) -> None:
    clone = killing_range.clone
    going = clone.begin("down")
    going.wait_for(r"down \.\.\.")
    with going.held():  # it may take less time than an `up` takes to begin
        refused = clone.run("up", code=1)
    assert f"Process {going.process.pid} runs `down local`" in refused.stderr
    going.end(0)
    assert clone.containers(every=True) == {}
    assert not (clone.folder / ".storyizer").exists()


def test_at_least_sixty_kills_are_tried_at_full_length() -> None:
    assert len(set(every_kill())) >= 60
    assert set(CHOSEN) <= set(every_kill())


@pytest.mark.long
def test_what_a_killed_run_leaves_the_next_up_mends(clone: Clone, story: str) -> None:
    clone.edit("services/words/app/contract.py", '"1.0"', '"killed"')
    killed = clone.begin("up")
    killed.wait_for(r"terraform apply \.\.\.")
    s3, place = clone.client("s3"), {"Bucket": STATE_BUCKET, "Prefix": "local/terraform.tfstate.tflock"}
    wait_until(lambda: "Contents" in s3.list_objects_v2(**place))
    killed.process.kill()
    killed.end(-signal.SIGKILL)
    # Terraform goes on to its end and gives the lock back.
    wait_until(lambda: "Contents" not in s3.list_objects_v2(**place))
    said = clone.up()
    assert not any(image["built"] for image in said["images"].values())
    assert clone.words_version() == "killed"
    assert clone.plain_terraform_plan() == 0
    assert list((clone.folder / ".storyizer").rglob("*.tfplan")) == []


def test_a_killed_emulator_loses_no_story_and_up_mends_it(clone: Clone, story: str) -> None:
    saved = clone.post("/api/stories", STORY).json()["id"]
    wait_until(lambda: clone.is_written(saved))  # a few seconds after a change
    os.kill(clone.emulator()["pid"], signal.SIGKILL)
    clone.up()
    assert clone.story_ids()[0] == saved
    wait_for(lambda: len(clone.containers(every=True)), 6)


@pytest.mark.long
def test_ctrl_c_during_the_build_and_during_the_apply_then_a_good_up(cold: Clone) -> None:
    clone = cold
    building = clone.begin("up")
    building.wait_for(r"build \w+ \.\.\.")
    building.interrupt()
    stopped = building.end(130)
    assert "error: interrupted" in stopped.stderr
    assert "next:  run the same command again" in stopped.stderr

    applying = clone.begin("up")
    applying.wait_for(r"terraform apply: create ")
    applying.interrupt()
    stopped = applying.end(130)
    assert "stopping when terraform has ended what it began; Ctrl-C again cuts it short" in stopped.stderr
    assert "error: interrupted" in stopped.stderr

    said = clone.up()
    assert "apply environment" not in said["terraform_runs"], "nothing was left half made"
    assert clone.get("/").status == 200
    assert clone.story_ids() == []
    assert clone.plain_terraform_plan() == 0
