"""The request deadline: each request has its own time, whatever the others do."""

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from servicekit import deadline as module
from servicekit.deadline import Deadline

from .own_time import Clock

SECONDS = 4.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that deadlines go by."""
    made = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=made))
    return made


@dataclass(eq=False)
class Request:
    started: float
    task: asyncio.Task[Any] | None = None
    expired: bool = False


async def serve(clock: Clock, deadline: Deadline, seconds: float) -> tuple[float, bool]:
    """A request that takes `seconds`: how long it ran, and whether it was cancelled."""
    request = Request(clock())
    deadline.begin(request)
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        assert task is not None
        task.uncancel()
    finally:
        deadline.end(request)
    return clock() - request.started, request.expired


def test_each_request_is_cancelled_at_its_own_time(clock: Clock) -> None:
    async def staggered() -> list[tuple[float, bool]]:
        deadline = Deadline(SECONDS)
        requests = []
        for seconds in (100, 0.25, 100, 3.75, 100):
            requests.append(asyncio.create_task(serve(clock, deadline, seconds)))
            await asyncio.sleep(1)
        return await asyncio.gather(*requests)

    assert clock.run(staggered()) == [(SECONDS, True), (0.25, False), (SECONDS, True), (3.75, False), (SECONDS, True)]


def test_a_request_after_a_long_silence_has_its_full_time(clock: Clock) -> None:
    async def later() -> tuple[float, bool]:
        deadline = Deadline(SECONDS)
        await serve(clock, deadline, 0.25)
        await asyncio.sleep(3.5)
        return await serve(clock, deadline, 3.75)

    assert clock.run(later()) == (3.75, False)


def test_the_deadline_outlives_the_event_loop_that_it_began_in(clock: Clock) -> None:
    deadline = Deadline(SECONDS)
    for _ in range(2):
        assert clock.run(serve(clock, deadline, 100)) == (SECONDS, True)
        assert clock.run(serve(clock, deadline, 0.25)) == (0.25, False)
