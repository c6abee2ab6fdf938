"""What the emulator keeps of log lines and of its own log, however long it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.emulator import emulator
from orchestrator.emulator.server.logs import own_log, retention
from orchestrator.emulator.server.logs.retention import DAY_MS, bytes_of, shorten
from orchestrator.system import paths

NOW = 100 * DAY_MS


def event(at: int, message: str = "a line") -> dict[str, Any]:
    return {"timestamp": at, "message": message, "ingestionTime": at, "eventId": f"{at}-{message}"}


def stream(*times: int, made: int = 0) -> dict[str, Any]:
    events = [event(at) for at in times]
    last = times[-1] if times else None
    return {"events": events, "creationTime": made, "firstEventTimestamp": times[0] if times else None,
            "lastIngestionTime": last}  # fmt: skip


def group(days: int | None, **streams: dict[str, Any]) -> dict[str, Any]:
    return {"retentionInDays": days, "streams": streams}


def times(of: dict[str, Any]) -> dict[str, list[int]]:
    """The times of the lines that are left, by stream."""
    return {name: [one["timestamp"] for one in it["events"]] for name, it in of["streams"].items()}


def test_lines_go_when_the_groups_retention_is_over() -> None:
    week = NOW - 7 * DAY_MS
    kept = group(7, a=stream(week - 2, week - 1, week, NOW), b=stream(week - 1, NOW - 1))
    assert shorten(kept, NOW) == [f"{week - 2}-a line", f"{week - 1}-a line", f"{week - 1}-a line"]
    assert times(kept) == {"a": [week, NOW], "b": [NOW - 1]}
    assert kept["streams"]["a"]["firstEventTimestamp"] == week


def test_lines_of_a_group_without_retention_stay() -> None:
    kept = group(None, a=stream(1, NOW))
    assert shorten(kept, NOW) == []
    assert times(kept) == {"a": [1, NOW]}


def test_a_stream_goes_when_nothing_was_written_to_it_for_as_long_as_the_retention() -> None:
    old, lately = NOW - 8 * DAY_MS, NOW - 6 * DAY_MS
    kept = group(7, ended=stream(old), silent=stream(made=old), new=stream(made=lately), lately=stream(lately))
    shorten(kept, NOW)
    assert times(kept) == {"new": [], "lately": [lately]}


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 50), st.text(max_size=40)), max_size=30), max_size=4),
    st.integers(retention.LINE_BYTES, 60 * retention.LINE_BYTES),
)
def test_of_too_many_lines_the_newest_stay_in_every_stream(written: list[list[tuple[int, str]]], most: int) -> None:
    streams = {
        str(number): stream() | {"events": [event(*line) for line in sorted(lines)]}
        for number, lines in enumerate(written)
    }
    before = {name: list(it["events"]) for name, it in streams.items()}
    whole = sum(bytes_of(one) for events in before.values() for one in events)
    gone = shorten(group(None, **streams), NOW, most)
    after = {name: it["events"] for name, it in streams.items()}
    left = sum(bytes_of(one) for events in after.values() for one in events)
    assert len(gone) == sum(map(len, before.values())) - sum(map(len, after.values()))
    assert all(before[name][len(before[name]) - len(events) :] == events for name, events in after.items())
    if whole <= most:
        assert not gone
        return
    assert left <= most - most // 4
    ended = [before[name][len(before[name]) - len(events) - 1] for name, events in after.items()
             if len(events) < len(before[name])]  # fmt: skip
    assert left + max(map(bytes_of, ended)) > most - most // 4, "no more than that goes"
    oldest_left = min((events[0]["timestamp"] for events in after.values() if events), default=NOW)
    assert all(one["timestamp"] <= oldest_left for one in ended)


PROGRAM = """
import json, sys
from ministack.core.responses import request_scope
from ministack.services import cloudwatch_logs as logs, ecs
from orchestrator.emulator.server.logs import retention
from orchestrator.emulator.server.replacing import replace

clock = [0.0]
kept = retention.Retention(logs, lambda: clock[0])
replace(logs, "_put_log_events", kept.putting)
replace(ecs, "_emit_awslogs_event", lambda emit: retention.into_its_stream(logs, emit))
config = {"group": "/ecs/x", "stream": "x/x/1", "create_group": True}

def sizes():
    (group,) = logs._log_groups.all_values()
    lines = [event["message"] for stream in group["streams"].values() for event in stream["events"]]
    state = json.dumps([group, logs._log_records.all_values()])
    return {"lines": len(lines), "records": len(logs._log_records.all_values()), "state": len(state),
            "streams": sorted(group["streams"]), "newest": lines[-1] if lines else ""}

def write(number, day, text):
    for at in range(number):
        clock[0] = (day + at / number) * 86400
        # MiniStack's own clock is the machine's: the lines' times are those of the test.
        ecs.time.time = logs.time.time = lambda: clock[0]
        ecs._emit_awslogs_event(config, f"{day}.{at} {text}")

told = []
with request_scope("000000000000", "us-east-1"):
    ecs._ensure_awslogs_stream(config)
