"""The request deadline: one timer for all requests.

`asyncio.timeout` sets and clears a timer for each request, which takes nine times as long.
"""

import asyncio
import time
from typing import Protocol


class Timed(Protocol):
    """What a deadline watches over."""

    task: "asyncio.Task[object] | None"
    started: float
    """In seconds of `time.perf_counter`."""
    expired: bool


class Deadline:
    """Cancels the task of each request that takes longer than `seconds`, and says so in `expired`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # All have the same time, so the first to begin is the first to be over: a dictionary keeps
        # that order, and lets go of any of them at once.
        self._running: dict[Timed, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, request: Timed) -> None:
        """The request runs from now on, in the present task."""
        # Asked without a loop, Python 3.11 makes a system call to find it.
        task = asyncio.current_task(self._loop) if self._loop else None
        if task is None:
            # The first request in this loop.
            self._loop = asyncio.get_running_loop()
            self._timer = None
            task = asyncio.current_task(self._loop)
        request.task = task
        self._running[request] = None
        if self._timer is None and self._loop:
            self._timer = self._loop.call_later(self._seconds, self._expire, self._loop)

    def end(self, request: Timed) -> None:
        """The request is over."""
        self._running.pop(request, None)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        now = time.perf_counter()
        self._timer = None
        for request in list(self._running):
            left = request.started + self._seconds - now
            if left > 0:
                self._timer = loop.call_later(left, self._expire, loop)
                return
            del self._running[request]
            request.expired = True
            if request.task is not None:
                request.task.cancel()
