"""What is run in a task's container to exchange its files: takes them as a tar archive from standard input, has the
reloader run them, and writes its answer.

One file and the standard library only, for the container's Python gets it as text. Its arguments: the folder that holds
what is copied, the number of this copy, and the reloader's address without its first byte.
"""

from __future__ import annotations

import shutil
import socket
import sys
import tarfile
import time
from pathlib import Path

START_SECONDS = 20.0


def main(folder: Path, number: int, address: str) -> None:
    """Copy, ask, answer; of earlier copies only the last one stays, whose process may be the one that goes on."""
    into = folder / str(number)
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
        archive.extractall(into, filter="data")
    with connected(address) as connection:
        connection.sendall(str(into).encode())
        connection.shutdown(socket.SHUT_WR)
        sys.stdout.write(connection.makefile().read())
    for other in folder.iterdir():
        if other.name.isdigit() and int(other.name) < number - 1:
            shutil.rmtree(other, ignore_errors=True)


def connected(address: str) -> socket.socket:
    """A connection to the reloader, which may only just be starting."""
    until = time.monotonic() + START_SECONDS
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(f"\0{address}")
            return connection
        except ConnectionRefusedError:
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
