"""The provider's own process: started as Terraform would start it, and spoken to as Terraform would."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from orchestrator.system import processes

OPTIONS = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))
END_SECONDS = 5.0
# What go-plugin asks of whoever starts a plugin, with Terraform's own word for it.
_HANDSHAKE = {
    "TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    "PLUGIN_PROTOCOL_VERSIONS": "5",
}
# Without them it writes a line for every step of every call: Terraform would throw them away.
_QUIET = {"TF_LOG_SDK": "ERROR", "TF_LOG_PROVIDER": "ERROR"}
# Whoever becomes the provider is killed when this process ends, however that ends.
_BOUND = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execv(sys.argv[1], sys.argv[1:])"


class NotStarted(Exception):
    """The provider does not start; the text says why."""


@dataclass
class Provider:
    """The program, started at the first use. One that has died stays dead until it is `revived`.

    It works in `workplace`, as paths in a configuration are relative to that. `folder` takes its socket and what it
    writes to standard error.
    """

    program: Path
    workplace: Path
    variables: Mapping[str, str] = field(repr=False)
    folder: Path
    _process: subprocess.Popen[bytes] | None = None
    _channel: grpc.Channel | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    # What is bound to its parent is bound to the thread that has started it, which has to last.
    _starter: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def channel(self) -> grpc.Channel:
        """The way to it. Raises `NotStarted`."""
        with self._lock:
            if self._channel is None:
                self._starter.submit(self._start).result()
            return self._channel

    def revive(self) -> None:
        """Have the next use start another one if this one has died."""
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                self._forget()

    def end(self) -> None:
        """End it."""
        with self._lock:
            if self._process is not None:
                processes.end(self._process.pid, signal.SIGTERM, END_SECONDS)
                self._forget()

    def _forget(self) -> None:
        if self._channel is not None:
            self._channel.close()
        self._process = self._channel = None

    def _start(self) -> None:
        with (self.folder / "provider.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _BOUND, str(self.program)],
                env={**self.variables, **_HANDSHAKE, **_QUIET, "PLUGIN_UNIX_SOCKET_DIR": str(self.folder)},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=self.workplace,
                start_new_session=True,
            )  # fmt: skip
        assert self._process.stdout is not None
        # Core protocol, application protocol, network, address, protocol of the calls.
        told = self._process.stdout.readline().decode(errors="replace").strip().split("|")
        if len(told) < 5 or told[1:3] != ["5", "unix"] or told[4] != "grpc":
            processes.end(self._process.pid, signal.SIGTERM, END_SECONDS)
            self._process = None
            raise NotStarted(f"{self.program.name} does not start as a provider: it says {'|'.join(told)!r}")
        self._channel = grpc.insecure_channel(f"unix:{told[3]}", options=(*OPTIONS, ("grpc.enable_http_proxy", 0)))
