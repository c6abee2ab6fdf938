"""Keeps the emulator's state on disk while it runs, so that a killed one has lost seconds and not stories.

The emulator writes its state only when it ends properly. Here a forked copy of the process writes it: the copy holds
one moment of all services, costs the running one a few milliseconds, and can be thrown away if it hangs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import time
import warnings
from pathlib import Path

import ministack.app
from ministack.core import persistence

PAUSE_SECONDS = 2.0
CHILD_SECONDS = 60.0
# Images are by far the largest part and change only when some are pushed, usually several in a row.
IMAGES = "ecr"
IMAGES_QUIET_SECONDS = 5.0

logger = logging.getLogger("snapshots")


class Snapshots:
    """Writes the state to `folder` soon after it changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changed = asyncio.Event()
        self._images_changed: float | None = None

    def request(self, what: str) -> None:
        """Something has changed: "images" or "state"."""
        if what == "images":
            self._images_changed = time.monotonic()
        self._changed.set()

    async def run(self) -> None:
        """Save after changes, at most every two seconds, until cancelled."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            self._changed.clear()
            since = self._images_changed
            with_images = since is not None and time.monotonic() - since >= IMAGES_QUIET_SECONDS
            saved = await self._save(with_images)
            if saved and with_images and self._images_changed == since:
                self._images_changed = None
            if not saved or self._images_changed is not None:
                self._changed.set()

    async def _save(self, with_images: bool) -> bool:
        with warnings.catch_warnings():
            # The copy has only this thread; it takes no lock that another thread may hold for long, and is killed
            # if it does.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            _write_and_exit(self.folder, with_images)
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


def _write_and_exit(folder: Path, with_images: bool) -> None:
    code = 1
    try:
        # Connections that the emulator closes must not stay open here.
        os.closerange(3, 65536)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.nice(5)
        write(folder, with_images)
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


def write(folder: Path, with_images: bool) -> None:
    """Write every service's state beside the last one, then put all files in place at once."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir(parents=True)
    folder.mkdir(parents=True, exist_ok=True)
    persistence.STATE_DIR = str(fresh)
    persistence.logger.setLevel(logging.WARNING)
    services = ministack.app._build_persistence_save_dict()
    if not with_images:
        services.pop(IMAGES, None)
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


def sync(folder: Path) -> None:
    """Have the state files on the disk itself, and not only in the system's memory: a power cut would empty them."""
    for path in folder.glob("*.json"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
