"""The first process of a task whose files `up --watch` exchanges: runs the service's process, and puts another in its
place when it is asked to.

One file and the standard library only, for the container's Python gets it as text: in its image there is nothing of
this. Its first argument is the address of its socket without the first byte, which is in the abstract namespace, for
there is no folder that may be written to; the others are the service's. Whoever copies files connects, writes the
folder that holds the new `app`, and reads one JSON object: `{"kept": false}` once the new process listens and the old
one no longer does, or `{"kept": true, "lines": [...]}` with what the new one wrote if it ended, or did not come to
listen, and the old one goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

READY_SECONDS = 40.0
# A process that listens at no port is taken to be well when it has waited for so long, for work: what it does before
# that, which may fail, takes as long as the machine is busy.
LASTS_SECONDS = 2.0
LOOK_SECONDS = 0.02
WAITS = "S"  # proc_pid_stat(5)
END_SECONDS = 10.0
# What a dead process wrote is read in no time where the machine is not busy, and never to its end where a process of
# its own still has the stream.
HEARD_SECONDS = 5.0
LINES = 60
LISTENS = "0A"  # include/net/tcp_states.h
# Two processes listen at one port while one takes the place of the other. uvloop binds below Python, where only the
# making of a socket is seen.
CHILD = """
import runpy, socket
make = socket.socket.__init__
def shared(self, family=-1, type=-1, proto=-1, fileno=None):
    make(self, family, type, proto, fileno)
    if fileno is None and self.family in (socket.AF_INET, socket.AF_INET6) and self.type == socket.SOCK_STREAM:
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
socket.socket.__init__ = shared
runpy.run_module("app", run_name="__main__", alter_sys=True)
"""


class Process:
    """One process of the service, in a group of its own."""

    def __init__(self, folder: Path, arguments: Sequence[str]) -> None:
        self.ended, self.heard = threading.Event(), threading.Event()
        self.lines: deque[str] = deque(maxlen=LINES)
        self._child = subprocess.Popen(
            [sys.executable, "-c", CHILD, *arguments], cwd=folder, env=dict(os.environ), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.pid = self._child.pid
        pairs = ((self._child.stdout, 1), (self._child.stderr, 2))
        self._threads = [threading.Thread(target=self._pass_on, args=pair, daemon=True) for pair in pairs]
        for thread in self._threads:
            thread.start()

    def _pass_on(self, stream: IO[bytes], to: int) -> None:
        for line in stream:
            self.lines.append(line.decode(errors="replace").rstrip("\n"))
            os.write(to, line)

    def end(self, code: int) -> None:
        """Note that it has ended, and wait for what it wrote."""
        self._child.returncode = code
        self.ended.set()
        until = time.monotonic() + HEARD_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self.heard.set()

    def signal(self, number: int) -> None:
        """Send it a signal if it has not ended."""
        if not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def waits(self) -> bool:
        """True if it sleeps at this moment, and does not compute or wait for the processor or a disk."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] == WAITS
        except OSError:
            return False

    def listens(self) -> bool:
        """True if a process of its group has a socket that listens."""
        open_sockets = {link for pid in group(self.pid) for link in links(pid)}
        return bool(open_sockets & listening())


def group(leader: int) -> list[int]:
    """The ids of the processes in a group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(int(folder.name)) == leader:
                found.append(int(folder.name))
    return found


def links(pid: int) -> list[str]:
    """What a process has open, as /proc names it. Meanwhile it opens and closes connections."""
    found = []
    with contextlib.suppress(OSError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.append(str(file.readlink()))
    return found


def listening() -> set[str]:
    """The sockets of this network that listen, as /proc names them."""
    found: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            fields = [row.split() for row in Path(table).read_text().splitlines()[1:]]
        except OSError:
            continue
        found |= {f"socket:[{field[9]}]" for field in fields if field[3] == LISTENS}
    return found


class Reloader:
    """Runs the process, and the next one beside it until it is well."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.arguments = arguments
        self.processes: dict[int, Process] = {}
        # One that ends as soon as it has begun is known before its end is taken.
        self._starting = threading.Lock()
        self.current = self.start(Path.cwd())

    def start(self, folder: Path) -> Process:
        """Run the folder's `app`."""
        with self._starting:
            process = Process(folder, self.arguments)
            self.processes[process.pid] = process
        return process

    def reload(self, folder: Path) -> dict[str, Any]:
        """Put a process that runs the folder's `app` in the place of the current one, if it comes to be well."""
        ends, before = self.current.listens(), self.current
        process = self.start(folder)
        until, looks = time.monotonic() + READY_SECONDS, 0
        listens = False
        while time.monotonic() < until and not listens and not process.ended.wait(LOOK_SECONDS):
            listens = ends and process.listens()
            looks += process.waits()
            if not ends and looks * LOOK_SECONDS >= LASTS_SECONDS:
                break
        if process.ended.is_set() or listens != ends:
            process.signal(signal.SIGKILL)
            process.heard.wait(END_SECONDS)
            return {"kept": True, "lines": list(process.lines)}
        self.current = process
        self.retire(before)
        return {"kept": False}

    def retire(self, process: Process) -> None:
        """End a process whose successor listens: the second signal ends its drain, which has nothing to wait for."""
        until = time.monotonic() + END_SECONDS
        process.signal(signal.SIGTERM)
        if not process.ended.wait(0.1):
            process.signal(signal.SIGTERM)
        while process.listens() and time.monotonic() < until:
            process.ended.wait(0.02)
        threading.Timer(END_SECONDS, process.signal, (signal.SIGKILL,)).start()

    def serve(self, listener: socket.socket) -> None:
        """Answer whoever asks, one after the other."""
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    folder = Path(connection.makefile().read())
                    connection.sendall(json.dumps(self.reload(folder)).encode())
                except OSError as error:
                    sys.stderr.write(f"reload: {error}\n")

    def wait(self) -> int:
        """Take what ends, as the first process of a container has to; the exit code of the service's process."""
        while True:
            pid, status = os.wait()
            code = os.waitstatus_to_exitcode(status)
            with self._starting:
                process = self.processes.pop(pid, None)
            if process is not None:
                process.end(code)
                if process is self.current:
                    return code


def main() -> None:
    """Run until the service's process ends, and end as it did."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"\0{sys.argv[1]}")
    listener.listen()
    reloader = Reloader(sys.argv[2:])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: reloader.current.signal(number))
    threading.Thread(target=reloader.serve, args=(listener,), daemon=True).start()
    code = reloader.wait()
    # Of a signal the shell's way to tell it: the first process of a container cannot end itself by one.
    os._exit(128 - code if code < 0 else code)


if __name__ == "__main__":
    main()
