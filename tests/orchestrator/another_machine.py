"""A machine that is another than this one, as far as a test needs it: other files, another user, another network."""

from __future__ import annotations

import ctypes
import json
import os
import secrets
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
# Below what Linux gives to whoever names no port (ip_local_port_range, from 32768 on), so that no connection has one of
# them when it is listened on, and below what a copy has without STORYIZER_PORT (from 20000 on).
FIRST_PORT, PAIRS, PROCESSES = 10_000, 300, 16


def two_free_ports() -> int:
    """The first of two neighbouring ports that are free and stay so: of this one of the processes that share tests."""
    own = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PROCESSES
    while True:
        port = FIRST_PORT + 2 * (own + PROCESSES * secrets.randbelow(PAIRS))
        with socket.socket() as first, socket.socket() as second:
            try:
                # At every address: so the emulated AWS listens at several.
                first.bind(("", port))
                second.bind(("", port + 1))
            except OSError:
                continue
            return port


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
