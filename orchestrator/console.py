"""The one way to talk: data to standard output, everything else to standard error.

On a terminal the stages that run show live with their time; in a log each is a timestamped line when it begins, when
it ends and every fifteen seconds in between.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from orchestrator.system import interrupt

HEARTBEAT_SECONDS = 15.0


@dataclass
class Stage:
    """A step that takes time: `note` says what it does now, `result` what came of it."""

    name: str
    began: float = field(default_factory=time.monotonic)
    seconds: float | None = None
    result: str = ""
    latest: str = ""
    _console: Console | None = None

    def note(self, text: str) -> None:
        """What the stage is doing at this moment: replaces the last note on a terminal, kept out of logs."""
        self.latest = text

    def event(self, text: str) -> None:
        """Something that happened and is worth a line of its own, in a log as well."""
        if self._console is not None:
            self._console.say(f"{self.name}: {text}")

    @property
    def elapsed(self) -> float:
        """Seconds since it began, or in all once it has ended."""
        return self.seconds if self.seconds is not None else time.monotonic() - self.began


class Console:
    """Talks to the person; remembers where the time went in `stages`. Safe to use from several threads."""

    def __init__(self, live: bool | None = None) -> None:
        self.stages: list[Stage] = []
        self._running: list[Stage] = []
        self._lock = threading.RLock()
        wanted = sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"
        self._live_wanted = wanted if live is None else live
        self._display: Any = None
        self._heart: threading.Thread | None = None

    def say(self, text: str = "") -> None:
        """A line (or several) for the person."""
        with self._lock:
            if self._display is not None:
                self._display.console.print(text, markup=False, highlight=False)
            elif self._live_wanted:
                _to_stderr(text)
            else:
                stamp = time.strftime("%H:%M:%S")
                _to_stderr("\n".join(f"{stamp} {line}".rstrip() for line in text.splitlines() or [""]))

    def block(self, text: str) -> None:
        """Text that is shown as it is, without timestamps: a failure, a summary."""
        with self._lock:
            if self._display is not None:
                self._display.console.print(text, markup=False, highlight=False)
            else:
                _to_stderr(text)

    def data(self, text: str) -> None:
        """A line of data, to standard output."""
        print(text, flush=True)

    def json(self, value: Any) -> None:
        """One JSON object on standard output, the machine's answer."""
        print(json.dumps(value, indent=2, ensure_ascii=False, default=str), flush=True)

    def json_line(self, value: Any) -> None:
        """One JSON object on one line of standard output, for a stream of them."""
        print(json.dumps(value, ensure_ascii=False, default=str), flush=True)

    def can_ask(self) -> bool:
        """True if there is somebody who can answer."""
        return sys.stdin.isatty()

    def confirm(self, question: str, *, expected: str = "yes") -> bool:
        """True if the person types `expected`. False at once where nobody can answer."""
        if not self.can_ask():
            return False
        print(f"{question} ", end="", file=sys.stderr, flush=True)
        try:
            with interrupt.asking():
                return input().strip() == expected
        except (EOFError, KeyboardInterrupt):
            _to_stderr("")
        interrupt.check("the question")
        return False

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Show and time a step. Stages may run side by side in several threads."""
        stage = Stage(name, _console=self)
        with self._lock:
            self.stages.append(stage)
            self._running.append(stage)
            self._begin(stage)
        try:
            yield stage
        except BaseException:
            self._end(stage, "failed")
            raise
        self._end(stage, "done")

    def _begin(self, stage: Stage) -> None:
        if self._live_wanted:
            if self._display is None:
                self._display = _live_display(self)
                self._display.start()
        else:
            self.say(f"{stage.name} ...")
            if self._heart is None:
                self._heart = threading.Thread(target=self._beat, daemon=True)
                self._heart.start()

    def _end(self, stage: Stage, outcome: str) -> None:
        stage.seconds = time.monotonic() - stage.began
        text = stage.result if outcome == "done" and stage.result else outcome
        with self._lock:
            self._running.remove(stage)
            if self._display is not None:
                mark = "✓" if outcome == "done" else "✗"
                self._display.console.print(
                    f"{mark} {stage.name:<24} {stage.seconds:6.1f} s  {text}", markup=False, highlight=False
                )
                if not self._running:
                    self._display.stop()
                    self._display = None
            else:
                self.say(f"{stage.name}: {text} ({stage.seconds:.1f} s)")

    def _beat(self) -> None:
        while True:
            time.sleep(HEARTBEAT_SECONDS)
            with self._lock:
                for stage in self._running:
                    if stage.elapsed >= HEARTBEAT_SECONDS - 1:
                        now = f", {stage.latest}" if stage.latest else ""
                        self.say(f"{stage.name}: still running, {stage.elapsed:.0f} s{now}")


def _to_stderr(text: str) -> None:
    # Whoever read the talk may be gone (`2>&1 | head`); the work goes on and ends properly all the same.
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        # What is left in the buffer would fail once more at the end, and be the exit code.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _live_display(console: Console) -> Any:
    from rich.console import Console as RichConsole
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.table import Table

    spinner = Spinner("dots")

    def picture() -> Table:
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(min_width=1, no_wrap=True)
        grid.add_column(min_width=24, no_wrap=True)
        grid.add_column(min_width=8, justify="right", no_wrap=True)
        grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis", style="dim")
        for stage in list(console._running):
            grid.add_row(spinner, stage.name, f"{stage.elapsed:.1f} s", stage.latest)
        return grid

    return Live(
        get_renderable=picture,
        console=RichConsole(stderr=True, no_color=bool(os.environ.get("NO_COLOR"))),
        refresh_per_second=8,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
