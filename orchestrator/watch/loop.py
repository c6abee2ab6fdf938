"""The watch: an `up`, then what is saved is copied into the tasks that run, then an `up` again.

Only files of `app/` are copied. Any other change that an `up` would bring is brought by one, at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import Failure, Interrupted
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.system import interrupt, paths
from orchestrator.target import Target
from orchestrator.watch import changes, copying, serving
from orchestrator.watch.changes import Seen

# How long nothing may happen until it is looked whether a task has ended and another one begun.
TICK_SECONDS = 5.0
# How long nothing may be saved until what was saved before is taken: an editor writes several files.
STEP_MILLISECONDS = 50
SHOWN_LINES = 12
ENDS = "the watch ends, `up` brings what is checked out; Ctrl-C again stops that too"

Emit = Callable[[dict[str, Any]], None]


@dataclass
class Watching:
    """One watch of an environment; `only` are the services that were named, all if there are none."""

    environment: Environment
    only: Collection[str]
    console: Console
    emit: Emit
    released: Seen
    seen: Seen
    target: Target
    copies: int = 0
    reached: dict[str, set[str]] = field(default_factory=dict)
    """Per service whose files were copied the containers that have them."""

    @property
    def watched(self) -> list[Service]:
        """The services whose files can be copied: none that was added and whose deploy failed has a task."""
        chosen = [service for service in self.seen.services.values() if not self.only or service.name in self.only]
        return [
            service for service in chosen if service.name in self.released.services and changes.can_be_copied(service)
        ]

    def begin(self) -> None:
        """Replace the tasks, and copy again what differs from the release: a task begins with its image's files."""
        serving.begin(self.target, self.watched, self.console)
        self.reached = {}
        for service in self.watched:
            if files := changes.files(self.released, self.seen, service.name):
                self.copy(service.name, files)

    def until_whole(self, ended: threading.Event) -> tuple[str, ...]:
        """Copy what is saved until something else is changed, or the watch is ended; what was changed."""
        told = ""
        for _ in _saved(ended):
            try:
                now = changes.look(self.environment)
                change = changes.between(self.seen, now, {service.name for service in self.watched})
                if change.whole:
                    return change.whole
                self.seen = now
                for name, files in change.copied.items():
                    self.copy(name, files)
                if not change.copied:
                    self.again()
                told = ""
            except Interrupted:
                raise
            except Failure as failure:
                if failure.render() != told:  # once, and not at every look
                    self.say(failure)
                told = failure.render()
        return ()

    def copy(self, name: str, files: Sequence[str]) -> None:
        """Have the tasks of a service run its files, and say what came of it."""
        began = time.monotonic()
        self.copies += 1
        found = serving.containers(self.target, name)
        outcomes = copying.copy(self.seen.contents[name], found, self.copies)
        seconds = time.monotonic() - began
        # A task that has just ended, or begun, is looked after at the next look.
        self.reached[name] = {container for container, outcome in outcomes.items() if not outcome.lost}
        event = {"service": name, "files": list(files), "seconds": round(seconds, 2)}
        kept = next((outcome.kept for outcome in outcomes.values() if outcome.kept), "")
        if kept:
            self.console.say(f"{name}: {_few(files)} not served, its tasks keep what they run: {kept}")
            self.emit({"event": "kept", **event, "reason": kept})
            return
        # Who is told of it finds it noted.
        serving.note(self.target, {item: changes.files(self.released, self.seen, item) for item in self.reached})
        tasks = f"{len(found)} task{'' if len(found) == 1 else 's'}"
        self.console.say(f"{name}: {_few(files)} served by {tasks} after {seconds:.1f} s")
        self.emit({"event": "served", **event, "tasks": len(found)})

    def again(self) -> None:
        """Copy once more where a task has begun since, whose files are its image's."""
        for name, reached in sorted(self.reached.items()):
            files = changes.files(self.released, self.seen, name)
            if files and set(serving.containers(self.target, name)) - reached:
                self.console.say(f"{name}: a task has begun, which gets the saved files too")
                self.copy(name, files)

    def say(self, failure: Failure) -> None:
        """Tell what is wrong with what was saved; the watch goes on."""
        self.console.failure(failure)
        self.emit({"event": "failed", "error": failure.as_json()})


def run(
    environment: Environment, only: Collection[str], console: Console, *, deploy: Callable[[], int], emit: Emit
) -> int:
    """Deploy, watch until Ctrl-C, deploy; the last deploy's exit code. `emit` gets what happens as JSON.

    Raises what the first and the last deploy raise. Between them a deploy that fails leaves the watch going on.
    """
    # Before it is deployed: what is saved meanwhile is served then.
    seen = changes.look(environment)
    deploy()
    watching = Watching(environment, only, console, emit, seen, seen, places.reach(environment))
    watching.begin()
    while True:
        with interrupt.awaited(ENDS) as ended:
            _tell(watching)
            whole = watching.until_whole(ended)
        if not whole:
            interrupt.check("the watch")
            return deploy()
        console.say(f"{_few(whole)}: `up` brings that")
        emit({"event": "up", "because": list(whole)})
        now = changes.look(environment)
        try:
            deploy()
            watching.released = now
        except Interrupted:
            raise
        except Failure as failure:
            watching.say(failure)
        watching.seen, watching.target = now, places.reach(environment)
        watching.begin()


def _tell(watching: Watching) -> None:
    names = ", ".join(service.name for service in watching.watched) or "no service"
    watching.console.say(f"watching {names}; Ctrl-C ends it with an `up`")


def _saved(ended: threading.Event) -> Iterator[None]:
    """Once at the beginning, whenever something was saved, and every few seconds, until the watch is ended."""
    from watchfiles import watch

    yield None
    folders = [paths.SERVICES, paths.TERRAFORM]
    with suppress(KeyboardInterrupt):
        for _ in watch(
            *folders, stop_event=ended, step=STEP_MILLISECONDS, debounce=4 * STEP_MILLISECONDS,
            rust_timeout=int(1000 * TICK_SECONDS), yield_on_timeout=True,
        ):  # fmt: skip
            yield None


def _few(items: Sequence[str]) -> str:
    more = f" and {len(items) - 3} more" if len(items) > 3 else ""
    return ", ".join(items[:3]) + more
