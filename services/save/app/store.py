"""Stories in DynamoDB, as a service can ask for them."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from pynamodb.exceptions import DoesNotExist, PutError, PynamoDBConnectionError

from servicekit import Problem
from servicekit.logs import emit

from .limits import RETRY_AFTER_SECONDS, SHARDS, THREADS, WAITING_MAX
from .model import Item
from .story import Story
from .threads import BoundedThreads, Overloaded

P = ParamSpec("P")
R = TypeVar("R")

_NO_STORY: Final = "-"
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_OUR_FAULT: Final = "ValidationException"


class Store:
    """Every method raises Problem 503 when DynamoDB cannot be asked or there is too much to do."""

    def __init__(self, item: type[Item]) -> None:
        self._item = item
        self._threads = BoundedThreads(THREADS, WAITING_MAX)

    async def open(self) -> None:
        """Makes the client: made by the first requests, each thread would make its own."""
        await self._threads.run(lambda: self._item._get_connection().connection.client)

    def close(self) -> None:
        """Lets the threads end."""
        self._threads.close()

    async def check(self) -> None:
        """Asks the table for a story that cannot exist: the rights to read are enough for that."""
        await self.get(_NO_STORY)

    async def add(self, story: Story) -> None:
        """Keeps a new story."""
        await self._call(self._put, story)

    async def get(self, story_id: str) -> Story | None:
        """The story with that id, also right after it was added."""
        return await self._call(self._get, story_id)

    async def older_than(self, position: str | None, count: int) -> list[Story]:
        """The newest `count` stories that are older than `position`, newest first.

        A new story may take a moment to appear: DynamoDB updates indexes after the table.
        """
        shards = await asyncio.gather(*(self._call(self._query, shard, position, count) for shard in SHARDS))
        merged = heapq.merge(*shards, key=lambda story: story.position, reverse=True)
        return list(itertools.islice(merged, count))

    def _put(self, story: Story) -> None:
        try:
            self._item.of(story).save(condition=Item.id.does_not_exist())
        except PutError as error:
            # The SDK repeats a put whose answer was lost. The repetition then meets the first put.
            if _code(error) != _CONDITION_FAILED:
                raise
            kept = self._item.get(story.id, consistent_read=True)
            if kept.body_hash != story.body_hash:
                raise

    def _get(self, story_id: str) -> Story | None:
        try:
            return self._item.get(story_id, consistent_read=True).story()
        except DoesNotExist:
            return None

    def _query(self, shard: str, position: str | None, count: int) -> list[Story]:
        older = None if position is None else Item.created_at < position
        found = self._item.latest.query(shard, older, scan_index_forward=False, limit=count)
        return [item.story() for item in found]

    async def _call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await self._threads.run(function, *args, **kwargs)
        except Overloaded:
            raise Problem(503, "too many requests at once", retry_after_seconds=RETRY_AFTER_SECONDS) from None
        except PynamoDBConnectionError as error:
            if _code(error) == _OUR_FAULT:
                raise
            emit("error", "dynamodb failed", operation=function.__name__, error=repr(error.cause or error))
            raise Problem(503, "the story table does not answer", retry_after_seconds=RETRY_AFTER_SECONDS) from None


def _code(error: PynamoDBConnectionError) -> str:
    """DynamoDB's code of the error, "" if there was no answer.

    PynamoDB's own `cause_response_code` fails on time-outs: botocore gives those a response of None.
    """
    response = getattr(error.cause, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
