"""Servers as processes of their own, pinned to a core, ended when they are no longer needed."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestrator.errors import Failure
from orchestrator.system.paths import ROOT, SERVICES, cache

START_SECONDS: Final = 30
_POLL_SECONDS: Final = 0.001


@dataclass(frozen=True)
class Program:
    """How a server is started. It learns its port from the variable PORT."""

    command: Sequence[str]
    cwd: Path
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """A server that has answered."""

    port: int
    started_seconds: float
    """From the start of its process to the first 200."""
    log: Path
    """Its standard output."""

    def url(self, target: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{target}"


def service(name: str, base_path: str, **variables: str) -> Program:
    """A service in the environment that its container has."""
    own = {"SERVICE_NAME": name, "BASE_PATH": base_path, "ENVIRONMENT": "benchmark", "DRAIN_SECONDS": "0"}
    return Program([sys.executable, "-m", "app"], SERVICES / name, own | variables)


def rival(module: str, **variables: str) -> Program:
    """A program of the folder rivals."""
    return Program([sys.executable, "-m", f"benchmarks.services.rivals.{module}"], ROOT, variables)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Nothing of this process's own. Bytecode is kept, as it is in an image, but outside of the checkout."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{SERVICES}:{ROOT}",
        "PYTHONPYCACHEPREFIX": str(cache() / "benchmark-bytecode"),
        **variables,
    }


@contextmanager
def running(program: Program, *, cpu: int, ready: str = "/healthz") -> Iterator[Running]:
    """Starts a server on a core, waits until `ready` answers 200, ends it afterwards. Raises Failure.

    Standard output goes to a file, the same for all: writing its log is part of a server's work.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="storyizer-benchmark-") as folder:
        log = Path(folder) / "log"
        began = time.monotonic()
        with log.open("wb") as output:
            server = subprocess.Popen(
                program.command,
                cwd=program.cwd,
                env=environment({**program.variables, "PORT": str(port)}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=lambda: os.sched_setaffinity(0, {cpu}),
            )
        try:
            while not _answers(port, ready):
                if server.poll() is not None or time.monotonic() > began + START_SECONDS:
                    command = " ".join(program.command[1:])
                    raise Failure(f"{command} did not start", details=log.read_text().splitlines()[-10:])
                time.sleep(_POLL_SECONDS)
            yield Running(port, time.monotonic() - began, log)
        finally:
            server.kill()
            server.wait()


def free_port() -> int:
    """A port that is free at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def get(port: int, target: str) -> bytes:
    """The body of an answer that must be a 200. Raises Failure."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", target)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise Failure(f"{target} was answered {answer.status}", reason=body.decode(errors="replace"))
    return body


def _answers(port: int, target: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", target)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
