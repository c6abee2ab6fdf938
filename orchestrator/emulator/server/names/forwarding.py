"""Passes connections on: from a name's address to one of the service's running tasks, in turn."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any

CONNECT_SECONDS = 2.0
# A task may call another service before its own start is noted down.
UNKNOWN_SECONDS = 3.0
LOOK_SECONDS = 0.1
CHUNK = 64 * 1024

# Address and port at which a name is served.
Place = tuple[str, int]
# Where a client's address is let through to: the tasks' addresses and port, none if it is not let through or no task
# runs; None for a client that is not known.
Targets = Callable[[str], list[Place] | None]

logger = logging.getLogger("names")


class Forwarding:
    """Listens at any number of places, in a thread of its own that sleeps until somebody connects."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: dict[Place, asyncio.Server] = {}
        self._targets: dict[Place, Targets] = {}
        self._started = False
        self._lock = threading.Lock()

    def serve(self, places: dict[Place, Targets]) -> None:
        """Listen at these places and at no others. Connections that there are go on."""
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self._loop.run_forever, daemon=True, name="names").start()
            asyncio.run_coroutine_threadsafe(self._serve(places), self._loop).result(timeout=30)

    async def _serve(self, places: dict[Place, Targets]) -> None:
        self._targets = dict(places)
        for place in self._servers.keys() - places.keys():
            self._servers.pop(place).close()
        for place in places.keys() - self._servers.keys():
            try:
                self._servers[place] = await asyncio.start_server(_handler(self._targets_of, place), *place)
            except OSError as error:
                logger.warning("%s:%d cannot be listened on: %s", *place, error)

    async def _targets_of(self, place: Place, client: str) -> list[Place]:
        until = self._loop.time() + UNKNOWN_SECONDS
        while place in self._targets:
            found = self._targets[place](client)
            if found is not None or self._loop.time() > until:
                return found or []
            await asyncio.sleep(LOOK_SECONDS)
        return []


def _handler(
    targets: Callable[[Place, str], Coroutine[Any, Any, list[Place]]], place: Place
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]:
    turns = itertools.count()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = await targets(place, str(writer.get_extra_info("peername")[0]))
        turn = next(turns) % len(found) if found else 0
        for address, port in found[turn:] + found[:turn]:
            try:
                connection = asyncio.open_connection(address, port)
                task_reader, task_writer = await asyncio.wait_for(connection, CONNECT_SECONDS)
            except (OSError, TimeoutError):
                continue
            await asyncio.gather(_pass(reader, task_writer), _pass(task_reader, writer), return_exceptions=True)
            for each in (writer, task_writer):
                each.close()
            return
        _refuse(writer)

    return handle


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        # One side was cut off, and so is the other one.
        writer.transport.abort()


def _refuse(writer: asyncio.StreamWriter) -> None:
    """Reset the connection: nothing was served, and the client sees that at once."""
    with contextlib.suppress(OSError, AttributeError):
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
