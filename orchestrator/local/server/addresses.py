"""On which of this machine's addresses the emulated AWS listens."""

from __future__ import annotations

import errno
import socket


def addresses(gateway: str, port: int) -> list[str]:
    """Where the API listens: this machine alone, and the engine's bridge for the tasks' containers.

    Where the bridge is inside a virtual machine its address cannot be bound here: then on all interfaces.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((gateway, port))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            return ["0.0.0.0"]
    return ["127.0.0.1", gateway]
