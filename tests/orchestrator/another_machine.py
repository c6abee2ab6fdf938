"""A machine that is another than this one, as far as a test needs it: other files, another user, another network."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from orchestrator.errors import Failure

# See unshare(2): CLONE_NEWNS, CLONE_NEWNET.
NEW_MOUNTS = 0x00020000
NEW_NETWORK = 0x40000000
NOBODY = 65534


def two_free_ports() -> int:
    """The first of two neighbouring ports that are free."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return int(port)


def fails_elsewhere(
    act: Callable[[], object], *, user: int = 0, hidden: Sequence[str] = (), environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """How `act` fails (exit code, message) on a machine without `hidden` files and folders, as another user.

    Runs in a forked process with its own view of the file system; this machine stays as it is.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            _hide(hidden)
            if user:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            os.environ.update(environment or {})
            try:
                act()
                answer = (0, "it did not fail")
            except Failure as failure:
                answer = (int(failure.exit_code), failure.render())
            except BaseException:
                answer = (-1, traceback.format_exc())
            os.write(writing, json.dumps(answer).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    code, message = json.loads(text)
    return code, message


def system_call(name: str, *arguments: int) -> None:
    """A call of the C library that Python 3.11 has no function for."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)


def _hide(files: Sequence[str]) -> None:
    system_call("unshare", NEW_MOUNTS)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for file in map(Path, files):
        if file.is_dir():
            subprocess.run(["mount", "-t", "tmpfs", "nothing", file], check=True)
        elif file.exists():
            subprocess.run(["mount", "--bind", "/dev/null", file.resolve()], check=True)
