"""One run at a time on one environment from one checkout. Terraform's own lock guards against other machines."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.environment import Environment
from orchestrator.errors import Failure


@contextmanager
def held(environment: Environment, doing: str, *, name: str = "run") -> Iterator[None]:
    """Hold the environment's lock while inside; the system frees it even if this process is killed.

    A lock of another `name` guards something else, and may be held at the same time. Raises `Failure` at once if
    another run holds it.
    """
    path = environment.work / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _busy(environment, file.read()) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "doing": doing, "since": time.strftime("%H:%M:%S")}))
        file.flush()
        yield
        file.truncate(0)


def _busy(environment: Environment, told: str) -> Failure:
    try:
        other = json.loads(told)
        reason = f"Process {other['pid']} runs `{other['doing']}` since {other['since']}."
    except (ValueError, KeyError, TypeError):
        reason = "Another process holds its lock."
    return Failure(
        f"another run is at work on {environment.name}",
        reason=reason,
        next_step="wait until it ends, then run the same command again",
    )
