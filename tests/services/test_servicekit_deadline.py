"""The request deadline: each request has its own time, whatever the others do."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from servicekit.deadline import Deadline

SECONDS = 0.2


@dataclass(eq=False)
class Request:
    task: asyncio.Task[Any] | None = None
    started: float = field(default_factory=time.perf_counter)
    expired: bool = False


async def serve(deadline: Deadline, seconds: float) -> tuple[float, bool]:
    """A request that takes `seconds`: how long it ran, and whether it was cancelled."""
    request = Request()
    deadline.begin(request)
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        assert task is not None
        task.uncancel()
    finally:
        deadline.end(request)
    return time.perf_counter() - request.started, request.expired


def test_each_request_is_cancelled_at_its_own_time() -> None:
    async def staggered() -> list[tuple[float, bool]]:
        deadline = Deadline(SECONDS)
        requests = []
        for seconds in (5, 0.01, 5, 0.15, 5):
            requests.append(asyncio.create_task(serve(deadline, seconds)))
            await asyncio.sleep(0.05)
        return await asyncio.gather(*requests)

    found = asyncio.run(staggered())
    assert [expired for _, expired in found] == [True, False, True, False, True]
    for duration, expired in found:
        assert not expired or SECONDS - 0.01 <= duration < SECONDS + 0.15


def test_a_request_after_a_long_silence_has_its_full_time() -> None:
    async def later() -> tuple[float, bool]:
        deadline = Deadline(SECONDS)
        await serve(deadline, 0.01)
        await asyncio.sleep(SECONDS * 0.9)
        return await serve(deadline, SECONDS * 0.8)

    assert asyncio.run(later())[1] is False


def test_the_deadline_outlives_the_event_loop_that_it_began_in() -> None:
    deadline = Deadline(SECONDS)
    for _ in range(2):
        assert asyncio.run(serve(deadline, 5))[1] is True
        asyncio.run(serve(deadline, 0.01))
