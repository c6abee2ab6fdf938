"""The one way to run another program: arguments as a list, never a shell, streamed, interruptible."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from orchestrator.errors import PrerequisiteMissing
from orchestrator.system import childenv, interrupt, mark, plain

OnLine = Callable[[str], None]
_TAIL_SECONDS = 0.1


@dataclass(frozen=True)
class Completed:
    """How a program ended: its exit code and what it wrote."""

    arguments: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """True when it exited with 0."""
        return self.returncode == 0

    def tail(self, lines: int = 20) -> list[str]:
        """The last lines of what it wrote, standard error first choice, without escape sequences."""
        text = self.stderr if self.stderr.strip() else self.stdout
        return plain.lines(text)[-lines:]


def which(program: str) -> Path | None:
    """Where `program` is on PATH or in the system folders that a non-login PATH may lack, or None."""
    found = shutil.which(program) or shutil.which(program, path=os.pathsep.join(childenv.SYSTEM_FOLDERS))
    return _unwrapped(Path(found)) if found else None


def _unwrapped(program: Path) -> Path:
    """The program itself: hashicorp/setup-terraform puts a script in its place, and it beside that as `terraform-bin`.

    The script adds lines to what Terraform says, and makes an exit code 2 (there are changes) a 0.
    """
    real = program.with_name(f"{program.name}-bin")
    if not real.is_file():
        return program
    with program.open("rb") as file:
        return real if file.read(2) == b"#!" else program


def run(
    arguments: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | IO[bytes] | None = None,
    on_line: OnLine | None = None,
    timeout_seconds: float | None = None,
    polite: signal.Signals = signal.SIGINT,
    check_interrupt: bool = True,
    outlives_us: bool = False,
    spared: bool = False,
    on_start: Callable[[int], None] | None = None,
) -> Completed:
    """Run a program to its end and return what it wrote. Without `env` it gets what `childenv` has for it.

    `stdin` is what the child reads, or an open file with it. `on_line` gets each line of standard output as it comes.
    The child has a session of its own, so that a Ctrl-C in the terminal reaches only this program, which passes on
    `polite` once and waits. Raises `Interrupted` after the child has ended if Ctrl-C came meanwhile,
    `PrerequisiteMissing` if the program is not there. A program that outlives `timeout_seconds` is killed and returns
    code -9. With `outlives_us` the child writes to files instead of pipes: if this process is killed the child is not,
    and ends properly. A `spared` child gets `polite` only at the second Ctrl-C. `on_start` is told the child's process
    id.
    """
    command = [str(argument) for argument in arguments]
    name = Path(command[0]).name
    if check_interrupt:
        interrupt.check(name)
    with _output(outlives_us) as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=mark.marked(env if env is not None else childenv.of_program(command[0])),
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE if isinstance(stdin, bytes) else stdin,
                stdout=output.stdout,
                stderr=output.stderr,
                start_new_session=True,
            )
        except OSError as error:
            raise PrerequisiteMissing(
                f"cannot run {command[0]}", reason=str(error), next_step="python3 orchestrate.py doctor"
            ) from error
        timer = threading.Timer(timeout_seconds, process.kill) if timeout_seconds else None
        with interrupt.child(process, polite, spared=spared):
            if timer:
                timer.start()
            try:
                if on_start:
                    on_start(process.pid)
                stdout, stderr = output.read(process, stdin if isinstance(stdin, bytes) else None, on_line)
            finally:
                # Whatever went wrong with reading: the child is not left behind.
                process.wait()
                if timer:
                    timer.cancel()
    if check_interrupt:
        interrupt.check(name)
    return Completed(tuple(command), process.returncode, stdout, stderr)


def attached(arguments: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> int:
    """Run a program that has this program's terminal, input and output for itself, to its end; its exit code.

    It stays in this program's process group: a terminal is read by its foreground group alone, and Ctrl-C is for the
    program that the person talks to. A SIGTERM that reaches only this one is passed on. Raises `PrerequisiteMissing`
    if the program is not there.
    """
    command = [str(argument) for argument in arguments]
    try:
        process = subprocess.Popen(
            command, env=mark.marked(env if env is not None else childenv.of_program(command[0]))
        )
    except OSError as error:
        raise PrerequisiteMissing(
            f"cannot run {command[0]}", reason=str(error), next_step="python3 orchestrate.py doctor"
        ) from error
    with interrupt.child(process, signal.SIGTERM):
        code = process.wait()
    # As a shell has it for a program that was ended by a signal.
    return 128 - code if code < 0 else code


@contextmanager
def aside() -> Iterator[None]:
    """Inside, what this program and those that it runs write to standard output goes to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


