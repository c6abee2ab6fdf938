"""A program in a terminal of its own, its output read on the way to the person's: for one that reports in no other way.

Session Manager's plugin has no exit code of the command that it runs. So the command is asked to print its own, between
marks that are taken out of what the person sees.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import tty
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from orchestrator.system import interrupt, mark

_POLL_SECONDS = 0.25
_END_OF_INPUT = b"\x04"


@dataclass
class Marks:
    """Takes the marks out of a stream: what stands between them is the command's own output.

    `before` is what came ahead of the first mark, `code` the exit code that the second one carries. Without `wanted`
    nothing is taken out.
    """

    token: str
    wanted: bool = True
    before: bytes = b""
    began: bool = False
    code: int | None = None
    _rest: bytes = b""

    def script(self, command: str) -> str:
        """The shell script that runs the command between the marks."""
        return f"printf '\\036{self.token}+\\036'; {command}\nprintf '\\036{self.token}=%s\\036' $?"

    def feed(self, data: bytes) -> bytes:
        """What of the data, and of what was held back before, is for the person."""
        if not self.wanted:
            return data
        self._rest += data
        if not self.began:
            head, found, tail = self._rest.partition(f"\x1e{self.token}+\x1e".encode())
            if not found:
                self.before = self._rest
                return b""
            self.before, self.began, self._rest = head, True, tail
        if self.code is not None:
            return b""
        end = re.search(rb"\x1e%s=(\d+)\x1e" % self.token.encode(), self._rest)
        if end is not None:
            self.code = int(end[1])
            return self._rest[: end.start()]
        # Half a mark may be the stream's end; a lone separator is the command's.
        cut = self._rest.rfind(b"\x1e")
        half = cut >= 0 and len(self._rest) - cut <= len(self.token) + 6 and b"\x1e" not in self._rest[cut + 1 :]
        shown, self._rest = (self._rest[:cut], self._rest[cut:]) if half else (self._rest, b"")
        return shown


def run(command: Sequence[str], env: Mapping[str, str], marks: Marks) -> int:
    """Run the program to its end, the person's keys to it and its output to the person; its exit code."""
    ours, its = pty.openpty()
    _take_size(ours)
    is_terminal = sys.stdout.isatty()
    process = subprocess.Popen(
        list(command), stdin=its, stdout=its, stderr=its, env=mark.marked(env), start_new_session=True
    )
    os.close(its)
    with _raw(), interrupt.child(process, signal.SIGTERM):
        reading = [ours, 0]
        while ours in reading:
            # Asked first: what a program has written that has ended is there to be read by now.
            has_ended = process.poll() is not None
            ready = select.select(reading, [], [], _POLL_SECONDS)[0]
            _take_size(ours)
            if 0 in ready:
                keys = os.read(0, 4096)
                if not keys:
                    reading.remove(0)
                with suppress(OSError):
                    os.write(ours, keys or _END_OF_INPUT)
            if ours in ready:
                data = _read(ours)
                if not data:
                    reading.remove(ours)
                shown = marks.feed(data)
                _show(shown if is_terminal else shown.replace(b"\r\n", b"\n"))
            elif has_ended and not ready:
                break
        code = process.wait()
    os.close(ours)
    return 128 - code if code < 0 else code


def _read(file: int) -> bytes:
    try:
        return os.read(file, 65536)
    except OSError:
        return b""  # the terminal's other side is closed


def _show(data: bytes) -> None:
    if data:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _take_size(terminal: int) -> None:
    """Give the program's terminal the size of the person's."""
    with suppress(OSError):
        size = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


@contextmanager
def _raw() -> Iterator[None]:
    """Every key goes to the program, Ctrl-C too, for as long as it runs."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
