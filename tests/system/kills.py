"""Killing an `up` at a chosen moment, and what must be true after the next one."""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.system import processes

from .polling import wait_for, wait_until

if TYPE_CHECKING:
    from .conftest import Clone, Running
    from .states import States

# The state from which a kill begins and in which it ends: a system that is well, of whatever version, with its story.
HEALTHY = "healthy"
CONTRACT = "services/words/app/contract.py"
WANTED_CONTAINERS = 6
STORY = {"template": "The {noun} survives", "text": "The bear survives"}
KILL, TERM, INT, HUP = signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP
APPEARS_SECONDS = 60.0
END_SECONDS = 420.0


@dataclass(frozen=True)
class Stage:
    """A moment of an `up`: the line of standard error with which it begins, and what must be so for it to come."""

    line: str
    victims: tuple[str, ...]
    needs: Callable[[Clone], object] = field(default=lambda clone: None)


def _forget_init(clone: Clone) -> None:
    for file in (clone.folder / ".storyizer").glob("*/terraform-environment/initialised"):
        file.unlink()


def _stop(clone: Clone) -> None:
    clone.run("stop")


STAGES = {
    "base": Stage(r"base image \.\.\.", ("orchestrator",)),
    "emulator": Stage(r"emulated AWS \.\.\.", ("orchestrator", "emulator"), _stop),
    "build": Stage(r"build words \.\.\.", ("orchestrator", "docker", "emulator")),
    "push": Stage(r"push words \.\.\.", ("orchestrator", "docker", "emulator")),
    "init": Stage(r"terraform init environment \.\.\.", ("orchestrator", "terraform"), _forget_init),
    "plan": Stage(r"terraform plan \.\.\.", ("orchestrator", "terraform", "provider", "emulator")),
    "standby": Stage(r"standby \.\.\.", ("orchestrator", "emulator")),
    "apply": Stage(r"terraform apply \.\.\.", ("orchestrator", "terraform", "provider", "emulator")),
    "applying": Stage(r"terraform apply: \w+ \S", ("orchestrator", "terraform", "provider", "emulator")),
    "rollout": Stage(r"rollout \.\.\.", ("orchestrator", "emulator")),
    "smoke": Stage(r"smoke test \.\.\.", ("orchestrator", "emulator")),
    "soak": Stage(r"soak \.\.\.", ("orchestrator", "emulator")),
    "handover": Stage(r"hand over \.\.\.", ("orchestrator", "emulator")),
    "release": Stage(r"hand over: requests", ("orchestrator",)),
}
SIGNALS = {
    "orchestrator": (KILL, TERM, INT, HUP),
    "terraform": (KILL, TERM, INT),
    "provider": (KILL, TERM),
    "docker": (KILL, TERM),
    "emulator": (KILL, TERM),
}
# Long enough for Terraform to be in the middle of its work.
LATER = {"standby": 1.0, "plan": 1.5, "apply": 1.0}


@dataclass(frozen=True)
class Kill:
    """Which process gets which signal, how many seconds after the stage's first line."""

    stage: str
    victim: str
    signal: signal.Signals
    delay: float = 0.0

    def __str__(self) -> str:
        return f"{self.stage}{'-late' if self.delay else ''}-{self.victim}-{self.signal.name.removeprefix('SIG')}"


def every_kill() -> Iterator[Kill]:
    """The whole product of stage, victim and signal, as far as the victim lives in that stage."""
    for name, stage in STAGES.items():
        for victim, delay in itertools.product(stage.victims, [0.0, *([LATER[name]] if name in LATER else [])]):
            for number in SIGNALS[victim]:
                yield Kill(name, victim, number, delay)


@dataclass
class Range:
    """A clone at its base, with a story in it, on which one kill after the other is tried."""

    clone: Clone
    states: States
    story: str = ""
    version: str = "1.0"
    count: int = 0

    def begin(self) -> None:
        """The story that must outlive everything."""
        self.story = self.clone.post("/api/stories", STORY).json()["id"]
        wait_until(lambda: self.clone.is_written(self.story))  # a few seconds after a change

    def try_out(self, kill: Kill) -> str:
        """Edit, `up`, kill, let the dust settle, `up` again, look. Returns what the killed run said.

        The second `up` must heal whatever the first has left.
        """
        STAGES[kill.stage].needs(self.clone)
        killed = self.begin_edited()
        killed.wait_for(STAGES[kill.stage].line)
        time.sleep(kill.delay)
        hit = self._hit(kill, killed)
        said = self._ended(killed)
        assert hit, f"there was no {kill.victim} to kill: {said}"
        self.clone.up()
        self.check()
        return said

    def begin_edited(self) -> Running:
        """An `up` after one more changed line."""
        self.count += 1
        version = f"kill-{self.count}"
        self.clone.edit(CONTRACT, f'"{self.version}"', f'"{version}"')
        self.version = version
        return self.clone.begin("up")

    def _hit(self, kill: Kill, run: Running) -> bool:
        until = time.monotonic() + APPEARS_SECONDS
        while time.monotonic() < until:
            pid = self.victim(kill.victim, run)
            if pid is not None:
                if kill.victim == "orchestrator" and kill.signal in (INT, HUP):
                    run.send(kill.signal)  # as the terminal does it: to the whole foreground process group
                else:
                    processes.send(pid, kill.signal)
                return True
            if run.process.poll() is not None:
                return False
            time.sleep(0.02)
        return False

    def _ended(self, run: Running) -> str:
        until = time.monotonic() + END_SECONDS
        while run.process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        assert run.process.poll() is not None, f"it has not ended {END_SECONDS:.0f} s later: {''.join(run.lines)}"
        return run.end(None).stderr

    def victim(self, name: str, run: Running) -> int | None:
        """The process id of the victim, None if there is none now."""
        if name == "orchestrator":
            return run.process.pid if run.process.poll() is None else None
        if name == "emulator":
            return next(
                iter(self.of_clone(lambda pid: "orchestrator.emulator.server" in processes.arguments(pid))), None
            )
        if name == "provider":
            return next(iter(self.of_clone(lambda pid: processes.program(pid).startswith("terraform-provider-"))), None)
        return next(iter(self.of_clone(lambda pid: processes.name(pid) == name)), None)

    def of_clone(self, is_wanted: Callable[[int], bool]) -> list[int]:
        """The processes that work for this clone: its folder is in their environment or command line."""
        work = str(self.clone.folder / ".storyizer")
        found = []
        for pid in processes.everyone():
            if is_wanted(pid):
                words, variables = processes.arguments(pid), processes.environment(pid) or {}
                if any(work in text for text in (*words, *variables.values())):
                    found.append(pid)
        return found

    def check(self) -> None:
        """What must be true after an `up` that ended well, whatever was killed before."""
        assert self.clone.words_version() == self.version
        assert self.story in self.clone.story_ids(), "a story is lost"
        assert self.clone.run("status", "--json").json()["served_by_standby"] == []
        assert self.clone.plain_terraform_plan() == 0, "the state is not what is there"
        wait_for(self.leftovers, [])
        wait_for(lambda: len(self.clone.containers(every=True)), WANTED_CONTAINERS)
        assert [str(file) for file in Path(self.clone.folder).rglob("*.tfplan")] == []
        self.states.still(HEALTHY)

    def leftovers(self) -> list[str]:
        """Terraforms, providers and docker clients of this clone: none of them outlives its run for long."""
        names = ("terraform", "docker", "docker-buildx")
        mine = self.of_clone(lambda pid: processes.name(pid) in names or processes.program(pid).startswith("terraform"))
        return [f"{processes.name(pid)} {pid}" for pid in mine]
