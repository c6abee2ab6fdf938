"""`up --watch`: what is saved is served by the tasks that run, is called no release, and ends in one."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.system.conftest import Clone, Running
from tests.system.polling import Polling, wait_until

pytestmark = pytest.mark.system

VERSION = ("services/words/app/contract.py", '"1.0"')


@pytest.fixture
def watched(base: Clone) -> Iterator[Running]:
    """A watch of the clone, at work; ended by the test or after it."""
    watch = base.begin("up", "--watch", "--json")
    watch.wait_for("^.{9}watching save, website, words")
    yield watch
    if watch.process.poll() is None:
        watch.send(signal.SIGTERM)
        watch.process.wait(120)


def save(clone: Clone, version: str) -> None:
    """Save a file that changes what the service answers."""
    clone.edit(*VERSION, f'"{version}"')


def version(clone: Clone) -> str:
    """What it answers, or that it does not."""
    answer = clone.get("/api/words/openapi.json")
    return str(answer.json()["info"]["version"]) if answer.status == 200 else f"{answer.status}: {answer.body!r}"


def serves(clone: Clone, wanted: str) -> bool:
    """True if both tasks answer with it."""
    return all(version(clone) == wanted for _ in range(6))


def events(watch: Running, kind: str) -> list[dict[str, Any]]:
    """What the watch has told of that kind."""
    found = [json.loads(line) for line in list(watch.said)]
    return [item for item in found if item.get("event") == kind]


def until_served(watch: Running, times: int) -> dict[str, Any]:
    """Wait until the watch has told so often that files are served, which it does after they are; the last of them."""
    wait_until(lambda: len(events(watch, "served")) >= times)
    found = events(watch, "served")
    assert len(found) == times, found
    return found[-1]


def test_what_is_saved_is_served_by_the_same_containers_and_called_no_release(base: Clone, watched: Running) -> None:
    before = base.containers("words")
    with Polling(base.url, ("/api/words?kind=noun&count=3",), at_once=3) as polling:
        save(base, "1.1")
        wait_until(lambda: serves(base, "1.1"))
        served = until_served(watched, 1)
    assert not polling.lost, "requests were lost while processes were exchanged"
    assert base.containers("words") == before, "the containers are others"
    assert (served["service"], served["files"], served["tasks"]) == ("words", ["app/contract.py"], 2)

    status = base.run("status", code=1)
    assert "words is not a release: `up --watch` serves its app/ as it is saved; changed since r1: app/contract.py" in (
        status.stdout
    )
    assert base.run("status", "--json", code=1).json()["services"]["words"]["copied"] == ["app/contract.py"]

    # A syntax error leaves the process as it is, and says why.
    routes = base.folder / "services" / "words" / "app" / "routes.py"
    text = routes.read_text()
    routes.write_text(text + "\ndef broken(\n")
    wait_until(lambda: events(watched, "kept"))
    assert events(watched, "kept")[0]["reason"] == "SyntaxError: '(' was never closed"
    assert serves(base, "1.1")
    routes.write_text(text)
    until_served(watched, 2)

    # Another deploy is refused meanwhile.
    assert "another run is at work on local" in base.run("up", code=1).stderr

    # A task that ends is replaced by one that serves the saved files, too.
    gone = next(iter(before))
    subprocess.run(["docker", "kill", gone], check=True, capture_output=True)
    wait_until(
        lambda: gone not in base.containers("words") and len(base.containers("words")) == 2 and serves(base, "1.1")
    )

    # Ctrl-C brings the release.
    watched.interrupt()
    watched.end()
    last = json.loads(watched.said[-1])
    assert last["release"]["name"] == "r2" and last["images"]["words"]["built"]
    assert serves(base, "1.1")
    assert "not a release" not in base.run("status").stdout
    assert base.plain_terraform_plan() == 0


@pytest.mark.long
def test_another_change_brings_an_up_and_the_watch_goes_on(base: Clone, watched: Running) -> None:
    save(base, "1.2")
    base.edit("services/words/service.yaml", "memory: 512", "memory: 1024")
    watched.wait_for(r"words/service\.yaml changed: `up` brings that")
    wait_until(lambda: sum("watching save" in line for line in watched.lines) == 2, 300)
    # What it tells programs has a way of its own.
    wait_until(lambda: len(events(watched, "live")) == 2)
    brought = events(watched, "live")[-1]
    assert brought["release"]["name"] == "r2" and brought["images"]["words"]["built"]
    before = len(events(watched, "served"))
    base.edit("services/words/app/contract.py", '"1.2"', '"1.3"')
    wait_until(lambda: serves(base, "1.3"))
    until_served(watched, before + 1)

    # Whoever kills the watch leaves what is no release, and the next `up` replaces it.
    watched.process.kill()
    watched.process.wait(60)
    base.edit("services/words/app/contract.py", '"1.3"', '"1.2"')
    assert "changed since r2: app/contract.py" in base.run("status", code=1).stdout
    assert serves(base, "1.3")
    said = base.up()
    assert said["release"]["name"] == "r2" and not said["images"]["words"]["built"]
    assert serves(base, "1.2")
    assert "not a release" not in base.run("status").stdout
