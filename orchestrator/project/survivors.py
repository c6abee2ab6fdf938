"""What an interrupted run of this copy left running: waited for, or ended where nothing else would end it.

Terraform outlives a killed orchestrator on purpose. Until it has ended, the next run would only meet its lock.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.console import Console
from orchestrator.errors import Failure
from orchestrator.project.environment import Environment
from orchestrator.system import interrupt, mark, processes
from orchestrator.system.processes import Identity

# What may take long, by short name. Not everything: an installed package starts services, which are no survivors.
PROGRAMS = frozenset(("terraform", "docker", "docker-buildx", "debootstrap", "apt-get", "pip"))
PROVIDER = "terraform-provider-"
# Who looks after a provider: Terraform, or on the emulated AWS what passes its calls on, which ends by itself.
KEEPERS = frozenset(("terraform", "terraform-relay"))
HINT_SECONDS = 180.0
GIVE_UP_SECONDS = 1800.0
END_SECONDS = 20.0


@dataclass(frozen=True)
class Survivor:
    """A process of a run that is no more."""

    who: Identity
    doing: str
    """Program and first arguments: `terraform apply`."""

    def __str__(self) -> str:
        return f"{self.doing} (process {self.who.pid})"


def find(environment: Environment) -> list[Survivor]:
    """The programs of ended runs of this copy that are still at work, Terraform for that environment only."""
    found = []
    for pid in processes.everyone():
        name = processes.name(pid)
        words = processes.arguments(pid)
        if name not in PROGRAMS and "pip" not in words[1:3]:
            continue
        variables, who = processes.environment(pid), processes.identity(pid)
        if variables is None or who is None or not mark.is_left(variables):
            continue
        if name == "terraform" and not belongs(variables, environment):
            continue
        found.append(Survivor(who, " ".join([Path(words[0]).name, *words[1:2]]) if words else name))
    return found


def belongs(variables: Mapping[str, str], environment: Environment) -> bool:
    """True for a Terraform, or a provider, whose data folder is that environment's."""
    data = variables.get("TF_DATA_DIR", "")
    return bool(data) and Path(data).is_relative_to(environment.work)


def end_orphans(environment: Environment) -> list[int]:
    """End the providers of this copy whose Terraform or relay is dead: nobody else ever would. Their process ids."""
    found = []
    for pid in processes.everyone():
        if not processes.program(pid).startswith(PROVIDER):
            continue
        variables = processes.environment(pid) or {}
        ours = mark.is_ours(variables) and belongs(variables, environment)
        if ours and processes.name(processes.parent(pid)) not in KEEPERS:
            processes.end(pid, signal.SIGTERM, END_SECONDS)
            found.append(pid)
    return found


def wait(environment: Environment, console: Console | None, *, hint: float = HINT_SECONDS) -> None:
    """Wait until what interrupted runs left has ended, saying so; Ctrl-C ends the waiting.

    Raises `Failure` if it does not end in half an hour.
    """
    left = find(environment)
    if not left:
        end_orphans(environment)
        return
    with (console or Console(live=False)).stage("interrupted run") as stage:
        stage.event(f"waiting for the {_names(left)} of an interrupted run to end")
        began, told = time.monotonic(), False
        while left := [item for item in left if processes.is_alive(item.who)]:
            waited = time.monotonic() - began
            stage.note(f"waiting for {_names(left)}")
            if waited > hint and not told:
                stage.event(f"{_names(left)} is still at work. Should it hang, end it: {_how_to_end(left)}")
                told = True
            if waited > GIVE_UP_SECONDS:
                raise _hangs(left, waited)
            interrupt.sleep(0.2, "waiting for an interrupted run")
        end_orphans(environment)
        stage.result = "has ended"


def end(environment: Environment) -> list[Survivor]:
    """End what interrupted runs left, for an environment that is about to be removed. What there was."""
    left = find(environment)
    for item in left:
        processes.end(item.who.pid, signal.SIGINT, END_SECONDS)
    end_orphans(environment)
    return left


def _names(left: list[Survivor]) -> str:
    return ", ".join(map(str, left))


def _how_to_end(left: list[Survivor]) -> str:
    return f"kill -INT {' '.join(str(item.who.pid) for item in left)}"


def _hangs(left: list[Survivor], seconds: float) -> Failure:
    return Failure(
        "an interrupted run does not end",
        reason=f"{_names(left)} has been at work for {seconds / 60:.0f} minutes since this run began to wait.",
        next_step=f"look at what it does; if it hangs, end it and run the same command again:\n{_how_to_end(left)}",
    )
