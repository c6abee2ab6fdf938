"""A bounded pool of threads for blocking calls."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Overloaded(Exception):
    """As many calls are waiting as may wait."""


class BoundedThreads:
    """Runs blocking calls in at most `threads` threads; at most `waiting` more calls wait.

    A call whose request is over (deadline, client gone) is taken out of the queue; once it runs it
    keeps its thread until it ends. So there is never more work under way than there are threads,
    which a limiter that is released on cancellation would not keep.
    """

    def __init__(self, threads: int, waiting: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="blocking")
        self._places = threads + waiting

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result. Raises Overloaded, and whatever the function raises."""
        if self._places == 0:
            raise Overloaded
        self._places -= 1
        loop = asyncio.get_running_loop()
        future = self._executor.submit(function, *args, **kwargs)
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._release))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Drops what waits. Calls that run go on to their end."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _release(self) -> None:
        self._places += 1
