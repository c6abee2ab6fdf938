"""Freezes, notifications, logs and diff by their commands."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.orchestrator.notify.receiver import Receiver, receiving
from tests.system.conftest import Clone, Run
from tests.system.polling import wait_until
from tests.system.states import States
from tests.system.versions import Bad, at_start

pytestmark = pytest.mark.system

SETTINGS = "terraform/environments/local.tfvars"
COMMIT = "a" * 40
FROZEN = "error: local is frozen; nothing was changed"


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A webhook."""
    with receiving() as server:
        yield server


class Notified:
    """The clone with a webhook whose URL is in the shell alone."""

    def __init__(self, clone: Clone, hook: Receiver) -> None:
        self.clone, self.hook = clone, hook

    def run(self, *arguments: str, code: int = 0) -> Run:
        """A command; what it says does not give the URL away."""
        ended = self.clone.run(*arguments, code=code, DEPLOY_HOOK=self.hook.url)
        for secret in ("secret-token", "hidden-key"):
            assert secret not in ended.stderr + ended.stdout
        return ended

    def news(self) -> list[dict[str, Any]]:
        """The documents since the last look."""
        found = [item["body"] for item in self.hook.received]
        self.hook.received.clear()
        return found


@pytest.fixture
def it(states: States, hook: Receiver) -> Notified:
    """An environment that is up, whose changes are notified of from now on."""

    def make() -> Clone:
        clone = states.base()
        with (clone.folder / SETTINGS).open("a") as file:
            file.write('\nnotify_webhook = "$DEPLOY_HOOK"\n')
        return clone

    return Notified(states.given("notified", make), hook)


def frozen(it: Notified, reason: str = "a migration, ask Anna") -> dict[str, Any]:
    """The freeze of an environment, which was notified of."""
    said: dict[str, Any] = it.run("freeze", "--reason", reason, "--json").json()
    assert [item["event"] for item in it.news()] == ["freeze"]
    return said


def differences(it: Notified) -> dict[str, Any]:
    """What differs, by service."""
    said = it.run("diff", "--json").json()
    return {name: item for name, item in said["services"].items() if item["status"] != "same"}


@pytest.mark.long
def test_a_change_is_seen_before_it_is_deployed_and_a_deploy_is_notified_of(it: Notified) -> None:
    assert differences(it) == {}
    it.clone.edit("services/words/app/contract.py", '"1.0"', '"frozen"')
    it.clone.edit(
        "services/words/service.yaml", "environment: {} ", "environment: {GREETING: hello, DB_PASSWORD: pw-12345} "
    )
    (words,) = differences(it).values()
    assert words["image_change"]["missing"] is True
    assert "contract.py changed" in words["image_change"]["why"]
    assert words["settings"] == {
        "variable DB_PASSWORD": {"before": None, "after": "(hidden)"},
        "variable GREETING": {"before": None, "after": "hello"},
    }
    shown = it.run("diff", "--detailed-exitcode", code=2).stdout
    assert re.search(r"(?m)^~ words$", shown)
    assert "variable GREETING" in shown
    assert "pw-12345" not in shown
    assert "save, website: no difference" in shown

    it.run("up")
    (news,) = it.news()
    assert (news["event"], news["environment"], news["reason"]) == ("success", "local", "")
    assert news["release"].startswith("r")
    assert news["url"].startswith("http://127.0.0.1:")
    assert "words" in news["text"]
    assert differences(it) == {}
    it.run("diff", "--detailed-exitcode")


def test_a_freeze_is_shown_and_stops_whatever_changes_something(it: Notified) -> None:
    it.run("plan", "--no-build", "--out", "frozen-bundle")
    said = frozen(it)
    assert said["frozen"]["reason"] == "a migration, ask Anna"
    assert "froze it at" in it.run("status").stdout
    assert it.run("status", "--json").json()["frozen"] == said["frozen"]
    for command in (
        ("up",), ("apply", "frozen-bundle"), ("rollback", "r1"),
        ("ci", "apply", "local", "--commit", COMMIT), ("down", "--yes"),
    ):  # fmt: skip
        ended = it.run(*command, code=1)
        assert FROZEN in ended.stderr
        assert "a migration, ask Anna" in ended.stderr
        assert "--despite-freeze" in ended.stderr
    assert it.run("status").code == 0
    assert it.news() == []


@pytest.mark.long
def test_a_plan_is_made_all_the_same_and_a_reason_lets_one_go_on(it: Notified) -> None:
    frozen(it)
    it.run("plan", "--no-build")
    ended = it.run("up", "--despite-freeze", "fixes the outage")
    assert "local is frozen, and this goes on despite that (fixes the outage)" in ended.stderr
    assert "a migration, ask Anna" in it.run("status").stdout


