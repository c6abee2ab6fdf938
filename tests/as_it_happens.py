"""In CI a failure is shown when it happens, and every few minutes what runs: a run that is ended shows no summary."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

EVERY_SECONDS = 300.0
# A test of that many seconds is worth a line of its own.
LONG_SECONDS = 100.0
LINES = 60


def _to_stderr(line: str) -> None:
    sys.__stderr__.write(f"\n{line}\n")  # type: ignore[union-attr]


@dataclass(eq=False)
class AsItHappens:
    """A plugin of the process that pytest's summary comes from; `say` gets each line, `clock` has the seconds."""

    say: Callable[[str], None] = _to_stderr
    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)
    ended: int = 0
    _running: dict[str, float] = field(default_factory=dict)
    _seconds: dict[str, float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @staticmethod
    def wanted() -> bool:
        """Whether this is CI and no process that only runs a share of the tests."""
        return os.environ.get("CI") == "true" and "PYTEST_XDIST_WORKER" not in os.environ

    def pytest_sessionstart(self) -> None:
        """Begins to say what runs."""
        threading.Thread(target=self._go_on_saying, daemon=True).start()

    def pytest_sessionfinish(self) -> None:
        """Ends that."""
        self._over.set()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins, in this process or in another one."""
        self._running[nodeid] = self.clock()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One of its three parts has ended."""
        taken = self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            text = "\n".join(report.longreprtext.splitlines()[-LINES:])
            self.say(f"{self._clock()} FAILED in {report.when}: {report.nodeid} ({taken:.0f} s)\n{text}")

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """All three have."""
        self._running.pop(nodeid, None)
        self.ended += 1
        taken = self._seconds.pop(nodeid, 0.0)
        if taken >= LONG_SECONDS:
            self.say(f"{self._clock()} {nodeid} took {taken:.0f} s")

    def running(self) -> str:
        """One line: how many tests have ended, and which run for how long."""
        now = self.clock()
        tests = ", ".join(f"{nodeid} ({now - began:.0f} s)" for nodeid, began in list(self._running.items()))
        return f"{self._clock()} {self.ended} tests have ended; running: {tests or 'none'}"

    def _clock(self) -> str:
        return f"[{(self.clock() - self.began) / 60:.0f} min]"

    def _go_on_saying(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            self.say(self.running())
