"""A dockerd of our own on a machine without a service manager: started, remembered, ended."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.errors import Failure
from orchestrator.system import atomic, childenv, interrupt, process, processes
from orchestrator.system.childenv import Child
from orchestrator.system.paths import cache

START_SECONDS = 60.0
STOP_SECONDS = 30.0
AGAIN_AFTER_SECONDS = 2.0


@dataclass(frozen=True)
class Daemon:
    """Where a dockerd keeps its things. The defaults are dockerd's own."""

    folder: Path = field(default_factory=lambda: cache() / "engine")
    pid_file: Path = Path("/var/run/docker.pid")
    exec_root: Path = Path("/var/run/docker")
    options: Sequence[str] = ()

    @property
    def log(self) -> Path:
        """What dockerd wrote."""
        return self.folder / "dockerd.log"

    @property
    def _record(self) -> Path:
        return self.folder / "started.json"

    def running_pid(self) -> int | None:
        """The process id of the dockerd that `start` started, if it still runs."""
        try:
            record = json.loads(self._record.read_text())
            identity = processes.Identity(int(record["pid"]), int(record["began"]))
        except OSError:
            return None  # none was started
        except (ValueError, KeyError, TypeError):
            return self._seen()
        alive = processes.is_alive(identity) and processes.name(identity.pid) == "dockerd"
        return identity.pid if alive else None

    def _seen(self) -> int | None:
        """The one that was started, by its command line: for a record that is broken."""
        return next((pid for pid in processes.named("dockerd") if self._command == processes.arguments(pid)[1:]), None)

    @property
    def _command(self) -> list[str]:
        return ["--pidfile", str(self.pid_file), "--exec-root", str(self.exec_root), *self.options]

    def forget(self) -> None:
        """Drop the record of a daemon that has ended."""
        self._record.unlink(missing_ok=True)

    def adopt(self) -> None:
        """Remember a dockerd that came up with the package that we installed, so that it is ended like our own."""
        for pid in processes.named("dockerd"):
            self._remember(pid)

    def start(self, answers: Callable[[], bool]) -> None:
        """Start dockerd in a session of its own and wait until `answers`. Raises `Failure` with the end of its log.

        One that ends by itself is started once more: a predecessor that was killed just now may still have had its
        databases open, for which dockerd waits a second only.
        """
        for again in (False, True):
            if again:
                interrupt.sleep(AGAIN_AFTER_SECONDS, "starting the container engine")
            child = self._start(answers)
            if child is None:
                return
            code = child.poll()
            self.stop()
            if code is None:
                break
        told = f"did not answer within {START_SECONDS:.0f} seconds" if code is None else f"ended with code {code}"
        raise Failure(
            "the container engine does not start",
            reason=f"dockerd {told}.",
            details=self.log.read_text(errors="replace").splitlines()[-8:],
            next_step=f"see {self.log}; start dockerd by hand, then run the same command again",
        )

    def _start(self, answers: Callable[[], bool]) -> subprocess.Popen[bytes] | None:
        """Start dockerd. None once it answers, else the process that did not: it may have ended or still run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._remove_stale_pid_files()
        program = process.which("dockerd")
        if program is None:
            raise Failure("dockerd is not installed", next_step="python3 orchestrate.py doctor")
        with self.log.open("wb") as log:
            child = subprocess.Popen(
                [str(program), *self._command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, cwd="/", env=childenv.of(Child.ENGINE),
            )  # fmt: skip
        self._remember(child.pid)
        try:
            until = time.monotonic() + START_SECONDS
            while child.poll() is None and time.monotonic() < until:
                if answers():
                    return None
                interrupt.sleep(0.2, "starting the container engine")
        except BaseException:
            self.stop()
            raise
        return child

    def stop(self) -> None:
        """End the dockerd that `start` started and wait for it."""
        pid = self.running_pid()
        if pid is not None:
            processes.end(pid, signal.SIGTERM, STOP_SECONDS)
        self.forget()

    def _remember(self, pid: int) -> None:
        identity = processes.identity(pid)
        if identity is not None:
            atomic.write(self._record, json.dumps({"pid": identity.pid, "began": identity.began}))

    def _remove_stale_pid_files(self) -> None:
        """A killed engine leaves pid files. It would take whoever has the number now, or a zombie, for itself."""
        owners = {self.pid_file: "dockerd", self.exec_root / "containerd" / "containerd.pid": "containerd"}
        for path, program in owners.items():
            try:
                pid = int(path.read_text().strip())
            except (OSError, ValueError):
                continue
            if processes.identity(pid) is None or processes.name(pid) != program:
                path.unlink(missing_ok=True)
