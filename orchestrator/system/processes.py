"""Other programs' processes, as Linux shows them in /proc: who is alive, who listens, ending one and waiting for it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# For what is killed and waits for a disk: longer than that nobody waits for it.
KILLED_SECONDS = 10.0


@dataclass(frozen=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same id."""

    pid: int
    began: int
    """Clock ticks after the machine's start."""


def identity(pid: int) -> Identity | None:
    """Who `pid` is now, or None if it is nobody (or a zombie)."""
    fields = _stat(pid)
    return Identity(pid, int(fields[19])) if fields and fields[0] != "Z" else None


def is_alive(wanted: Identity) -> bool:
    """True while that very process runs."""
    return identity(wanted.pid) == wanted


def name(pid: int) -> str:
    """The program's short name, empty if there is no such process."""
    try:
        return (PROC / str(pid) / "comm").read_text(errors="replace").strip()
    except OSError:
        return ""


def arguments(pid: int) -> list[str]:
    """The command line, empty if there is no such process."""
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return [word.decode(errors="replace") for word in raw.rstrip(b"\0").split(b"\0")] if raw else []


def everyone() -> list[int]:
    """The ids of all processes."""
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def named(program: str) -> list[int]:
    """The ids of all processes with that short name."""
    return [pid for pid in everyone() if name(pid) == program]


def parent(pid: int) -> int:
    """The id of the process that looks after this one, 0 if there is no such process."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def program(pid: int) -> str:
    """The file name of the program that runs, empty if it is nobody's or another user's."""
    try:
        return (PROC / str(pid) / "exe").readlink().name
    except OSError:
        return ""


def environment(pid: int) -> dict[str, str] | None:
    """The variables that a process was started with, None if it is nobody's or another user's."""
    try:
        raw = (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return None
    pairs = (item.decode(errors="replace").partition("=") for item in raw.split(b"\0") if item)
    return {name: value for name, _, value in pairs}


def locker(file: int) -> int | None:
    """The id of the process that has locked an open file (flock), as far as it can be seen."""
    told = os.fstat(file)
    place = f"{os.major(told.st_dev):02x}:{os.minor(told.st_dev):02x}:{told.st_ino}"
    try:
        lines = (PROC / "locks").read_text().splitlines()
    except OSError:
        return None
    # "12: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF"; one that waits has "->" behind the number.
    columns = (line.split() for line in lines)
    return next((int(found[4]) for found in columns if found[1] == "FLOCK" and found[5] == place), None)


def listener(port: int) -> int | None:
    """The id of the process that listens on a TCP port of this machine, if it can be seen."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = (PROC / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if columns[3] == "0A" and int(columns[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{columns[9]}]")
    if not inodes:
        return None
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            for descriptor in (entry / "fd").iterdir():
                if str(descriptor.readlink()) in inodes:
                    return int(entry.name)
        except OSError:
            continue  # it ended meanwhile, or belongs to another user
    return None


def send(pid: int, number: signal.Signals) -> bool:
    """Send a signal. False if there is no such process any more."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def end(pid: int, polite: signal.Signals, wait_seconds: float) -> bool:
    """Send `polite`, wait, and kill what is left. True when it ended by itself."""
    who = identity(pid)
    if who is None:
        return True
    if not send(pid, polite):
        return True
    if _ends(who, wait_seconds):
        return True
    if not send(pid, signal.SIGKILL):
        return True
    _ends(who, KILLED_SECONDS)
    return False


def _ends(who: Identity, wait_seconds: float) -> bool:
    """Wait for the end of a process. False if it has not come by then."""
    until = time.monotonic() + wait_seconds
    while True:
        _reap(who.pid)
        if not is_alive(who):
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)


def _reap(pid: int) -> None:
    """Take the exit code of our own child, so that it does not stay behind as a zombie."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _stat(pid: int) -> list[str]:
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
