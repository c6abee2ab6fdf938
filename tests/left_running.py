"""Systems that a test process brought up and could not take down itself: one that is ended has seconds for its end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from orchestrator.system import processes

LEAVES_SECONDS = 120
DOWN_SECONDS = 300


def clones(folder: Path) -> list[Path]:
    """The clones below the processes' folders in pytest's own that have a system, or may have one."""
    found = (work.parent for work in folder.glob("popen-*/*/.storyizer"))
    # Tests of parts keep things in such a folder too. And pytest links to the newest.
    return sorted(clone for clone in found if (clone / "orchestrate.py").exists() and not clone.is_symlink())


def at_work(folder: Path) -> list[int]:
    """Ids of the processes that were started in the folder or with something in it: interrupted tests leave them."""
    # Who called this process may have named the folder.
    callers = set(_callers(os.getpid()))
    return [pid for pid in processes.everyone() if pid not in callers and _is_of(pid, folder)]


def _callers(pid: int) -> Iterator[int]:
    """The process, who started it, and so on, as far as they still run."""
    while pid > 0:
        yield pid
        pid = processes.parent(pid)


def _is_of(pid: int, folder: Path) -> bool:
    # Another run's folder may begin with this one's name: pytest-1, pytest-10.
    named = re.compile(rf"{re.escape(str(folder))}(?![\w.-])")
    if any(named.search(word) for word in processes.arguments(pid)):
        return True
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
    except OSError:
        return False  # it has ended, or is another user's


def end(folder: Path, say: Callable[[str], None]) -> None:
    """End all of them at once."""
    for pid in at_work(folder):
        say(f"ending what is left: {' '.join(processes.arguments(pid))[:200]}")
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def take_down(clone: Path, say: Callable[[str], None]) -> None:
    """Interrupt the clone's run, if one is at work, and let `down` remove what it has brought up."""
    say(f"taking down what is left in {clone}")
    for lock in sorted((clone / ".storyizer").glob("*/run.lock")):
        with lock.open() as file:
            pid = processes.locker(file.fileno())
        if pid is not None:
            processes.end(pid, signal.SIGINT, LEAVES_SECONDS)
    # The interpreter that a person would call, as the tests do.
    program = [os.path.realpath(sys.executable), "orchestrate.py", "down", "--yes"]
    done = subprocess.run(program, cwd=clone, capture_output=True, text=True, timeout=DOWN_SECONDS, check=False)
    if done.returncode:
        say(f"it is not all gone:\n{done.stderr}")
