"""The states that tests begin from. Each is made once, kept, and there again seconds after it is asked for.

A test asks for a state and may do anything to it. The next one that asks gets it as it was: nothing is done if it is
given, and otherwise what was kept is put in the place of what is there. So tests run alone and in any order, and one
system is brought up for all of them.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from orchestrator.proof.http_client import Client, NotYet

from .checkout import clear, lay_out
from .look import Look, look
from .polling import PATHS, wait_until

if TYPE_CHECKING:
    from .conftest import Clone

T = TypeVar("T")
SETTLES_SECONDS = 180.0
BASE = "base"
# Of two tasks that take turns, both have answered.
IN_A_ROW = 6
# Ending the emulator without `stop`, and starting it without `up`: neither Terraform nor a build is needed for that.
START = """
import shutil
from orchestrator import places
from orchestrator.console import Console
from orchestrator.emulator import emulator
from orchestrator.project import environment, survivors
with Console(live=False).stage("emulated AWS") as stage:
{before}
    places.start(environment.load("local"), stage)
"""
# A Terraform that a test's killed run has left would go on in what is put there.
REPLACE = """
    survivors.end(environment.load("local"))
    emulator.destroy(stage)
    shutil.rmtree(".storyizer", ignore_errors=True)
    shutil.copytree({kept!r}, ".storyizer", symlinks=True)
"""


@dataclass
class State:
    """What was made, what it looked like when a test was last given it, and where it is kept, if it is."""

    value: Any
    seen: Look | None
    kept: Path | None = None
    url: str = ""
    images: dict[str, Any] = field(default_factory=dict)


class States:
    """The states of one clone; `folder` is for what is kept."""

    def __init__(self, clone: Clone, folder: Path) -> None:
        self._clone, self._folder = clone, folder
        self._states: dict[str, State] = {}
        self._failed: dict[str, BaseException] = {}

    def base(self) -> Clone:
        """This checkout's files, live as r1, and nothing else."""
        self.given(BASE, self._first, keep=True)
        return self._clone

    def nothing(self) -> Clone:
        """This checkout's files, and nothing that runs or ever did."""
        self._clone.end_runs()
        lay_out(self._clone.folder)
        if (self._clone.folder / ".storyizer").exists():
            self._clone.run("down", "--yes", "--despite-freeze", "a test begins")
        self._clone.url, self._clone.images = "", {}
        return self._clone

    def given(self, name: str, make: Callable[[], T], *, keep: bool = False) -> T:
        """The state called `name`; what `make`, which makes it out of another one, has returned.

        With `keep` it is kept when it is made: worth it for what takes longer than stopping and starting a system. One
        that could not be made is not tried again.
        """
        if name in self._failed:
            raise AssertionError(f"the state {name!r} could not be made") from self._failed[name]
        state = self._states.get(name)
        if state is None or (state.kept is None and look(self._clone) != state.seen):
            try:
                value = make()
                seen = settled(self._clone)
                state = self._states[name] = State(value, seen, None, self._clone.url, dict(self._clone.images))
                if keep:
                    self._keep(name, state)
            except Exception as error:
                if keep:
                    self._failed[name] = error
                raise
        elif state.kept is not None:
            self._back(state, look(self._clone))
        self._clone.url, self._clone.images = state.url, dict(state.images)
        return state.value  # type: ignore[no-any-return]

    def still(self, name: str) -> None:
        """What is there now is as good a state of this name: a test has seen to it. Not for one that is kept."""
        seen = settled(self._clone)
        state = self._states.setdefault(name, State(None, seen))
        assert state.kept is None, f"{name} is kept as it is"
        state.seen, state.url, state.images = seen, self._clone.url, dict(self._clone.images)

    def is_still(self, name: str) -> bool:
        """True if it looks as when `still` was called for this name."""
        return name in self._states and look(self._clone) == self._states[name].seen

    def rest(self) -> None:
        """Stop what runs until somebody asks for a state again: six tasks and an emulator cost a fifth of a core."""
        self._clone.end_runs()
        if (self._clone.folder / ".storyizer").exists():
            self._clone.run("stop", code=None)

    def _first(self) -> None:
        """Up from nothing, unless this very state is what somebody has just brought up from nothing."""
        self._clone.end_runs()
        lay_out(self._clone.folder)
        if (self._clone.folder / ".storyizer").exists():
            with suppress(AssertionError):
                self._clone.up()
                if [item["name"] for item in self._clone.run("releases", "--json").json()["releases"]] == ["r1"]:
                    return
            self.nothing()
        self._clone.up()

    def _keep(self, name: str, state: State) -> None:
        """A copy of the clone's folder, taken while its system is stopped.

        It is known by how it looks when it was started. Before that, and while it starts, containers that have ended
        may be among the rest; they are removed after a while.
        """
        clone = self._clone
        clone.run("stop")
        state.kept = self._folder / name
        shutil.copytree(clone.folder, state.kept, symlinks=True, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
        clone.python(START.format(before=""))
        wait_until_served(state.url)
        wait_until(lambda: is_well(look(clone)) and clone.containers() == clone.containers(every=True), SETTLES_SECONDS)
        state.seen = settled(clone)

    def _back(self, state: State, now: Look | None) -> None:
        """From how it looks now. If that is other files alone, the system stays as it is."""
        clone = self._clone
        assert state.kept is not None and state.seen is not None
        if now == state.seen:
            return
        clone.end_runs()
        clear(clone.folder)
        for entry in state.kept.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                if entry.name != ".storyizer":
                    shutil.copytree(entry, clone.folder / entry.name, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(entry, clone.folder / entry.name, follow_symlinks=False)
        if now is None or now | {"files": None} != state.seen | {"files": None}:
            clone.python(START.format(before=REPLACE.format(kept=str(state.kept / ".storyizer"))))
            settled(clone, state.seen)
            wait_until_served(state.url)


def is_well(seen: Look | None) -> bool:
    """True if every service has the tasks that it shall have, and every target is healthy."""
    if seen is None:
        return False
    counts = all(desired == running for _, _, desired, running in seen["services"])
    return counts and {state for states in seen["targets"].values() for state in states} <= {"healthy"}


def settled(clone: Clone, wanted: Look | None = None) -> Look:
    """How it looks when nothing changes any more; with `wanted`, when it looks like that."""
    until, before = time.monotonic() + SETTLES_SECONDS, wanted or look(clone)
    while True:
        time.sleep(0.5)
        now = look(clone)
        if now is not None and now == before:
            return now
        assert time.monotonic() < until, f"not so after {SETTLES_SECONDS:.0f} s: {difference(now, before)}"
        before = wanted or now


def wait_until_served(url: str) -> None:
    """The emulator sends requests to a task as soon as its container runs; wait until all of them answer."""
    client, until, well = Client(url), time.monotonic() + SETTLES_SECONDS, 0
    while well < IN_A_ROW:
        try:
            well = well + 1 if all(client.fetch(path).status == 200 for path in PATHS) else 0
        except NotYet:
            well = 0
        if not well:
            assert time.monotonic() < until, f"{url} does not answer after {SETTLES_SECONDS:.0f} s"
            time.sleep(0.2)


def difference(one: Look | None, other: Look | None) -> dict[str, tuple[object, object]]:
    """The parts that differ."""
    one, other = one or {}, other or {}
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
