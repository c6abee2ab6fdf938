"""The one way to run another program: arguments as a list, never a shell, streamed, interruptible."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from orchestrator import interrupt
from orchestrator.errors import PrerequisiteMissing


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
        """The last lines of what it wrote, standard error first choice."""
        text = self.stderr if self.stderr.strip() else self.stdout
        return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]


def which(program: str) -> Path | None:
    """Where `program` is on PATH or in the system folders that a non-login PATH may lack, or None."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin")
    return Path(found) if found else None


def run(
    arguments: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: IO[bytes] | bytes | None = None,
    on_line: Callable[[str], None] | None = None,
    timeout_seconds: float | None = None,
    polite: signal.Signals = signal.SIGINT,
    check_interrupt: bool = True,
) -> Completed:
    """Run a program to its end and return what it wrote.

    `on_line` gets each line of standard output as it comes. The child has a session of its own, so that a Ctrl-C in
    the terminal reaches only this program, which passes on `polite` once and waits. Raises `Interrupted` after the
    child has ended if Ctrl-C came meanwhile, `PrerequisiteMissing` if the program is not there. A program that
    outlives `timeout_seconds` is killed and returns code -9.
    """
    command = [str(argument) for argument in arguments]
    if check_interrupt:
        interrupt.check(Path(command[0]).name)
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=subprocess.PIPE if isinstance(stdin, bytes) else (stdin or subprocess.DEVNULL),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (FileNotFoundError, PermissionError) as error:
        raise PrerequisiteMissing(
            f"cannot run {command[0]}", reason=str(error), next_step="python3 orchestrate.py doctor"
        ) from error
    errors: list[str] = []
    output: list[str] = []
    readers = [threading.Thread(target=_collect, args=(process.stderr, errors, None), daemon=True)]
    if isinstance(stdin, bytes):
        readers.append(threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True))
    timer = threading.Timer(timeout_seconds, process.kill) if timeout_seconds else None
    with interrupt.child(process, polite):
        for reader in readers:
            reader.start()
        if timer:
            timer.start()
        try:
            _collect(process.stdout, output, on_line)
            process.wait()
        finally:
            if timer:
                timer.cancel()
        for reader in readers:
            reader.join()
    if check_interrupt:
        interrupt.check(Path(command[0]).name)
    return Completed(tuple(command), process.returncode, "".join(output), "".join(errors))


def _collect(stream: IO[bytes] | None, into: list[str], on_line: Callable[[str], None] | None) -> None:
    if stream is None:
        return
    for raw in stream:
        line = raw.decode("utf-8", errors="replace")
        into.append(line)
        if on_line is not None:
            on_line(line.rstrip("\n"))
    stream.close()


def _feed(stream: IO[bytes] | None, content: bytes) -> None:
    if stream is None:
        return
    try:
        stream.write(content)
        stream.close()
    except BrokenPipeError:
        pass  # the child ended early; its exit code and message say why


def clean_environment(**changes: str) -> dict[str, str]:
    """A copy of this process's environment with `changes`; an empty value removes the variable."""
    environment = {**os.environ, **changes}
    return {name: value for name, value in environment.items() if value != ""}
