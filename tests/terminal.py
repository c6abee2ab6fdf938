"""A terminal: a command's output on one, and all that it has shown, what has scrolled away too."""

from __future__ import annotations

import codecs
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Sequence
from contextlib import suppress
from fcntl import ioctl
from functools import partial
from pathlib import Path
from typing import TextIO

from orchestrator import screen

ROWS = 24
# After a test that was interrupted, or met what it does not know.
END_SECONDS = 120
_PART = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;?]*)?$")


class Paper:
    """What a terminal of so many columns has shown. `torn` are the lines that went on over its edge.

    It knows the few sequences that this program writes, and refuses others.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.rows: list[list[str]] = [[]]
        self.torn: list[str] = []
        self._row = self._column = 0
        self._rest = ""

    @property
    def lines(self) -> list[str]:
        """Its lines as text."""
        return ["".join(row).rstrip() for row in self.rows]

    @property
    def text(self) -> str:
        """All of it, without empty lines at its end."""
        return "\n".join(self.lines).rstrip() + "\n"

    def take(self, text: str) -> None:
        """Write on it."""
        text = self._rest + text
        cut = _UNFINISHED.search(text)
        self._rest = cut[0] if cut else ""
        text = text.removesuffix(self._rest) if self._rest else text
        place = 0
        for part in _PART.finditer(text):
            assert part.start() == place, f"not known: {text[place : part.start()]!r}"
            place = part.end()
            number, command, control, written = part.groups()
            if command:
                self._do(command, number)
            elif control == "\r":
                self._column = 0
            elif control:
                self._down()
            else:
                self._write(written)
        assert place == len(text), f"not known: {text[place:]!r}"

    def _do(self, command: str, number: str) -> None:
        if command == "A":
            self._row = max(0, self._row - int(number or 1))
        elif (command, number) == ("K", "2"):
            self.rows[self._row] = []
        else:
            # Colours, and the cursor that is hidden and shown again.
            assert command == "m" or (command in "hl" and number == "?25"), f"not known: {number}{command}"

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self.rows):
            self.rows.append([])

    def _write(self, text: str) -> None:
        for character in text:
            cells = screen.width(character)
            if self._column + cells > self.columns:
                self.torn.append("".join(self.rows[self._row]))
                self._down()
                self._column = 0
            row = self.rows[self._row]
            row += [" "] * (self._column + cells - len(row))
            row[self._column : self._column + cells] = [character] + [""] * (cells - 1)
            self._column += cells


def typed(arguments: Sequence[str | Path], folder: Path, columns: int) -> tuple[Paper, int]:
    """Run a command on a terminal; what it has shown and its exit code."""
    variables = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "COLUMNS")}
    ours, its = pty.openpty()
    ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    process = subprocess.Popen(
        arguments, cwd=folder, env={**variables, "TERM": "xterm"}, stdin=its, stdout=its, stderr=its,
        start_new_session=True,
    )  # fmt: skip
    os.close(its)
    paper, decoder = Paper(columns), codecs.getincrementaldecoder("utf-8")()
    try:
        while data := _read(ours):
            paper.take(decoder.decode(data))
    except BaseException:
        os.close(ours)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait(END_SECONDS)
        raise
    os.close(ours)
    return paper, process.wait()


def shown(says: Callable[[TextIO], None], columns: int) -> list[str]:
    """The lines that a terminal is sent by what is written to it."""
    ours, its = pty.openpty()
    try:
        ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        with open(its, "w") as stream:
            says(stream)
        # The kernel hands it over in pieces: there is more until nobody has it open.
        return b"".join(iter(partial(_read, ours), b"")).decode().replace("\r\n", "\n").splitlines()
    finally:
        os.close(ours)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that nobody has it open any more
        return b""
