"""Connections on which something is awaited: the rest of a request, or the next one."""

import asyncio
import time
from typing import Final, Generic, Protocol, TypeVar

from .timing import HEAD_DEADLINE_SECONDS, KEEP_ALIVE_SECONDS

UNFINISHED_MAX: Final = 512
"""So many connections may be in the middle of a request. What a load balancer passes on comes at once, so that those
are clients which hold connections open by sending little; the one that has been at it longest makes room."""

HEAD_MAX_BYTES: Final = 64 * 1024
"""The load balancer's own limit for all header fields; the parser has none. Up to one read more may have come."""


class Connection(Protocol):
    """A connection of an event loop."""

    loop: asyncio.AbstractEventLoop


class Incoming(Connection, Protocol):
    """A connection on which a request has begun."""

    def out_of_time(self) -> None:
        """The rest has not come by the deadline."""

    def crowded_out(self) -> None:
        """Too many others have begun one since."""


class Quiet(Connection, Protocol):
    """A connection on which the next request may come."""

    def timeout_keep_alive_handler(self) -> None:
        """None has come."""


C = TypeVar("C", bound=Connection)


class _Waiting(Generic[C]):
    """Connections that wait, each for at most `seconds`: one timer for all of them.

    A timer of its own for each wait takes ten times as long.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        # All have the same time, so the first to begin is the first to be over: a dictionary keeps that order.
        self._began: dict[C, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, connection: C) -> None:
        """The connection waits from now on, whatever it has waited for before."""
        self._began.pop(connection, None)
        self._began[connection] = time.monotonic()
        if self._timer is None:
            self._timer = connection.loop.call_later(self.seconds, self._expire, connection.loop)

    def end(self, connection: C) -> None:
        """What it waited for is here, or will never be."""
        self._began.pop(connection, None)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = time.monotonic()
        while self._began:
            connection, began = next(iter(self._began.items()))
            left = began + self.seconds - now
            if left > 0:
                self._timer = loop.call_later(left, self._expire, loop)
                return
            del self._began[connection]
            self._over(connection)

    def _over(self, connection: C) -> None:
        raise NotImplementedError


class Unfinished(_Waiting[Incoming]):
    """The connections in the middle of a request."""

    def __init__(self, seconds: float = HEAD_DEADLINE_SECONDS, most: int = UNFINISHED_MAX) -> None:
        super().__init__(seconds)
        self._most = most

    def begin(self, connection: Incoming) -> None:
        """A request begins on the connection; if one was under way there, that one is over."""
        if connection not in self._began and len(self._began) >= self._most:
            oldest = next(iter(self._began))
            del self._began[oldest]
            oldest.crowded_out()
        super().begin(connection)

    def _over(self, connection: Incoming) -> None:
        connection.out_of_time()


class Idle(_Waiting[Quiet]):
    """The connections between two requests."""

    def __init__(self, seconds: float = KEEP_ALIVE_SECONDS) -> None:
        super().__init__(seconds)

    def _over(self, connection: Quiet) -> None:
        connection.timeout_keep_alive_handler()
