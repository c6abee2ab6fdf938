"""What a local environment costs that nobody uses: the computing of its emulator and the engine, not of its tasks."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SECONDS: Final = 60
SETTLES_SECONDS: Final = 20
ENGINE: Final = ("dockerd", "containerd", "containerd-shim")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def spent(folder: Path) -> float:
    """Seconds of computing in a minute, after it has settled. No other environment may run."""
    time.sleep(SETTLES_SECONDS)
    before = dict(_of(folder))
    time.sleep(SECONDS)
    after = dict(_of(folder))
    # What has ended meanwhile is not in it: a process that the engine starts for a moment.
    return sum(after[pid] - before.get(pid, 0) for pid in after) / _TICKS


def _of(folder: Path) -> Iterator[tuple[str, int]]:
    """Process id and ticks of each process of the engine, and of the emulator of this folder."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
            name, _, fields = (place / "stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        # It alone has the folder of its state in its command line, then as now.
        is_emulator = any(word.startswith(os.fsencode(folder / ".storyizer")) for word in words) and b"--state" in words
        if name.startswith(ENGINE) or is_emulator:
            numbers = fields.split()
            yield place.name, int(numbers[11]) + int(numbers[12])