class _Pipes:
    """The child writes to pipes; their end is its end."""

    stdout: int | IO[bytes] = subprocess.PIPE
    stderr: int | IO[bytes] = subprocess.PIPE

    def read(self, process: subprocess.Popen[bytes], stdin: bytes | None, on_line: OnLine | None) -> tuple[str, str]:
        lines, errors = _Lines(on_line), _Lines(None)
        helpers = [threading.Thread(target=errors.take_all, args=(process.stderr,), daemon=True)]
        if stdin is not None:
            helpers.append(threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True))
        for helper in helpers:
            helper.start()
        lines.take_all(process.stdout)
        process.wait()
        for helper in helpers:
            helper.join()
        return lines.text(), errors.text()


class _Files:
    """The child writes to files without a name, which are read while they grow."""

    def __init__(self, stdout: IO[bytes], stderr: IO[bytes]) -> None:
        self.stdout, self.stderr = stdout, stderr

    def read(self, process: subprocess.Popen[bytes], stdin: bytes | None, on_line: OnLine | None) -> tuple[str, str]:
        if stdin is not None:
            _feed(process.stdin, stdin)
        lines, errors = _Lines(on_line), _Lines(None)
        # The child's descriptor shares this one's position, so reading goes through one of its own.
        with open(f"/proc/self/fd/{self.stdout.fileno()}", "rb") as growing:
            while True:
                ended = process.poll() is not None
                lines.take(growing.read())
                if ended:
                    break
                time.sleep(_TAIL_SECONDS)
        self.stderr.seek(0)
        errors.take(self.stderr.read())
        lines.finish()
        errors.finish()
        return lines.text(), errors.text()


@contextmanager
def _output(outlives_us: bool) -> Iterator[_Pipes | _Files]:
    if not outlives_us:
        yield _Pipes()
        return
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        yield _Files(stdout, stderr)


class _Lines:
    """Collects output and hands on each full line. A listener that fails is heard of only after the child's end."""

    def __init__(self, on_line: OnLine | None) -> None:
        self._on_line = on_line
        self._parts: list[str] = []
        self._rest = b""
        self._failed: Exception | None = None

    def take_all(self, stream: IO[bytes] | None) -> None:
        if stream is not None:
            for line in stream:
                self.take(line)
            stream.close()
        self.finish()

    def take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._emit(line.decode("utf-8", errors="replace"), "\n")

    def finish(self) -> None:
        if self._rest:
            self._emit(self._rest.decode("utf-8", errors="replace"), "")
            self._rest = b""

    def _emit(self, line: str, end: str) -> None:
        self._parts.append(line + end)
        if self._on_line is not None and self._failed is None:
            try:
                self._on_line(line)
            except Exception as error:
                self._failed = error

    def text(self) -> str:
        """All of it. Raises what the listener raised."""
        if self._failed is not None:
            raise self._failed
        return "".join(self._parts)


def _feed(stream: IO[bytes] | None, content: bytes) -> None:
    # A child that ended early closes the pipe; its exit code and message say why.
    with suppress(BrokenPipeError):
        if stream is not None:
            stream.write(content)
            stream.close()