"""


def ministack(program: str) -> Any:
    """What the program tells, in the emulator's own Python."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [emulator.ensure_installed(), "-c", PROGRAM + program + "\nprint(json.dumps(told))"],
            env={**os.environ, "PYTHONPATH": str(paths.ROOT), "LOG_LEVEL": "ERROR", "STATE_DIR": folder},
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_environment_that_is_left_running_for_weeks_keeps_as_many_lines_as_after_one() -> None:
    told = ministack("""
    logs._put_retention_policy({"logGroupName": "/ecs/x", "retentionInDays": 7})
    for day in range(1, 31):
        write(200, day, "a line of usual length, as a request is logged: GET /api/words 200 3 ms")
        told.append(sizes())
""")
    first, week, month = told[0], told[8], told[-1]
    assert first["lines"] == 200
    assert abs(month["lines"] - week["lines"]) <= 2
    assert month["records"] == month["lines"]
    assert month["state"] < 1.05 * week["state"]
    assert month["newest"].startswith("30.199 ")


def test_a_service_that_writes_very_much_fills_neither_memory_nor_disk() -> None:
    told = ministack("""
    for day in range(1, 6):
        write(4000, 1 + day / 10000, "x" * 1000)
        told.append(sizes())
""")
    most = 1.25 * retention.GROUP_BYTES
    assert all(one["lines"] * 1000 < most for one in told), told
    assert told[-1]["lines"] * 1000 > retention.GROUP_BYTES / 2
    assert all(one["records"] == one["lines"] for one in told)


def test_a_task_that_was_silent_for_longer_than_its_lines_are_kept_is_heard_again() -> None:
    told = ministack("""
    logs._put_retention_policy({"logGroupName": "/ecs/x", "retentionInDays": 1})
    write(1, 1, "the first")
    other, config = config, {**config, "stream": "x/x/2"}
    ecs._ensure_awslogs_stream(config)
    write(1, 5, "of another task")
    told.append(sizes())
    config = other
    write(1, 6, "the second")
    told.append(sizes())
""")
    assert told[0]["streams"] == ["x/x/2"]
    assert told[1]["streams"] == ["x/x/1", "x/x/2"]
    assert told[1]["lines"] == told[1]["records"] == 2


LAST_LINES = """
    import threading
    from types import SimpleNamespace
    from orchestrator.emulator.server.logs import forwarding
    from orchestrator.emulator.server.tasks import stopping

    replace(ecs, "_start_awslogs_forwarder", forwarding.announced)
    replace(ecs, "_forward_awslogs", forwarding.ending)
    asked, removed = threading.Event(), threading.Event()

    def written(**_):
        yield b"the first line\\n"
        asked.wait(60)
        # The last one comes later than the engine says that the container has ended; none of one that is removed.
        if not removed.wait(0.5):
            yield b"the last line\\n"

    def inspected(_):
        asked.set()
        return {"State": {"Status": "exited", "ExitCode": 3}}

    api = SimpleNamespace(inspect_container=inspected, remove_container=lambda *_, **__: removed.set())
    container = SimpleNamespace(id="c" * 64, logs=written)
    options = {"awslogs-group": "/ecs/x", "awslogs-stream-prefix": "x"}
    definition = {"name": "x", "logConfiguration": {"logDriver": "awslogs", "options": options}}
    task = {"containers": [{"name": "x"}]}
    ecs._start_awslogs_forwarder(container, definition, "1")
    stopping._end_one(SimpleNamespace(api=api), task, 0, container.id, 1, True)
    told.append([sizes()["lines"], sizes()["newest"], task["containers"][0]["exitCode"], removed.is_set()])
    told.append(forwarding.wait(container.id, 0))
"""


def test_a_container_is_removed_and_its_task_stopped_once_its_last_line_has_arrived() -> None:
    assert ministack(LAST_LINES) == [[2, "the last line", 3, True], True]


def test_its_own_log_is_shortened_while_it_is_written_to(tmp_path: Path) -> None:
    log = tmp_path / "emulator.log"
    most = 10_000
    program = (
        "import os, sys\nfrom orchestrator.emulator.server.logs import own_log\nshortened = 0\n"
        f"for number in range(2000):\n    print(number, 'a line', file=sys.stderr)\n"
        f"    shortened += own_log.shorten(2, {most})\n    assert os.fstat(2).st_size <= {most}\n"
        "print(shortened)"
    )
    with log.open("ab") as file:
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=file, check=True, text=True
        )
    lines = log.read_text().splitlines()
    assert int(done.stdout) > 1
    first = int(lines[0].split()[0])
    assert lines == [f"{number} a line" for number in range(first, 2000)], "no line is lost or halved"
    assert log.stat().st_size > most // 4


@pytest.mark.parametrize("mode", ["pipe", "short"])
def test_what_is_no_file_or_is_short_stays_as_it_is(tmp_path: Path, mode: str) -> None:
    if mode == "pipe":
        reading, writing = os.pipe()
        os.close(reading)
    else:
        writing = os.open(tmp_path / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        os.write(writing, b"a line")
    try:
        assert not own_log.shorten(writing, 6)
    finally:
        os.close(writing)
    assert mode == "pipe" or (tmp_path / "log").read_text() == "a line"