@pytest.mark.long
def test_of_two_who_freeze_at_once_one_has_done_it(it: Notified) -> None:
    frozen(it)
    it.run("unfreeze")
    assert [item["event"] for item in it.news()] == ["unfreeze"]
    both = [it.clone.begin("freeze", "--reason", f"reason {number}") for number in (1, 2)]
    ended = [run.end(None) for run in both]
    assert sorted(run.code for run in ended) == [0, 1]
    winner = next(number for number, run in enumerate(ended, 1) if run.code == 0)
    (loser,) = [run for run in ended if run.code == 1]
    assert "local is frozen already" in loser.stderr
    assert f"reason {winner}" in loser.stderr
    # Their shells had no DEPLOY_HOOK.
    assert "$DEPLOY_HOOK is not set in this shell" in ended[winner - 1].stderr


@pytest.mark.long
def test_a_hook_that_fails_or_hangs_fails_nothing(it: Notified) -> None:
    frozen(it)
    it.hook.answers = [500]
    ended = it.run("unfreeze")
    assert "warning: $DEPLOY_HOOK was not notified of the unfreeze: it answered 500 (3 attempts)" in ended.stderr
    it.hook.answers, it.hook.wait_seconds = [200], 60.0
    ended = it.run("freeze", "--reason", "a hook that hangs")
    assert "warning: $DEPLOY_HOOK was not notified of the freeze: no answer within" in ended.stderr
    it.hook.wait_seconds = 0.0
    it.hook.released.set()
    it.run("unfreeze")
    assert it.run("unfreeze").stderr.strip().endswith("local is not frozen")


@pytest.mark.long
def test_what_was_changed_outside_is_notified_of_and_differs(it: Notified) -> None:
    it.clone.client("ecs").update_service(cluster="storyizer-local", service="save", desiredCount=1)
    assert differences(it)["save"]["changes"] == {"count": {"before": "1", "after": "2"}}
    it.run("plan", "--no-build")
    (news,) = it.news()
    assert news["event"] == "drift"
    assert any("save" in address for address in news["drift"])


def test_logs_are_lines_for_people_and_json_for_programs(it: Notified) -> None:
    clone = it.clone
    following = clone.begin("logs", "--follow", "--since", "1s")
    marked = threading.Event()

    def ask() -> None:
        while not marked.wait(0.5):
            clone.get("/api/words?kind=noun&count=3")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        wait_until(lambda: any("GET /api/words 200" in line for line in following.said))
    finally:
        marked.set()
        asking.join()
        following.interrupt()
    lines = following.end(0).stdout.splitlines()
    form = re.compile(
        r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}  words    [0-9a-f]{8}  info      GET /api/words 200 .* ms  \[.+\]"
    )
    assert any(form.fullmatch(line) for line in lines), lines
    assert not any("_aws" in line for line in lines)
    assert len({line.index("  info  ") for line in lines if "  info  " in line}) == 1

    def everything() -> list[dict[str, Any]]:
        return [json.loads(line) for line in it.run("logs", "words", "--since", "1h", "--json").stdout.splitlines()]

    assert {item["service"] for item in everything()} == {"words"}
    # Services write them every ten seconds.
    wait_until(lambda: any("_aws" in item["message"] for item in everything()))
    assert it.run("logs", "--since", "1w", code=64).stderr.startswith("error: wrong usage: argument --since")


@pytest.mark.long
def test_a_version_that_fails_is_a_rollback_and_its_log_is_there_after_going_back(it: Notified) -> None:
    Bad("cannot start", at_start("import requests_that_is_not_there"), []).apply(it.clone)
    it.run("up", code=4)
    events = it.news()
    assert [item["event"] for item in events if item["event"] != "drift"] == ["rollback"]
    (news,) = [item for item in events if item["event"] == "rollback"]
    assert "the new version of words did not go live" in news["text"]
    assert news["release"]
    ended = it.run("logs", "--failed")
    assert "words failed at" in ended.stderr
    assert "No module named 'requests_that_is_not_there'" in ended.stdout
    assert it.run("logs", "words", "--failed").stdout == ended.stdout
    said = [json.loads(line) for line in it.run("logs", "--failed", "--json").stdout.splitlines()]
    assert {item["service"] for item in said} == {"words"}
    assert it.run("logs", "save", "--failed").stdout == ""
    assert it.run("logs", "nowhere", "--failed", code=64).stderr.startswith("error: local has no service 'nowhere'")


@pytest.mark.long
def test_what_is_stopped_is_still_frozen(it: Notified) -> None:
    it.run("freeze", "--reason", "over the weekend")
    it.run("stop")
    ended = it.run("down", "--yes", code=1)
    assert FROZEN in ended.stderr
    assert "over the weekend" in ended.stderr
    assert "the local environment is not running" in it.run("freeze", "--reason", "x", code=1).stderr
    it.run("down", "--yes", "--despite-freeze", "the weekend is over")
