"""How the save service shares its threads and its one secret among requests. Nothing is started."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from servicekit import Problem

if TYPE_CHECKING:
    from save.app.attempts import Clock
    from save.app.store import Store


class GatedTable:
    """In the table's place: calls wait for a gate, and are counted."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.gate = threading.Event()
        self.error: Exception | None = None

    def connect(self) -> None:
        """There is nothing to connect to."""

    def secret(self, clock: object) -> object:
        """Something, or the error."""
        self._called("secret")
        if self.error:
            raise self.error
        return object()

    def get(self, story_id: str, clock: Clock) -> None:
        """No story."""
        clock.attempts(lambda: self._called("get"))

    def older_than(self, shard: str, place: str | None, count: int, clock: object) -> list[object]:
        """No stories."""
        self._called("older_than")
        return []

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        assert self.gate.wait(60)


@pytest.fixture
def store_module(app_module: Callable[[str, str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """With few threads."""
    module = app_module("save", "store")
    monkeypatch.setattr(module, "THREADS", 2)
    monkeypatch.setattr(module, "WAITING_MAX", 4)
    return module


@pytest.fixture
def table() -> Iterator[GatedTable]:
    table = GatedTable()
    yield table
    table.gate.set()


async def opened(store_module: ModuleType, table: GatedTable) -> Store:
    store: Store = store_module.Store(table)
    await store.open()
    return store


async def settled() -> None:
    """A moment for tasks and threads to begin."""
    await asyncio.sleep(0.05)


def details(answers: Sequence[object]) -> Counter[str]:
    """What went wrong, and how often."""
    return Counter(answer.detail for answer in answers if isinstance(answer, Problem))


def test_all_who_wait_for_the_secret_get_the_answer_of_one_read(store_module: ModuleType, table: GatedTable) -> None:
    async def scenario() -> Sequence[object]:
        store = await opened(store_module, table)
        requests = [asyncio.ensure_future(store.secret()) for _ in range(4)]
        await settled()
        requests[0].cancel()
        await settled()
        table.gate.set()
        answers = await asyncio.gather(*requests, return_exceptions=True)
        return [*answers, await store.secret()]

    first, *others = asyncio.run(scenario())
    assert isinstance(first, asyncio.CancelledError), "it began the read, which goes on for the others"
    assert len(set(others)) == 1
    assert table.calls["secret"] == 1


def test_all_who_wait_for_the_secret_get_its_failure_and_the_next_request_tries_anew(
    store_module: ModuleType, table: GatedTable
) -> None:
    table.error = store_module.PynamoDBConnectionError("silent")

    async def scenario() -> Sequence[object]:
        store = await opened(store_module, table)
        requests = [asyncio.ensure_future(store.secret()) for _ in range(4)]
        await settled()
        table.gate.set()
        answers = await asyncio.gather(*requests, return_exceptions=True)
        assert table.calls["secret"] == 1
        table.error = None
        await store.secret()
        return answers

    assert details(asyncio.run(scenario())) == {"the story table does not answer": 4}
    assert table.calls["secret"] == 2


def test_no_more_wait_for_the_secret_than_may_wait_for_a_thread(store_module: ModuleType, table: GatedTable) -> None:
    async def scenario() -> Sequence[object]:
        store = await opened(store_module, table)
        requests = [asyncio.ensure_future(store.secret()) for _ in range(6)]
        await settled()
        assert [request.done() for request in requests] == [False] * 4 + [True] * 2, "refused at once"
        table.gate.set()
        return await asyncio.gather(*requests, return_exceptions=True)

    assert details(asyncio.run(scenario())) == {"too many requests at once": 2}


def test_a_list_that_is_refused_leaves_no_query_in_the_queue(store_module: ModuleType, table: GatedTable) -> None:
    clock = store_module.Clock

    async def scenario() -> None:
        store = await opened(store_module, table)
        busy = [asyncio.ensure_future(store.get("a", clock())) for _ in range(2 + 2)]
        await settled()
        with pytest.raises(Problem, match="too many requests at once"):
            await store.older_than(None, 1, clock())
        await settled()
        table.gate.set()
        await asyncio.gather(*busy)
        await settled()

    asyncio.run(scenario())
    assert table.calls == {"get": 4}


def test_a_request_without_time_left_is_told_so(store_module: ModuleType, table: GatedTable) -> None:
    async def scenario() -> None:
        store = await opened(store_module, table)
        await store.get("a", store_module.Clock(0))

    with pytest.raises(Problem, match="no time left to ask the story table"):
        asyncio.run(scenario())
    assert table.calls == {}
