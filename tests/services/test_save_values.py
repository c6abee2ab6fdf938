"""The save service's values: stories, positions, cursors, pages. Nothing is started."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import PutError

from servicekit import timing

if TYPE_CHECKING:
    from save.app.secret import Secret

POSITION = "2026-11-22T12:40:22.776123Z#abcdefghijklmnopqrst"


@pytest.fixture
def cursor(app_module: Callable[[str, str], ModuleType]) -> ModuleType:
    return app_module("save", "cursor")


@pytest.fixture
def secret(app_module: Callable[[str, str], ModuleType]) -> Secret:
    made: Secret = app_module("save", "secret").Secret(b"s" * 32)
    return made


@pytest.fixture
def limits(app_module: Callable[[str, str], ModuleType]) -> ModuleType:
    return app_module("save", "limits")


@pytest.fixture
def story(app_module: Callable[[str, str], ModuleType]) -> ModuleType:
    return app_module("save", "story")


def test_a_cursor_gives_back_its_position(cursor: ModuleType, secret: Secret) -> None:
    assert cursor.decode(cursor.encode(POSITION, secret), secret) == POSITION


def test_a_cursor_is_safe_in_a_url_and_shows_nothing(cursor: ModuleType, secret: Secret) -> None:
    text = cursor.encode(POSITION, secret)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert "2026" not in text


def test_a_cursor_with_any_character_changed_is_refused(cursor: ModuleType, secret: Secret) -> None:
    text = cursor.encode(POSITION, secret)
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(cursor.InvalidCursor):
            cursor.decode(changed, secret)


def with_no_tag(version: bytes, position: bytes) -> str:
    return base64.urlsafe_b64encode(b"\0" * 12 + version + position).rstrip(b"=").decode()


@pytest.mark.parametrize("text", ["", "A", "=", "AAAA", "é", "a b", "x" * 1000, with_no_tag(b"2", POSITION.encode())])
def test_what_is_not_a_cursor_is_refused(cursor: ModuleType, secret: Secret, text: str) -> None:
    with pytest.raises(cursor.InvalidCursor):
        cursor.decode(text, secret)


@pytest.mark.parametrize("position", ["", "2026", "2026-11-22T12:40:22.776123Z#", POSITION + "x", "z" * 48])
def test_a_cursor_of_this_version_with_another_content_is_refused(
    cursor: ModuleType, secret: Secret, position: str
) -> None:
    with pytest.raises(cursor.InvalidCursor):
        cursor.decode(cursor.encode(position, secret), secret)


@pytest.mark.parametrize("end", ["=", "\n"])
def test_a_cursor_with_something_behind_it_is_refused(cursor: ModuleType, secret: Secret, end: str) -> None:
    with pytest.raises(cursor.InvalidCursor):
        cursor.decode(cursor.encode(POSITION, secret) + end, secret)


def test_a_cursor_of_another_table_is_refused(
    cursor: ModuleType, secret: Secret, app_module: Callable[[str, str], ModuleType]
) -> None:
    other = app_module("save", "secret").Secret(b"t" * 32)
    with pytest.raises(cursor.InvalidCursor):
        cursor.decode(cursor.encode(POSITION, other), secret)


def test_what_comes_from_the_secret_has_its_form_and_is_told_apart(secret: Secret, story: ModuleType) -> None:
    assert story.is_position(story.position_of(story.now(), secret.story_id("key")))
    assert secret.story_id("key") == secret.story_id("key") != secret.story_id("kez")
    token = secret.delete_token("a" * 20)
    assert len(token) == 32
    assert secret.is_delete_token(token, "a" * 20)
    assert not secret.is_delete_token(token, "b" * 20)
    assert not secret.is_delete_token("", "a" * 20)


def test_a_secret_is_not_shown(secret: Secret) -> None:
    assert "ssss" not in repr(secret) + str(secret)


def test_stories_are_spread_evenly_over_the_shards(
    story: ModuleType, limits: ModuleType, app_module: Callable[[str, str], ModuleType]
) -> None:
    random_id = app_module("save", "secret").random_id
    found = Counter(story.shard(random_id()) for _ in range(2000))
    assert set(found) == set(limits.SHARDS) == {"0", "1", "2", "3"}
    assert min(found.values()) > 350


def test_positions_sort_as_times_do(story: ModuleType, app_module: Callable[[str, str], ModuleType]) -> None:
    random_id = app_module("save", "secret").random_id
    positions = [story.position_of(story.now(), random_id()) for _ in range(1000)]
    times = [position.partition("#")[0] for position in positions]
    assert times == sorted(times)
    assert len(set(positions)) == 1000
    assert all(story.is_position(position) for position in positions)


def test_the_body_hash_tells_all_that_is_sent_apart(story: ModuleType) -> None:
    bodies = [("a", "bc"), ("ab", "c"), ("bc", "a"), ("a", "bc", "ko"), ("a", "bc", "en", False)]
    assert len({story.NewStory(*body).body_hash for body in bodies}) == len(bodies)
    assert story.NewStory("a", "bc").body_hash == story.NewStory("a", "bc", "en", True).body_hash


def test_the_body_hash_is_as_it_is_stored(story: ModuleType) -> None:
    """Tasks of two versions must take the same request for the same: this form stays as it is."""
    assert story.NewStory("a", "b").body_hash == "d6e3fb24a9020ef64fac976a6120208ab68c9197c477208fa94e316cf4ad657c"
    everything = story.NewStory("a", "b", "ko", False).body_hash
    assert everything == "8ab8298d6a40421d08d007c2c1dd33b6ce0b3e8f47fa7d313cac26a6b200a942"


def test_the_body_hash_stays_when_a_later_version_knows_another_field(story: ModuleType) -> None:
    Later: Any = msgspec.defstruct("Later", [("mood", str, "calm")], bases=(story.NewStory,), frozen=True)
    sent = b'{"template":"a","text":"b","lang":"en"}'
    now, later = (msgspec.json.decode(sent, type=version) for version in (story.NewStory, Later))
    assert now.body_hash == later.body_hash == Later("a", "b", mood="".join(["ca", "lm"])).body_hash
    assert Later("a", "b", mood="wild").body_hash != later.body_hash


def test_an_id_with_a_newline_behind_it_is_none(app_module: Callable[[str, str], ModuleType]) -> None:
    kind = app_module("save", "contract").StoryPath
    msgspec.convert({"id": "a" * 20}, kind)
    with pytest.raises(msgspec.ValidationError, match="length <= 20"):
        msgspec.convert({"id": "a" * 20 + "\n"}, kind)


def test_long_texts_are_checked_in_one_pass(story: ModuleType) -> None:
    body = msgspec.json.encode({"template": "x", "text": " " * 3999 + "\x00"})
    started = time.process_time()
    for _ in range(20):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(body, type=story.NewStory)
    assert time.process_time() - started < 0.5, "a pattern that tries all ways to split takes seconds"


class Failing:
    """A call to DynamoDB that fails each time with one cause, after `taking` its time."""

    def __init__(self, cause: Exception, taking: Callable[[], object] = lambda: None) -> None:
        self.cause = cause
        self.taking = taking
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1
        self.taking()
        raise PutError("it failed", self.cause)


def refused(code: str, status: int) -> ClientError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "PutItem")


TIMED_OUT = ReadTimeoutError(endpoint_url="x")


@pytest.mark.parametrize(
    ("cause", "calls"),
    [
        (TIMED_OUT, 3),
        (refused("InternalServerError", 500), 3),
        (refused("503", 503), 3),
        (refused("ThrottlingException", 400), 3),
        (refused("ConditionalCheckFailedException", 400), 1),
        (refused("AccessDeniedException", 400), 1),
        (refused("ResourceNotFoundException", 400), 1),
    ],
)
def test_what_may_pass_is_tried_three_times_and_what_will_not_once(
    app_module: Callable[[str, str], ModuleType], cause: ClientError | ReadTimeoutError, calls: int
) -> None:
    call = Failing(cause)
    with pytest.raises(PutError):
        app_module("save", "attempts").Clock().attempts(call)
    assert call.calls == calls


def test_no_attempt_begins_that_could_end_after_the_clock(
    app_module: Callable[[str, str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts, now = app_module("save", "attempts"), 100.0

    def wait(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(attempts, "time", SimpleNamespace(monotonic=lambda: now, sleep=wait))
    monkeypatch.setattr(attempts, "ATTEMPT_SECONDS", 2.0)
    clock = attempts.Clock(5.0)
    first, second = (Failing(TIMED_OUT, lambda: wait(1.6)) for _ in range(2))
    with pytest.raises(PutError):
        clock.attempts(first)
    assert first.calls == 2, "a third one after 3.2 s could take 2 s"
    with pytest.raises(attempts.OutOfTime):
        clock.attempts(second)
    assert second.calls == 0


def test_the_clock_leaves_time_to_answer_within_the_request_deadline(limits: ModuleType) -> None:
    assert limits.ATTEMPT_SECONDS < limits.WORK_SECONDS < timing.REQUEST_DEADLINE_SECONDS


def test_threads_are_bounded_and_too_many_calls_are_refused(app_module: Callable[[str, str], ModuleType]) -> None:
    threads = app_module("save", "threads")
    gate = threading.Event()
    running: Counter[int] = Counter()

    def work() -> None:
        running[threading.get_ident()] += 1
        gate.wait(60)

    async def scenario() -> int:
        pool = threads.BoundedThreads(threads=2, waiting=3)
        pool.start()
        calls = [asyncio.ensure_future(pool.run(work)) for _ in range(5)]
        await asyncio.sleep(0.05)
        with pytest.raises(threads.Overloaded):
            await pool.run(work)
        async with asyncio.timeout(60):
            while len(running) < 2:
                await asyncio.sleep(0.01)
        calls[-1].cancel()
        await asyncio.sleep(0.05)
        calls.append(asyncio.ensure_future(pool.run(work)))
        await asyncio.sleep(0.05)
        gate.set()
        await asyncio.gather(*calls, return_exceptions=True)
        pool.close()
        return sum(running.values())

    assert asyncio.run(scenario()) == 5, "the call that was cancelled while it waited must not run"
    assert len(running) == 2
