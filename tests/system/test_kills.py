"""Whatever is killed, and whenever: the next `up` heals it. `--long` kills everything in every stage."""

from __future__ import annotations

import shutil
import time

import pytest

from .kills import HEALTHY, HUP, KILL, TERM, Kill, Range, every_kill, settled
from .states import States

pytestmark = pytest.mark.system

# The emulator has a moment for its containers; with a loop of new ones it would never end.
STOP_SECONDS = 90
# One of each kind. What the others would show, `--long` shows.
CHOSEN = (
    Kill("emulator", "emulator", KILL),
    Kill("build", "docker", KILL),
    Kill("push", "orchestrator", KILL),
    Kill("init", "orchestrator", KILL),
    Kill("plan", "orchestrator", KILL),
    Kill("plan", "terraform", KILL, 4.0),
    Kill("standby", "orchestrator", KILL, 1.0),
    Kill("applying", "terraform", KILL),
    Kill("rollout", "orchestrator", HUP),
    Kill("smoke", "emulator", KILL),
    Kill("soak", "orchestrator", TERM),
    Kill("handover", "orchestrator", KILL),
    Kill("release", "orchestrator", KILL),
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
    for verb in (["up"], ["stop"], ["down"], ["plan", "--no-build"]):
        refused = clone.run(*verb, code=1).stderr
        assert f"error: another run is at work on local\n  Process {run.process.pid} runs `up local` since" in refused
    assert clone.run("status", "--json").json()["url"] == clone.url
    assert clone.run("logs", "save", "--json").stdout
    run.end(0)
    killing_range.check()


def test_a_service_that_crashes_for_ever_ends_with_stop_and_leaves_no_container(killing_range: Range) -> None:
    clone = killing_range.clone
    folder = clone.folder / "services" / "loop"
    shutil.copytree(clone.folder / "services" / "words", folder)
    clone.edit("services/loop/service.yaml", "/api/words", "/api/loop")
    clone.edit("services/loop/app/__main__.py", '"""', 'raise SystemExit("never")\n"""')
    run = clone.begin("up")
    run.wait_for(r"rollout \.\.\.")
    settled(lambda: len(clone.containers("loop", every=True)) >= 3 or run.process.poll() is not None)
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
    assert f"Process {going.process.pid} runs `down local`" in clone.run("up", code=1).stderr
    going.end(0)
    assert clone.containers(every=True) == {}
    assert not (clone.folder / ".storyizer").exists()


def test_at_least_sixty_kills_are_tried_at_full_length() -> None:
    assert len(set(every_kill())) >= 60
    assert set(CHOSEN) <= set(every_kill())
