"""Requests that have begun to come in and are not here yet: for how long, and how many of them."""

import asyncio
import time
from typing import Final, Protocol

from .timing import HEAD_DEADLINE_SECONDS

UNFINISHED_MAX: Final = 512
"""So many connections may be in the middle of a request. What a load balancer passes on comes at once, so that those
are clients which hold connections open by sending little; the one that has been at it longest makes room."""

HEAD_MAX_BYTES: Final = 64 * 1024
"""The load balancer's own limit for all header fields; the parser has none. Up to one read more may have come."""


class Incoming(Protocol):
    """A connection on which a request has begun."""

    loop: asyncio.AbstractEventLoop

    def out_of_time(self) -> None:
        """The rest has not come by the deadline."""

    def crowded_out(self) -> None:
        """Too many others have begun one since."""


class Unfinished:
    """The connections in the middle of a request, each for at most `seconds`: one timer for all of them."""

    def __init__(self, seconds: float = HEAD_DEADLINE_SECONDS, most: int = UNFINISHED_MAX) -> None:
        self.seconds = seconds
        self._most = most
        # All have the same time, so the first to begin is the first to be over: a dictionary keeps that order.
        self._began: dict[Incoming, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, connection: Incoming) -> None:
        """A request begins on the connection; if one was under way there, that one is over."""
        self._began.pop(connection, None)
        if len(self._began) >= self._most:
            oldest = next(iter(self._began))
            del self._began[oldest]
            oldest.crowded_out()
        self._began[connection] = time.monotonic()
        if self._timer is None:
            self._timer = connection.loop.call_later(self.seconds, self._expire, connection.loop)

    def end(self, connection: Incoming) -> None:
        """The request is here, or will never be."""
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
            connection.out_of_time()
