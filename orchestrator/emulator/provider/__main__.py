"""The relay between Terraform and its AWS provider: lives as long as the run that started it, and as its Terraforms.

Its settings come on standard input, one line of JSON. A further line, whatever it says, has the provider started.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc

from orchestrator.emulator.provider import reattach
from orchestrator.emulator.provider.relay import Relay
from orchestrator.emulator.provider.upstream import OPTIONS, NotStarted, Provider
from orchestrator.system import processes

# Terraform has ten calls under way at most, and each takes one.
THREADS = 32
LOOK_SECONDS = 0.5


def main() -> None:
    """Serve until standard input has ended and no Terraform is left."""
    Path("/proc/self/comm").write_text(reattach.NAME)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    settings = json.loads(sys.stdin.buffer.readline())
    folder = Path(settings["folder"])
    try:
        serve(settings, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def serve(settings: Mapping[str, Any], folder: Path) -> None:
    """Serve in that folder, and end what was started for it."""
    provider = Provider(Path(settings["program"]), Path(settings["workplace"]), settings["variables"], folder)
    server = grpc.server(ThreadPoolExecutor(THREADS), options=OPTIONS)
    server.add_generic_rpc_handlers((Relay(provider, Path(settings["kept"]), reattach.wanted(folder)),))
    socket = reattach.socket(folder)
    server.add_insecure_port(f"unix:{socket}")
    try:
        server.start()
        for _ in sys.stdin.buffer:
            threading.Thread(target=_start, args=(provider,), daemon=True).start()
        # Twice: a Terraform that is just being started does not show yet what it was given.
        while _in_use(socket) or _in_use(socket, after=LOOK_SECONDS):
            time.sleep(LOOK_SECONDS)
    finally:
        server.stop(None)
        provider.end()


def _start(provider: Provider) -> None:
    provider.revive()
    with suppress(NotStarted):  # who calls it is told
        provider.channel()


def _in_use(socket: Path, after: float = 0.0) -> bool:
    """True while a Terraform runs that was told of the socket: also one between two connections."""
    time.sleep(after)
    return any(
        str(socket) in (processes.environment(pid) or {}).get(reattach.VARIABLE, "")
        for pid in processes.everyone()
        if pid != os.getpid()
    )


if __name__ == "__main__":
    main()
