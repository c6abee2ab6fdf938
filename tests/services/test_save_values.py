"""The save service's values: stories, positions, cursors, pages. Nothing is started."""

import asyncio
import base64
import threading
from collections import Counter

import pytest

from servicekit import Problem, timing

POSITION = "2026-11-22T12:40:22.776123Z#abcdefghijklmnopqrst"


@pytest.fixture
def cursor(app_module):
    return app_module("save", "cursor")


@pytest.fixture
def limits(app_module):
    return app_module("save", "limits")


@pytest.fixture
def story(app_module):
    return app_module("save", "story")


def test_a_cursor_gives_back_its_position(cursor):
    assert cursor.decode(cursor.encode(POSITION)) == POSITION


def test_a_cursor_is_safe_in_a_url_and_shows_nothing(cursor):
    text = cursor.encode(POSITION)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert "2026" not in text


def test_a_cursor_with_any_character_changed_is_refused(cursor):
    text = cursor.encode(POSITION)
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(cursor.InvalidCursor):
            cursor.decode(changed)


def without_checksum(version: bytes, position: bytes) -> str:
    return base64.urlsafe_b64encode(b"\0" * 6 + version + position).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text", ["", "A", "=", "AAAA", "é", "a b", "x" * 1000, without_checksum(b"1", POSITION.encode())]
)
def test_what_is_not_a_cursor_is_refused(cursor, text):
    with pytest.raises(cursor.InvalidCursor):
        cursor.decode(text)


@pytest.mark.parametrize("position", ["", "2026", "2026-11-22T12:40:22.776123Z#", POSITION + "x", "z" * 48])
def test_a_cursor_of_this_version_with_another_content_is_refused(cursor, position):
    with pytest.raises(cursor.InvalidCursor):
        cursor.decode(cursor.encode(position))


def test_a_padded_cursor_is_refused(cursor):
    with pytest.raises(cursor.InvalidCursor):
        cursor.decode(cursor.encode(POSITION) + "=")


def test_stories_are_spread_evenly_over_the_shards(story, limits):
    new = story.NewStory("a {noun}", "a bear")
    found = Counter(story.Story.create(new).shard for _ in range(2000))
    assert set(found) == set(limits.SHARDS) == {"0", "1", "2", "3"}
    assert min(found.values()) > 350


def test_positions_sort_as_times_do_and_are_unique(story):
    new = story.NewStory("a {noun}", "a bear")
    stories = [story.Story.create(new) for _ in range(1000)]
    assert [one.created_at for one in stories] == sorted(one.created_at for one in stories)
    assert len({one.position for one in stories}) == 1000
    assert all(story.is_position(one.position) for one in stories)


def test_the_body_hash_tells_template_and_text_apart(story):
    hashes = {
        story.Story("id", template, text, "").body_hash for template, text in [("a", "bc"), ("ab", "c"), ("bc", "a")]
    }
    assert len(hashes) == 3


@pytest.mark.parametrize(
    ("template", "text", "field", "detail"),
    [
        ("", "x", "template", "blank"),
        (" \n\t", "x", "template", "blank"),
        ("x", "\u3000", "text", "blank"),
        ("x" * 1001, "x", "template", "at most 1000"),
        ("x", "x" * 4001, "text", "at most 4000"),
        ("x\0y", "x", "template", "control"),
        ("x", "\x1b[31m", "text", "control"),
        ("x", "\x7f", "text", "control"),
    ],
)
def test_a_wrong_text_is_named(story, template, text, field, detail):
    with pytest.raises(Problem, match=detail) as problem:
        story.NewStory(template, text).check()
    assert problem.value.status_code == 422
    assert [error.field for error in problem.value.errors] == [field]


def test_texts_within_the_limits_pass(story):
    story.NewStory("x" * 1000, "x" * 4000).check()
    story.NewStory("line\r\nline\ttab", "안녕 🐻").check()


def test_the_clients_worst_case_ends_within_the_request_deadline(limits):
    attempts = 1 + limits.RETRIES
    throttled_waits = sum(2**attempt for attempt in range(limits.RETRIES))
    worst = attempts * (limits.CONNECT_TIMEOUT_SECONDS + limits.READ_TIMEOUT_SECONDS) + throttled_waits
    assert worst < timing.REQUEST_DEADLINE_SECONDS


def test_threads_are_bounded_and_too_many_calls_are_refused(app_module):
    threads = app_module("save", "threads")
    gate = threading.Event()
    running = Counter()

    def work() -> None:
        running[threading.get_ident()] += 1
        gate.wait(5)

    async def scenario() -> int:
        pool = threads.BoundedThreads(threads=2, waiting=3)
        calls = [asyncio.ensure_future(pool.run(work)) for _ in range(5)]
        await asyncio.sleep(0.05)
        with pytest.raises(threads.Overloaded):
            await pool.run(work)
        assert len(running) == 2
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
