"""Systems that a test process brought up and could not take down itself: one that is ended has seconds for its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from orchestrator.system import processes

LEAVES_SECONDS = 120
DOWN_SECONDS = 300


def clones(folder: Path) -> list[Path]:
    """The clones below the processes' folders in pytest's own that have a system, or may have one."""
    found = (work.parent for work in folder.glob("popen-*/*/.storyizer"))
    return sorted(clone for clone in found if not clone.is_symlink())  # pytest links to the newest


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
