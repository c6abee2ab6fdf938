"""The one way to talk: data to standard output, everything else to standard error.

On a terminal the stages that run show live with their time, and long lines are folded at words; in a log each stage is
a timestamped line when it begins, when it ends and every fifteen seconds in between. What other programs wrote is shown
without what would act on a terminal.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from orchestrator import screen
from orchestrator.errors import Failure
from orchestrator.system import interrupt, plain

HEARTBEAT_SECONDS = 15.0
# Whoever has seen nothing for half a second, the start of two Pythons included, wonders if anything happens.
SILENCE_SECONDS = 0.25
FIRST_LINE = "first line"
# `terraform init environment` is the longest name of a stage that every deploy has.
NAME_WIDTH = 26
REFRESH_SECONDS = 0.125


@dataclass
class Stage:
    """A step that takes time: `note` says what it does now, `result` what came of it.

    `counts` are lines of a name and a text that stand below it on a terminal and grow; a log has events in their place.
    `inside` is the step that runs in the same thread around it. `events` are what happened in it, each with its time on
    the clock of `began`; with `quotes` they are lines that a container wrote.
    """

    name: str
    began: float = field(default_factory=time.monotonic)
    seconds: float | None = None
    result: str = ""
    latest: str = ""
    counts: list[tuple[str, str]] = field(default_factory=list)
    has_failed: bool = False
    quotes: bool = False
    inside: Stage | None = None
    events: list[tuple[float, str]] = field(default_factory=list)
    thread: int = field(default_factory=threading.get_ident)
    _console: Console | None = None

    def note(self, text: str) -> None:
        """What the stage is doing at this moment: replaces the last note on a terminal, kept out of logs."""
        self.latest = plain.line(text)

    def event(self, text: str) -> None:
        """Something that happened and is worth a line of its own, in a log as well."""
        self.keep(text)
        if self._console is not None:
            self._console.say(f"{self.name}: {text}")

    def keep(self, text: str) -> None:
        """Something that happened and is shown otherwise: remembered only."""
        self.events.append((time.monotonic(), text))

    @property
    def shows_counts(self) -> bool:
        """True where `counts` are wanted instead of an event each."""
        return self._console is not None and self._console.is_brief

    @property
    def elapsed(self) -> float:
        """Seconds since it began, or in all once it has ended."""
        return self.seconds if self.seconds is not None else time.monotonic() - self.began


class Console:
    """Talks to the person; remembers where the time went in `stages`. Safe to use from several threads.

    `verbose` has everything told on a terminal that a log has. `answer` is what a command has to say to a program: it
    is printed once, when the command ends.
    """

    def __init__(self, live: bool | None = None) -> None:
        self.stages: list[Stage] = []
        self.verbose = False
        self.answer: dict[str, Any] = {}
        self._running: list[Stage] = []
        self._lock = threading.RLock()
        wanted = sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"
        self._live_wanted = wanted if live is None else live
        self._display: Any = None
        self._heart: threading.Thread | None = None
        self._heard = threading.Event()

    @property
    def is_brief(self) -> bool:
        """True where a person reads along who has not asked for everything."""
        return self._live_wanted and not self.verbose

    def say(self, text: str = "") -> None:
        """A line (or several) for the person."""
        lines = [plain.line(line) for line in text.splitlines()] or [""]
        if not self._live_wanted:
            stamp = time.strftime("%H:%M:%S")
            lines = [f"{stamp} {line}".rstrip() for line in lines]
        self._show("\n".join(lines))

    def block(self, text: str) -> None:
        """Text that is shown as it is, without timestamps: a review, a summary."""
        self._show(text)

    def failure(self, failure: Failure) -> None:
        """What failed, with what other programs said of it."""
        self._show("\n".join(map(plain.line, failure.render().split("\n"))))

    def _show(self, text: str) -> None:
        self._heard.set()
        with self._lock:
            folded = self._folded(text)
            if self._display is not None:
                self._display.console.out(folded, highlight=False)
            else:
                _to_stderr(folded)

    def _folded(self, text: str) -> str:
        columns = screen.columns(sys.stderr) if self._live_wanted else None
        return screen.folded(text, columns) if columns else text

    def data(self, text: str) -> None:
        """A line of data, to standard output."""
        self._heard.set()
        print(text, flush=True)

    def table(self, text: str) -> None:
        """Data for a person, to standard output, where a terminal has its long lines folded."""
        columns = screen.columns(sys.stdout)
        self.data(screen.folded(text, columns) if columns else text)

    def json(self, value: Mapping[str, Any]) -> None:
        """The machine's answer, or a part of it: one JSON object, printed when the command ends."""
        self.answer.update(value)

    def json_line(self, value: Mapping[str, Any]) -> None:
        """One JSON object on one line of standard output, for a stream of them."""
        self._heard.set()
        print(json.dumps(value, ensure_ascii=False, default=str), flush=True)

    def can_ask(self) -> bool:
        """True if there is somebody who can answer."""
        return sys.stdin.isatty()

    def confirm(self, question: str, *, expected: str = "yes") -> bool:
        """True if the person types `expected`. False at once where nobody can answer."""
        if not self.can_ask():
            return False
        self._heard.set()
        print(f"{self._folded(question)} ", end="", file=sys.stderr, flush=True)
        try:
            with interrupt.asking():
                return input().strip() == expected
        except (EOFError, KeyboardInterrupt):
            _to_stderr("")
        interrupt.check("the question")
        return False

    def quietly(self, question: Callable[[], str]) -> str:
        """What the question returns; until then nothing is printed, and nothing moves on the terminal."""
        self._heard.set()
        with self._lock:
            if self._display is not None:
                self._display.stop()
            try:
                with interrupt.asking():
                    return question()
            except (EOFError, KeyboardInterrupt):
                _to_stderr("")
                interrupt.check("the question")
                return ""
            finally:
                if self._display is not None:
                    self._display.start()

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Show and time a step. Stages may run side by side in several threads."""
        stage = Stage(name, _console=self)
        with self._lock:
            stage.inside = next((item for item in reversed(self._running) if item.thread == stage.thread), None)
            self.stages.append(stage)
            self._running.append(stage)
            self._begin(stage)
        try:
            yield stage
        except BaseException:
            self._end(stage, "failed")
            raise
        self._end(stage, "done")

    @contextmanager
    def meanwhile(self, name: str, doing: str) -> Iterator[None]:
        """While inside, show on a terminal what is done. It leaves nothing, in a log either: it is no stage."""
        if not self._live_wanted:
            yield
            return
        stage = Stage(name, latest=doing)
        with self._lock:
            self._running.append(stage)
            self._begin(stage)
        try:
            yield
        finally:
            with self._lock:
                self._running.remove(stage)
                self._rest()

    @contextmanager
    def first_line(self, text: str) -> Iterator[None]:
        """While inside, say `text` once `SILENCE_SECONDS` have passed in which nothing at all was printed."""

        def wait() -> None:
            if not self._heard.wait(SILENCE_SECONDS):
                self.say(text)

        waiting = threading.Thread(target=wait, name=FIRST_LINE, daemon=True)
        waiting.start()
        try:
            yield
        finally:
            self._heard.set()
            waiting.join()

    def _begin(self, stage: Stage) -> None:
        self._heard.set()
        if self._live_wanted:
            if self._display is None:
                self._display = _live_display(self)
                self._display.start()
                threading.Thread(target=self._draw, args=(self._display,), daemon=True).start()
        else:
            self.say(f"{stage.name} ...")
            if self._heart is None:
                self._heart = threading.Thread(target=self._beat, daemon=True)
                self._heart.start()

    def _end(self, stage: Stage, outcome: str) -> None:
        stage.seconds = time.monotonic() - stage.began
        stage.has_failed = outcome != "done"
        text = plain.line(stage.result) if outcome == "done" and stage.result else outcome
        with self._lock:
            self._running.remove(stage)
            if self._display is not None:
                mark = "✓" if outcome == "done" else "✗"
                lines = [f"{mark} {stage.name:<{NAME_WIDTH}} {stage.seconds:6.1f} s  {text}", *_counted(stage)]
                self._show("\n".join(lines))
                self._rest()
            else:
                self.say(f"{stage.name}: {text} ({stage.seconds:.1f} s)")

    def _rest(self) -> None:
        """Nothing moves on the terminal any more if no stage runs."""
        if self._display is not None and not self._running:
            self._display.stop()
            self._display = None

    def _draw(self, display: Any) -> None:
        """Show how the stages go on. Not by rich's own thread, which counts lines while others write some."""
        with suppress(OSError, ValueError):  # the terminal is gone
            while True:
                time.sleep(REFRESH_SECONDS)
                with self._lock:
                    if self._display is not display:
                        return
                    display.refresh()

    def _beat(self) -> None:
        while True:
            time.sleep(HEARTBEAT_SECONDS)
            with self._lock:
                for stage in self._running:
                    if stage.elapsed >= HEARTBEAT_SECONDS - 1:
                        now = f", {stage.latest}" if stage.latest else ""
                        self.say(f"{stage.name}: still running, {stage.elapsed:.0f} s{now}")


def _counted(stage: Stage) -> Iterator[str]:
    names = max((len(name) for name, _ in stage.counts), default=0)
    yield from (f"    {name:<{names}}  {text}" for name, text in stage.counts)


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
    from rich.console import Group
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.table import Table
    from rich.text import Text

    spinner = Spinner("dots")

    def picture() -> Group:
        lines: list[Table | Text] = []
        for stage in list(console._running):
            grid = Table.grid(padding=(0, 1), expand=True)
            grid.add_column(min_width=1, no_wrap=True)
            grid.add_column(min_width=NAME_WIDTH, no_wrap=True)
            grid.add_column(min_width=8, justify="right", no_wrap=True)
            grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis", style="dim")
            # As texts: in a plain string rich takes `[build 2/5]` for markup.
            grid.add_row(spinner, Text(stage.name), f"{stage.elapsed:.1f} s", Text(stage.latest))
            lines += [grid, *(Text(line, no_wrap=True, overflow="ellipsis") for line in _counted(stage))]
        return Group(*lines)

    return Live(
        get_renderable=picture,
        console=RichConsole(stderr=True, no_color=bool(os.environ.get("NO_COLOR"))),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
