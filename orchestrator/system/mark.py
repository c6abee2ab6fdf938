"""The mark that every child of a run carries in its environment: which copy of the project started it, and which run.

It is how a later run recognises what a killed one left: no file has to be kept for that, so none can be lost.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from orchestrator.system import paths, processes
from orchestrator.system.processes import Identity

VARIABLE = "STORYIZER_RUN"


def marked(environment: Mapping[str, str] | None) -> dict[str, str]:
    """The environment variables of a child of this run; `None` stands for this process's own."""
    mine = processes.identity(os.getpid())
    run = f"{mine.pid}.{mine.began}" if mine else ""
    return {**(os.environ if environment is None else environment), VARIABLE: f"{run} {paths.WORK}"}


def is_ours(variables: Mapping[str, str]) -> bool:
    """True for a process that a run of this copy has started."""
    return variables.get(VARIABLE, "").partition(" ")[2] == str(paths.WORK)


def is_left(variables: Mapping[str, str]) -> bool:
    """True if that run of this copy is no more."""
    pid, _, began = variables.get(VARIABLE, "").partition(" ")[0].partition(".")
    if not (is_ours(variables) and pid.isdigit() and began.isdigit()):
        return False
    return not processes.is_alive(Identity(int(pid), int(began)))
