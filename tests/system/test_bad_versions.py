"""No bad version is called live, and while one is tried nobody loses a request."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.system.checkout import SOAKS
from tests.system.conftest import Clone
from tests.system.polling import Polling
from tests.system.versions import BAD, FIRST_LINE, MAIN, Bad, at_start

pytestmark = pytest.mark.system

STORY = {"template": "The {noun} stays", "text": "The story stays"}


@pytest.fixture(scope="module")
def clone(cold_clone: Clone) -> Clone:
    """A clone with the checkout's own soak."""
    cold_clone.edit("terraform/environments/local.tfvars", *reversed(SOAKS))
    return cold_clone


def wait_until(condition: Callable[[], object], seconds: float = 20, stays_seconds: float = 0) -> None:
    """Wait until `condition()` is true, and so it still is after `stays_seconds`."""

    def stays() -> object:
        time.sleep(stays_seconds)
        return condition()

    deadline = time.monotonic() + seconds
    while not (condition() and stays()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.3)


def in_order(text: str, said: Sequence[str]) -> bool:
    """True if the text holds all of these, one behind the other."""
    return re.search(".*".join(re.escape(part) for part in said), text, re.DOTALL) is not None


@pytest.fixture
def as_it_was(clone: Clone) -> Iterator[None]:
    """The clone's services, put back after the test."""
    kept = clone.folder.parent / "services-kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(clone.folder / "services", kept, symlinks=True)
    yield
    shutil.rmtree(clone.folder / "services")
    shutil.move(kept, clone.folder / "services")


FIRST = [
    Bad("cannot start", at_start("import requests_that_is_not_there"), ["did not go live", "ModuleNotFoundError"]),
    Bad("flaps", at_start("import time\ntime.sleep(4)\nraise SystemExit(1)"), ["did not go live", "exited with 1"],
        only_long=True),
    next(bad for bad in BAD if bad.name == "its API answers 500"),
]  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bad" in metafunc.fixturenames:
        versions = FIRST if "first" in metafunc.function.__name__ else BAD
        every = metafunc.config.getoption("--long")
        metafunc.parametrize("bad", [bad for bad in versions if every or not bad.only_long], ids=lambda bad: bad.name)


def test_a_first_version_that_is_bad_is_told_and_does_not_go_on_dying(clone: Clone, bad: Bad, as_it_was: None) -> None:
    bad.apply(clone)
    ended = clone.run("up", code=1)
    assert in_order(ended.stderr, ["error:", *bad.said]), ended.stderr
    wait_until(lambda: clone.containers("words") == {}, stays_seconds=3)
    assert clone.plain_terraform_plan() == 0
    assert "r1" not in clone.run("status", code=1).stdout


@pytest.fixture(scope="module")
def polled(clone: Clone) -> Iterator[Polling]:
    """The first good version is live, and somebody polls it from now on."""
    clone.up()
    story = clone.post("/api/stories", STORY).json()["id"]
    with Polling(clone.url) as polling:
        yield polling
    assert story in clone.story_ids()


def test_a_bad_version_costs_no_request_and_is_told_with_its_own_evidence(
    clone: Clone, polled: Polling, bad: Bad, as_it_was: None
) -> None:
    before, release = clone.containers(), clone.run("status", "--json").json()["release"]["name"]
    polled.take()
    bad.apply(clone)
    ended = clone.run("up", code=bad.code)
    asked, lost = polled.take()
    assert lost == []
    assert asked > 30
    assert in_order(ended.stderr, ["error:", *bad.said]), ended.stderr
    if bad.is_more or bad is BAD[0]:
        assert clone.plain_terraform_plan() == 0
    status = clone.run("status", "--json").json()
    assert (status["release"]["name"], status["served_by_standby"]) == (release, [])
    assert len(before) == 6
    # A process that is deaf to SIGTERM is killed thirty seconds later.
    wait_until(lambda: sorted(clone.containers().values()) == sorted(before.values()), 45)


def test_a_new_service_that_is_bad_is_removed_again_and_its_log_is_still_told(
    clone: Clone, polled: Polling, as_it_was: None
) -> None:
    """The mistake of the requirements' file that a copy of words with another package makes, found late."""
    polled.take()
    shutil.copytree(clone.folder / "services/words", clone.folder / "services/verbs")
    clone.edit("services/verbs/service.yaml", "paths: [/api/words]", "paths: [/api/verbs]")
    clone.edit("services/verbs/app/__main__.py", FIRST_LINE, FIRST_LINE + "import httpx_that_is_not_there\n")
    ended = clone.run("up", code=4)
    assert in_order(ended.stderr, ["the new version of verbs did not go live", "exited with 1", "ModuleNotFoundError"])
    assert polled.take()[1] == []
    told = clone.run("logs", "verbs")
    assert "No module named 'httpx_that_is_not_there'" in told.stdout
    assert clone.plain_terraform_plan() == 0
    assert set(clone.run("status", "--json").json()["services"]) == {"website", "words", "save"}


def test_containers_that_were_removed_by_hand_are_replaced(clone: Clone, polled: Polling) -> None:
    """Requests are lost here: nobody was asked before the containers went."""
    gone = set(clone.containers("website"))
    subprocess.run(["docker", "rm", "--force", *gone], check=True, capture_output=True)
    wait_until(lambda: len(set(clone.containers("website")) - gone) == 2)
    wait_until(lambda: clone.run("status", "--json", code=None).json()["services"]["website"]["healthy"] == 2)
    polled.forget()


def test_a_version_that_does_not_listen_to_sigterm_goes_live_and_is_replaced_without_a_lost_request(
    clone: Clone, polled: Polling, as_it_was: None
) -> None:
    polled.take()
    clone.edit(MAIN, "    main(build)\n", "    import signal\n    signal.signal = lambda *a: None\n    main(build)\n")
    clone.up()
    assert polled.take()[1] == []


def test_and_going_forward_again_costs_no_request(clone: Clone, polled: Polling) -> None:
    polled.take()
    assert len(clone.up()["changes"]["deploys"]) == 1
    assert polled.take()[1] == []
