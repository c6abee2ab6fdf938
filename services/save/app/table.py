"""What is asked of the table: one method per question, for use in threads."""

import functools
import time
from typing import Final, NamedTuple, cast

import botocore
from botocore.config import Config
from pynamodb.exceptions import DoesNotExist, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from .attempts import CONDITION_FAILED, Clock, error_code
from .limits import READ_TIMEOUT_SECONDS, TOMBSTONE_SECONDS, UNLISTED_SECONDS
from .model import Item
from .secret import Secret
from .story import Lang, NewStory, Story, now, position_of, shard
from .wire import Wire

_USER_AGENT: Final = f"storyizer-save botocore/{botocore.__version__}"

_SECRET_ID: Final = "secret#1"
"""No story's id has this form."""


class AnotherStory(Exception):
    """The id belongs to a story with another content."""


class Kept(NamedTuple):
    """How a story came into the table."""

    created_at: str
    replayed: bool
    """Whether an earlier request had kept it."""


class Table:
    """Every method asks within the request's clock. Raises PynamoDBConnectionError and OutOfTime."""

    def __init__(self, item: type[Item]) -> None:
        self._item = item

    def connect(self) -> None:
        """Makes the client: made by the first requests, each thread would make its own."""
        connection = self._item._get_connection().connection
        # Built anew for each call, botocore's own takes a tenth of the call's time.
        connection.session.set_default_client_config(Config(user_agent=_USER_AGENT))
        wire = Wire(READ_TIMEOUT_SECONDS)
        # Of the session: PynamoDB makes another client when the first one had no credentials.
        connection.session.register("before-send.dynamodb", wire.send)
        wire.session = connection.client._endpoint.http_session

    def put(self, story_id: str, new: NewStory, clock: Clock) -> Kept:
        """Keeps a story, unless there is one with this id. Raises AnotherStory if that is another.

        An id is also taken by what is left of a deleted story, and no longer by an expired one. So
        who was first is decided by one conditional put, for all tasks. The put that was first may
        have been an attempt of this very call whose answer was lost: then the time is this call's.
        """
        created_at, attempts = now(), 0

        def put() -> None:
            nonlocal attempts
            attempts += 1
            self._item.put(
                story_id,
                _free(_seconds()),
                shard=shard(story_id) if new.listed else None,
                created_at=position_of(created_at, story_id),
                template=new.template,
                text=new.text,
                lang=new.lang,
                body_hash=new.body_hash,
                expires_at=None if new.listed else _seconds() + UNLISTED_SECONDS,
            )

        try:
            clock.attempts(put)
            return Kept(created_at, replayed=False)
        except PutError as error:
            if error_code(error) != CONDITION_FAILED:
                raise
            there = self._read(story_id, clock)
            if there is None:  # it expired in this moment
                raise
        if there.body_hash != new.body_hash:
            raise AnotherStory
        first = _created_at(there)
        # Two tasks can begin in the same microsecond: the time decides only where an answer may have been lost.
        return Kept(first, replayed=attempts == 1 or first != created_at)

    def get(self, story_id: str, clock: Clock) -> Story | None:
        """The story with that id, also right after it was kept."""
        item = self._read(story_id, clock)
        return None if item is None or item.deleted else _story(item)

    def older_than(self, in_shard: str, place: str | None, count: int, clock: Clock) -> list[Story]:
        """The newest `count` stories of a shard that are older than `place`, newest first."""
        older = None if place is None else Item.created_at < place
        pages = self._item.latest.query(in_shard, older, scan_index_forward=False, limit=count).page_iter
        found: list[Story] = []
        # DynamoDB ends a page at 1 MB, which fewer stories than were asked for may reach.
        while len(found) < count and (page := clock.attempts(lambda: next(pages, None))):
            found += [_story(self._item.from_raw_data(raw)) for raw in page["Items"]]
        return found[:count]

    def bury(self, story_id: str, clock: Clock) -> None:
        """Deletes a story, if it is there. What is left says for TOMBSTONE_SECONDS that the id is taken.

        So a request that is repeated late, with its Idempotency-Key, does not bring the story back.
        """
        there = Item.created_at.exists() & Item.deleted.does_not_exist()
        alive = Item.expires_at.does_not_exist() | (Item.expires_at > _seconds())
        actions: list[Action] = [
            Item.deleted.set(True),
            Item.expires_at.set(_seconds() + TOMBSTONE_SECONDS),
            *(content.remove() for content in (Item.shard, Item.template, Item.text, Item.lang)),
        ]
        try:
            clock.attempts(lambda: self._item(id=story_id).update(actions, condition=there & alive))
        except UpdateError as error:
            if error_code(error) != CONDITION_FAILED:
                raise

    def secret(self, clock: Clock) -> Secret:
        """The table's secret, which is made if there is none."""
        item = self._read(_SECRET_ID, clock)
        if item is None:
            new = self._item(id=_SECRET_ID, secret=Secret.generate())
            try:
                clock.attempts(lambda: new.save(condition=Item.id.does_not_exist()))
            except PutError as error:
                if error_code(error) != CONDITION_FAILED:
                    raise
            # What counts is what is there: another task may have been first.
            item = self._read(_SECRET_ID, clock)
            assert item is not None
        return Secret(item.secret)

    def check(self, clock: Clock) -> None:
        """Asks the table for something: the rights to read are enough for that."""
        self._read(_SECRET_ID, clock)

    def _read(self, item_id: str, clock: Clock) -> Item | None:
        """The item with that id, unless it has expired: DynamoDB removes it some time later."""
        try:
            item = clock.attempts(lambda: self._item.get(item_id, consistent_read=True))
        except DoesNotExist:
            return None
        return None if item.expires_at is not None and item.expires_at <= _seconds() else item


@functools.lru_cache(maxsize=1)
def _free(seconds: int) -> Condition:
    """That there is no item, or an expired one. PynamoDB takes long to make it: once a second will do."""
    free: Condition = Item.id.does_not_exist() | (Item.expires_at <= seconds)
    return free


def _story(item: Item) -> Story:
    return Story(
        item.id,
        item.template,
        item.text,
        cast(Lang, item.lang or "en"),
        _created_at(item),
        listed=item.shard is not None,
    )


def _created_at(item: Item) -> str:
    return item.created_at.partition("#")[0]


def _seconds() -> int:
    return int(time.time())
