"""Stories in DynamoDB, as a service can ask for them."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Final, TypeVar

from pynamodb.exceptions import PynamoDBConnectionError

from servicekit import Problem
from servicekit.logs import emit

from .attempts import Clock, OutOfTime, error_code
from .limits import RETRY_AFTER_SECONDS, SHARDS, THREADS, WAITING_MAX
from .secret import Secret
from .shared import Shared
from .story import NewStory, Story
from .table import Kept, Table
from .threads import BoundedThreads, Overloaded

R = TypeVar("R")

_OUR_FAULT: Final = "ValidationException"
_OVERLOADED: Final = "too many requests at once"


class StillRunning(Exception):
    """A request that keeps a story with this id is under way in this process."""


class Store:
    """Every method raises Problem 503 when DynamoDB cannot be asked or there is too much to do."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._threads = BoundedThreads(THREADS, WAITING_MAX)
        self._running: set[str] = set()
        self._secret: Secret | None = None
        # Those who wait for it all go on at once: not more than may then wait for a thread.
        self._reading_secret = Shared(lambda: self._call(self._table.secret, Clock()), WAITING_MAX)

    async def open(self) -> None:
        """Starts the threads and makes the client."""
        self._threads.start()
        await self._threads.run(self._table.connect)

    def close(self) -> None:
        """Lets the threads end."""
        self._threads.close()

    async def check(self) -> None:
        """Asks the table for its secret, which is also read for later if it was not there before."""
        if self._secret is None:
            await self.secret()
        else:
            await self._call(self._table.check, Clock())

    async def secret(self) -> Secret:
        """The table's secret, from memory once it has been read."""
        if self._secret is None:
            try:
                self._secret = await self._reading_secret.result()
            except Overloaded:
                raise _unavailable(_OVERLOADED) from None
        return self._secret

    async def add(self, story_id: str, new: NewStory, clock: Clock) -> Kept:
        """Keeps a new story; that it is there already with the same content is no error.

        Raises StillRunning, and AnotherStory if its content is another. An id counts as under way
        until its thread has ended, also if the request was given up: only then is it known what
        became of it.
        """
        if story_id in self._running:
            raise StillRunning
        self._running.add(story_id)
        return await self._call(self._table.put, story_id, new, clock, ended=lambda: self._running.discard(story_id))

    async def get(self, story_id: str, clock: Clock) -> Story | None:
        """The story with that id, also right after it was added."""
        return await self._call(self._table.get, story_id, clock)

    async def delete(self, story_id: str, clock: Clock) -> None:
        """Deletes the story, if it is there."""
        await self._call(self._table.bury, story_id, clock)

    async def older_than(self, place: str | None, count: int, clock: Clock) -> list[Story]:
        """The newest `count` stories that are older than `place`, newest first.

        A new story may take a moment to appear, a deleted one to go: DynamoDB updates indexes after
        the table.
        """
        queries = [
            asyncio.create_task(self._call(self._table.older_than, shard, place, count, clock)) for shard in SHARDS
        ]
        try:
            shards = await asyncio.gather(*queries)
        finally:
            # When one is refused or fails, nobody needs those that still wait for a thread.
            for query in queries:
                query.cancel()
        merged = heapq.merge(*shards, key=lambda story: story.position, reverse=True)
        return list(itertools.islice(merged, count))

    async def _call(self, function: Callable[..., R], *args: object, ended: Callable[[], None] = lambda: None) -> R:
        try:
            return await self._threads.run(function, *args, ended=ended)
        except Overloaded:
            raise _unavailable(_OVERLOADED) from None
        except OutOfTime:
            raise _unavailable("no time left to ask the story table") from None
        except PynamoDBConnectionError as error:
            if error_code(error) == _OUR_FAULT:
                raise
            emit("error", "dynamodb failed", operation=function.__name__, error=repr(error.cause or error))
            raise _unavailable("the story table does not answer") from None


def _unavailable(detail: str) -> Problem:
    return Problem(503, detail, retry_after_seconds=RETRY_AFTER_SECONDS)
