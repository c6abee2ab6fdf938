"""A call that many wait for."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from .threads import Overloaded

R = TypeVar("R")


class Shared(Generic[R]):
    """Makes a call once for all who ask while it is under way; at most `waiting` may wait for it.

    Its failure is everybody's answer: were each to try again, the last would wait for all the
    others. Whoever asks after that tries anew. A request that is over leaves the call to the rest.
    """

    def __init__(self, call: Callable[[], Coroutine[Any, Any, R]], waiting: int) -> None:
        self._call = call
        self._under_way: asyncio.Task[R] | None = None
        self._waiting = 0
        self._waiting_max = waiting

    async def result(self) -> R:
        """What the call gives. Raises Overloaded, and whatever the call raises."""
        if self._waiting == self._waiting_max:
            raise Overloaded
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._call())
            self._under_way.add_done_callback(self._over)
        self._waiting += 1
        try:
            return await asyncio.shield(self._under_way)
        finally:
            self._waiting -= 1

    def _over(self, _: asyncio.Task[R]) -> None:
        self._under_way = None
