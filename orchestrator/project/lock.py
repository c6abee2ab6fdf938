"""One run at a time on one environment from one checkout. Terraform's own lock guards against other machines."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from orchestrator.console import Console
from orchestrator.errors import Failure
from orchestrator.project import survivors
from orchestrator.project.environment import Environment
from orchestrator.system import processes


@contextmanager
def held(
    environment: Environment, doing: str, console: Console | None = None, *, name: str = "run", removing: bool = False
) -> Iterator[None]:
    """Hold the environment's lock while inside; the system frees it even if this process is killed.

    What a killed run has left at work is waited for, and with `removing` ended: nobody needs any more what it makes. A
    lock of another `name` guards something else, and may be held at the same time. Raises `Failure` at once if another
    run holds it.
    """
    path = environment.work / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(environment, file) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "doing": doing, "since": time.strftime("%H:%M:%S")}))
        file.flush()
        if name == "run":
            if removing:
                survivors.end(environment)
            else:
                survivors.wait(environment, console)
            _remove_left(environment)
        yield
        file.truncate(0)


def _remove_left(environment: Environment) -> None:
    """Plans of a killed run, and bundles that it has not finished: they hold the state in clear."""
    for plan in environment.work.glob("*.tfplan"):
        plan.unlink(missing_ok=True)
    for half in environment.work.glob(".bundle.*"):
        shutil.rmtree(half, ignore_errors=True)


def _busy(environment: Environment, file: IO[str]) -> Failure:
    holder = processes.locker(file.fileno())
    try:
        file.seek(0)
        told = json.loads(file.read())
        pid, doing, since = int(told["pid"]), f"`{told['doing']}`", f" since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        pid, doing, since = 0, "something", ""
    # What is written there may be of a killed run still, or nothing yet: who holds it the system knows.
    if holder is not None and holder != pid:
        words = processes.arguments(holder)
        pid, doing, since = holder, f"`{' '.join(words[-2:])}`" if words else "something", ""
    reason = f"Process {pid} runs {doing}{since}." if pid else "Another process holds its lock."
    return Failure(
        f"another run is at work on {environment.name}",
        reason=reason,
        next_step="wait until it ends, then run the same command again",
    )
