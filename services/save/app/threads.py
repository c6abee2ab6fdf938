"""A bounded pool of threads for blocking calls."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, TypeVar

R = TypeVar("R")

_END: Final = None


class Overloaded(Exception):
    """As many calls are waiting as may wait."""


@dataclass(eq=False, slots=True)
class _Job:
    """One call, and who waits for it."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    ended: Callable[[], None]
    future: asyncio.Future[Any]


class BoundedThreads:
    """Runs blocking calls in at most `threads` threads; at most `waiting` more calls wait.

    A call whose request is over (its deadline; that the client is gone cancels nothing in uvicorn) is
    taken out of the queue; once it runs it keeps its thread until it ends. So there is never more work
    under way than there are threads, which a limiter that is released on cancellation would not keep.

    The queue is the event loop's: a thread that has ended a call rests until the loop gives it the
    next one. Threads that took their next call by themselves would leave the loop one turn in
    `threads` of the interpreter's lock, and every request would wait for it, health checks too.
    """

    def __init__(self, threads: int, waiting: int) -> None:
        self._given: SimpleQueue[_Job | None] = SimpleQueue()
        self._waiting: deque[_Job] = deque()
        self._waiting_max = waiting
        self._idle = threads
        # Daemons: a process that has answered everything does not wait for an answer to nobody.
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Starts the threads. Everything is used from one event loop, the running one."""
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()

    async def run(self, function: Callable[..., R], *args: Any, ended: Callable[[], None] = lambda: None) -> R:
        """The function's result. Raises Overloaded, and whatever the function raises.

        `ended` is called when the call really is over, or will never begin: it may go on behind a
        request that is over.
        """
        job = _Job(function, args, ended, self._loop.create_future())
        if self._idle:
            self._idle -= 1
            self._given.put(job)
        elif len(self._waiting) < self._waiting_max:
            self._waiting.append(job)
        else:
            ended()
            raise Overloaded
        try:
            result: R = await job.future
        except asyncio.CancelledError:
            if job in self._waiting:
                self._waiting.remove(job)
                ended()
            raise
        return result

    def close(self) -> None:
        """Drops what waits. Calls that run go on to their end."""
        self._waiting.clear()
        for _ in self._threads:
            self._given.put(_END)

    def _work(self) -> None:
        while job := self._given.get():
            result = error = None
            try:
                result = job.function(*job.args)
            except BaseException as raised:
                error = raised
            # The loop is closed when the process ends before the call does.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._finish, job, result, error)
            # An error's traceback keeps all that the call had; not until the next call.
            del job, result, error

    def _finish(self, job: _Job, result: Any, error: BaseException | None) -> None:
        if self._waiting:
            self._given.put(self._waiting.popleft())
        else:
            self._idle += 1
        job.ended()
        if job.future.cancelled():
            return
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)
