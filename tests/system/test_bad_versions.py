"""No bad version is called live, and while one is tried nobody loses a request."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.system.conftest import Clone
from tests.system.polling import Polling, wait_for, wait_until
from tests.system.states import States
from tests.system.versions import BAD, FIRST_LINE, MAIN, Bad, at_start

pytestmark = pytest.mark.system

STORY = {"template": "The {noun} stays", "text": "The story stays"}


# The base with a longer soak, after however many bad versions; and where there is nothing else but those.
WATCHED, NEVER_LIVE = "watched", "never live"


def with_long_soak(clone: Clone) -> None:
    """What goes live is watched for long enough to see it die ten seconds after its smoke test."""
    clone.edit("terraform/environments/local.tfvars", "soak_seconds = 5", "soak_seconds = 25")


def in_order(text: str, said: Sequence[str]) -> bool:
    """True if the text holds all of these, one behind the other."""
    return re.search(".*".join(re.escape(part) for part in said), text, re.DOTALL) is not None


@contextmanager
def put_back(clone: Clone) -> Iterator[None]:
    """The clone's services, put back in the end."""
    kept = clone.folder.parent / "services-kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(clone.folder / "services", kept, symlinks=True)
    try:
        yield
    finally:
        shutil.rmtree(clone.folder / "services")
        shutil.move(kept, clone.folder / "services")


FIRST = [
    Bad("cannot start", at_start("import requests_that_is_not_there"), ["did not go live", "ModuleNotFoundError"]),
    Bad("flaps", at_start("import time\ntime.sleep(4)\nraise SystemExit(1)"), ["did not go live", "exited with 1"],
        only_long=True),
    replace(next(bad for bad in BAD if bad.name == "its API answers 500"), only_long=True),
]  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bad" in metafunc.fixturenames:
        versions = FIRST if "first" in metafunc.function.__name__ else BAD
        every = metafunc.config.getoption("--long")
        metafunc.parametrize("bad", [bad for bad in versions if every or not bad.only_long], ids=lambda bad: bad.name)


@pytest.mark.long
def test_a_first_version_that_is_bad_is_told_and_does_not_go_on_dying(
    states: States, shared_clone: Clone, bad: Bad
) -> None:
    """Cold, or where nothing but other bad ones was ever tried."""
    clone = shared_clone
    if not states.is_still(NEVER_LIVE):
        with_long_soak(states.nothing())
    with put_back(clone):
        bad.apply(clone)
        ended = clone.run("up", code=1)
        assert in_order(ended.stderr, ["error:", *bad.said]), ended.stderr
        wait_until(lambda: clone.containers("words") == {}, stays_seconds=3)
        assert clone.plain_terraform_plan() == 0
        assert "r1" not in clone.run("status", code=1).stdout
    states.still(NEVER_LIVE)


@pytest.fixture
def watched(states: States) -> Clone:
    """A clone where a good version is live, and what comes next is watched for 25 s."""

    def make() -> Clone:
        clone = states.base()
        with_long_soak(clone)
        return clone

    return states.given(WATCHED, make)


@contextmanager
def polled(clone: Clone) -> Iterator[Polling]:
    """Somebody polls it and loses nothing, and the story that was saved before is there in the end."""
    story = clone.post("/api/stories", STORY).json()["id"]
    with Polling(clone.url) as polling:
        yield polling
        asked, lost = polling.take()
    assert lost == []
    assert asked > 30
    assert story in clone.story_ids()


def test_a_bad_version_costs_no_request_and_is_told_with_its_own_evidence(
    states: States, watched: Clone, bad: Bad
) -> None:
    clone = watched
    before, release = clone.containers(), clone.run("status", "--json").json()["release"]["name"]
    with put_back(clone), polled(clone):
        bad.apply(clone)
        ended = clone.run("up", code=bad.code)
    assert in_order(ended.stderr, ["error:", *bad.said]), ended.stderr
    if bad.is_more or bad is BAD[0]:
        assert clone.plain_terraform_plan() == 0
    status = clone.run("status", "--json").json()
    assert (status["release"]["name"], status["served_by_standby"]) == (release, [])
    assert len(before) == 6
    # A process that is deaf to SIGTERM is killed thirty seconds later.
    wait_for(lambda: sorted(clone.containers().values()), sorted(before.values()))
    states.still(WATCHED)


@pytest.mark.long
def test_a_new_service_that_is_bad_is_removed_again_and_its_log_is_still_told(base: Clone) -> None:
    """The mistake of the requirements' file that a copy of words with another package makes, found late."""
    clone = base
    with polled(clone):
        shutil.copytree(clone.folder / "services/words", clone.folder / "services/verbs")
        clone.edit("services/verbs/service.yaml", "paths: [/api/words]", "paths: [/api/verbs]")
        clone.edit("services/verbs/app/__main__.py", FIRST_LINE, FIRST_LINE + "import httpx_that_is_not_there\n")
        ended = clone.run("up", code=4)
    assert in_order(ended.stderr, ["the new version of verbs did not go live", "exited with 1", "ModuleNotFoundError"])
    told = clone.run("logs", "verbs")
    assert "No module named 'httpx_that_is_not_there'" in told.stdout
    assert clone.plain_terraform_plan() == 0
    assert set(clone.run("status", "--json").json()["services"]) == {"website", "words", "save"}


def test_containers_that_were_removed_by_hand_are_replaced(base: Clone) -> None:
    """Requests are lost here: nobody was asked before the containers went."""
    clone = base
    gone = set(clone.containers("website"))
    subprocess.run(["docker", "rm", "--force", *gone], check=True, capture_output=True)
    wait_until(lambda: len(set(clone.containers("website")) - gone) == 2)
    wait_until(lambda: clone.run("status", "--json", code=None).json()["services"]["website"]["healthy"] == 2)


@pytest.mark.long
def test_a_version_that_does_not_listen_to_sigterm_goes_live_and_is_replaced_without_a_lost_request(
    base: Clone,
) -> None:
    clone = base
    with put_back(clone), polled(clone):
        deaf = "    import signal\n    signal.signal = lambda *a: None\n    main(build)\n"
        clone.edit(MAIN, "    main(build)\n", deaf)
        clone.up()
    with polled(clone):
        assert len(clone.up()["changes"]["deploys"]) == 1
