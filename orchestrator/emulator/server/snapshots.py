"""Keeps the emulator's state on disk while it runs, so that a killed one has lost seconds and not stories.

The emulator writes its state only when it ends properly. Here a forked copy of the process writes it: the copy holds
one moment of all services, costs the running one a few milliseconds, and can be thrown away if it hangs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import signal
import time
import warnings
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any, TextIO

import ministack.app
from ministack.core import persistence

from orchestrator.emulator.server import layers
from orchestrator.emulator.server.layers import Layers

CHILD_SECONDS = 60.0
# How long after a change it is written. Images are pushed several in a row; containers write lines all the time.
SECONDS = {"state": 2.0, "images": 5.0, "logs": 2.0, "lines": 10.0}
STATE, IMAGES = "state", "images"
# These two services hold most of what there is, and are written for changes of their own alone.
SERVICES = {"ecr": {IMAGES}, "cloudwatch_logs": {"logs", "lines"}}
# These begin to wait again with each change.
QUIET = (IMAGES,)

logger = logging.getLogger("snapshots")


class Snapshots:
    """Writes the state to `folder` soon after it changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changed = asyncio.Event()
        self._due: dict[str, float] = {}

    def request(self, what: str) -> None:
        """Something has changed: one of `SECONDS`."""
        # The emulator writes down what containers say without being asked to: lines come with every other change.
        for kind in {what, "lines"}:
            due = time.monotonic() + SECONDS[kind]
            self._due[kind] = due if kind in QUIET else min(due, self._due.get(kind, due))
        self._changed.set()

    async def run(self) -> None:
        """Save each kind of change some seconds after the first one, until cancelled."""
        while True:
            await self._changed.wait()
            # A kind that is requested meanwhile may be due before those that are known.
            left = min(self._due.values()) - time.monotonic()
            if left > 0:
                await asyncio.sleep(min(left, min(SECONDS.values())))
                continue
            kinds = {kind for kind, due in self._due.items() if due <= time.monotonic()}
            for kind in kinds:
                del self._due[kind]
            if not await self._save(kinds):
                for kind in kinds:
                    self.request(kind)
            if not self._due:
                self._changed.clear()

    async def _save(self, kinds: Set[str]) -> bool:
        with warnings.catch_warnings():
            # The copy has only this thread; it takes no lock that another thread may hold for long, and is killed
            # if it does.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            _write_and_exit(self.folder, kinds)
        try:
            return await _ended_well(pid)
        except asyncio.CancelledError:
            # The emulator is about to write the same files itself, and this copy's state is older.
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise


async def _ended_well(pid: int) -> bool:
    until = time.monotonic() + CHILD_SECONDS
    while time.monotonic() < until:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        await asyncio.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    logger.warning("a snapshot took longer than %.0f seconds and was given up", CHILD_SECONDS)
    return False


def _write_and_exit(folder: Path, kinds: Set[str]) -> None:
    code = 1
    try:
        # Connections that the emulator closes must not stay open here.
        os.closerange(3, 65536)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.nice(5)
        write(folder, kinds)
        code = 0
    finally:
        os._exit(code)


class _Failures(logging.Handler):
    """What could not be saved: the emulator only logs it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.told.append(record.getMessage())


def write(folder: Path, kinds: Set[str]) -> None:
    """Write the state of the services of these kinds beside the last one, then put all files in place at once."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir(parents=True)
    folder.mkdir(parents=True, exist_ok=True)
    persistence.STATE_DIR = str(fresh)
    persistence.logger.setLevel(logging.WARNING)
    services = {
        name: state
        for name, state in ministack.app._build_persistence_save_dict().items()
        if SERVICES.get(name, {STATE}) & kinds
    }
    failures = _Failures()
    persistence.logger.addHandler(failures)
    persistence.save_all(services)
    if failures.told:
        shutil.rmtree(fresh, ignore_errors=True)
        raise OSError(failures.told[0])
    sync(fresh)
    for path in fresh.glob("*.json"):
        path.replace(folder / path.name)
    shutil.rmtree(fresh, ignore_errors=True)
    if layers.SERVICE in services:
        settle(folder)


class QuickJson:
    """In the place of `json` where MiniStack writes its state: `json.dump` takes ten times as long as `json.dumps`.

    https://github.com/python/cpython/blob/v3.11.7/Lib/json/encoder.py#L260 (the C encoder is for one string alone)

    The layers of images are not in the state's files but beside them.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(json, name)

    def dump(self, content: Any, file: TextIO, *, default: Callable[[Any], Any]) -> None:
        """`json.dump`, through one string."""
        path = Path(file.name)
        if layers.belongs(path):
            default = Layers(path.parent).writing(default)
        file.write(json.dumps(content, default=default))

    def load(self, file: TextIO, *, object_hook: Callable[[Any], Any]) -> Any:
        """`json.load`."""
        path = Path(file.name)
        if layers.belongs(path):
            object_hook = Layers(path.parent).reading(object_hook)
        return json.load(file, object_hook=object_hook)


def quicken() -> None:
    """Have MiniStack write its state, and read it, in a fraction of the time."""
    persistence.json = QuickJson()


def sync(folder: Path) -> None:
    """Have the state files on the disk itself, and not only in the system's memory: a power cut would empty them."""
    for path in (*folder.glob("*.json"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def settle(folder: Path) -> None:
    """Have the state in `folder` on the disk itself, and then no layers that only the state before it has named."""
    sync(folder)
    layers.remove_unused(folder)
