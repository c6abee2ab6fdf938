"""Log events as lines for people: the services' own, metric records, and what other containers write."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.running import log_line, log_reading
from orchestrator.running.log_line import Event, Layout

OURS = {"timestamp": "2026-11-28T11:02:16Z", "level": "info", "service": "words", "environment": "local"}
REQUEST = OURS | {
    "message": "request", "method": "GET", "path": "/api/words", "status": 200, "duration_ms": 1.01,
    "request_id": "1-6b0a", "trace_id": "Root=1-6b0a",
}  # fmt: skip
METRICS = {"timestamp": "t", "level": "info", "message": "metrics", "_aws": {"Timestamp": 1}, "Requests": 2}
LAYOUT = Layout(("save", "website", "words"))
NOON = int(time.mktime((2026, 11, 28, 12, 0, 0, 0, 0, -1))) * 1000


def shown(
    message: Any, *, service: str = "words", task: str = "cb6d3f8b12345678", layout: Layout = LAYOUT
) -> list[str]:
    text = message if isinstance(message, str) else json.dumps(message)
    return list(layout.lines(Event(NOON + 7, service, task, text)))


def test_a_request_is_one_line_with_its_id() -> None:
    assert shown(REQUEST) == ["12:00:00.007  words    cb6d3f8b  info      GET /api/words 200 1.01 ms  [1-6b0a]"]


def test_other_fields_follow_the_message_and_none_is_lost() -> None:
    line = OURS | {"level": "error", "message": "dynamodb failed", "operation": "put", "error": "a b", "tries": 3}
    (text,) = shown(line)
    assert text.endswith('error     dynamodb failed  operation=put  error="a b"  tries=3')


def test_a_traceback_stands_below_its_line_under_the_message() -> None:
    first, *more = shown(OURS | {"message": "the service cannot start", "traceback": "Traceback:\n  File x\nKeyError"})
    at = first.index("the service")
    assert [line[at:] for line in more] == ["Traceback:", "  File x", "KeyError"]
    assert all(not line[:at].strip() for line in more)


def test_records_of_metrics_are_left_out() -> None:
    assert shown(METRICS) == []
    assert shown({"_aws": {}, "x": 1}) == []


@pytest.mark.parametrize(
    "message",
    [
        "Listening on :8080",
        '{"msg": "ready", "lvl": 30, "pid": 7}',
        '{"level": "info", "message": "of another container", "timestamp": "t"}',
        '{"broken": "x',
        "[1, 2]",
        "null",
    ],
)
def test_what_another_container_writes_is_shown_whole(message: str) -> None:
    (text,) = shown(message)
    assert text.endswith(f"  {message}")


def test_lines_are_aligned_and_long_ones_are_not_cut() -> None:
    long = "x" * 5000
    lines = [*shown("a", service="save"), *shown(OURS | {"message": long, "level": "critical"}, task="1")]
    assert lines[0].index("a", 20) == lines[1].index(long)


def test_several_lines_in_one_event_are_all_there() -> None:
    first, *more = shown("Exception in thread\r\n  at Main\rat End\n")
    assert [line.strip() for line in (first[-19:], *more)] == ["Exception in thread", "at Main", "at End"]


def test_dates_are_shown_where_lines_may_be_of_another_day() -> None:
    (text,) = shown("a", layout=Layout(("words",), dates=True))
    assert text.startswith("2026-11-28 12:00:00.007  ")
    assert not log_line.needs_dates(NOON - 3_600_000, NOON)
    assert log_line.needs_dates(NOON - 24 * 3_600_000, NOON)


def test_colours_are_for_terminals_alone_and_change_no_text() -> None:
    coloured = shown(OURS | {"message": "m", "level": "error"}, layout=Layout(LAYOUT.services, colours=True))
    plain = shown(OURS | {"message": "m", "level": "error"})
    assert "\x1b[31m" in coloured[0]
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured] == plain


@given(st.text())
def test_no_container_moves_or_colours_the_terminal(text: str) -> None:
    for message in (text, json.dumps(OURS | {"message": text, "level": text, "request_id": text, "x": text})):
        for line in shown(message):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", line)


def test_json_has_the_message_as_it_was_written_and_the_metrics_too() -> None:
    event = Event(5007, "words", "cb6d3f8b12345678", json.dumps(METRICS) + "\n")
    assert event.as_json() == {
        "at": "1970-01-01T00:00:05.007Z", "service": "words", "task": "cb6d3f8b12345678", "message": json.dumps(METRICS)
    }  # fmt: skip


def test_the_last_failure_is_the_newest_of_all_or_of_one_service() -> None:
    found: dict[str, dict[str, Any]] = {
        "a": {"at": "2026-01-01T00:00:00Z"},
        "b": {"at": "2026-01-02T00:00:00Z"},
        "c": {},
    }
    assert log_reading.last(found, None) == ("b", found["b"])
    assert log_reading.last(found, "a") == ("a", found["a"])
    assert log_reading.last(found, "z") is None
    assert log_reading.last({}, None) is None
