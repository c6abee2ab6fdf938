"""Log lines: kept for as long as their group says, and of a group that has many only the newest.

MiniStack keeps every line for ever, and that twice: in its stream, and in a table of all lines. It writes all of them
with every snapshot, so that an environment that is left running would cost more of memory, disk and computing each day.
"""

from __future__ import annotations

import heapq
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

# Some 12,000 lines of a usual length.
GROUP_BYTES = 2 * 2**20
# So much, beside its text, CloudWatch counts for each line.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
LINE_BYTES = 26
LOOK_SECONDS = 60.0
DAY_MS = 24 * 60 * 60 * 1000

Group = dict[str, Any]
Event = dict[str, Any]
Answer = Callable[[dict[str, Any]], Any]


def bytes_of(event: Event) -> int:
    """The size of a line, as CloudWatch counts it."""
    return len(str(event.get("message", "")).encode("utf-8", "replace")) + LINE_BYTES


def shorten(group: Group, now_ms: int, most: int = GROUP_BYTES) -> list[str]:
    """Take from a group what has outlived its retention, and of more than `most` bytes the oldest: the lines' ids.

    Of a group that has too much, a quarter goes beyond that, so that not every further line is one to look for. A
    stream in which nothing is left, and was written for as long as the retention, goes as well.
    """
    streams, days = group["streams"], group.get("retentionInDays")
    oldest = now_ms - days * DAY_MS if days else None
    left = {name: bisect_left(it["events"], oldest, key=_timestamp) if oldest else 0 for name, it in streams.items()}
    lines = [
        [(event["timestamp"], name, bytes_of(event)) for event in streams[name]["events"][number:]]
        for name, number in left.items()
    ]
    excess = sum(size for of_stream in lines for _, _, size in of_stream) - most
    if excess > 0:
        excess += most // 4
        for _, name, size in heapq.merge(*lines):
            left[name] += 1
            excess -= size
            if excess <= 0:
                break
    gone = []
    for name, number in left.items():
        stream = streams[name]
        gone += [str(event.get("eventId")) for event in stream["events"][:number]]
        if number:
            # Another list: who reads the stream right now has the one before, and its length.
            stream["events"] = stream["events"][number:]
            stream["firstEventTimestamp"] = stream["events"][0]["timestamp"] if stream["events"] else None
        if oldest and not stream["events"] and (stream.get("lastIngestionTime") or stream["creationTime"]) < oldest:
            del streams[name]
    return gone


def _timestamp(event: Event) -> int:
    return int(event["timestamp"])


class Retention:
    """Shortens what `logs`, MiniStack's CloudWatch Logs, keeps, when lines are added to it."""

    def __init__(self, logs: Any, clock: Callable[[], float] = time.time) -> None:
        self._logs = logs
        self._clock = clock
        self._looked = 0.0
        self._grown: dict[Any, int] = {}
        self._looking = threading.Lock()

    def putting(self, put: Answer) -> Answer:
        """What stores lines, with a look at how many there are."""

        def stored(data: dict[str, Any]) -> Any:
            answer = put(data)
            self._look(data)
            return answer

        return stored

    def _look(self, data: dict[str, Any]) -> None:
        groups = self._logs._log_groups
        key = groups._scoped(data.get("logGroupName"))
        grown = self._grown.get(key, 0) + sum(map(bytes_of, data.get("logEvents", [])))
        self._grown[key] = grown
        everywhere = self._clock() - self._looked >= LOOK_SECONDS
        if not (everywhere or grown >= GROUP_BYTES // 4) or not self._looking.acquire(blocking=False):
            return
        try:
            if everywhere:
                self._looked = self._clock()
            for one, group in groups.all_items():
                if everywhere or one == key:
                    self._shorten(one, group)
        finally:
            self._looking.release()

    def _shorten(self, key: Any, group: Group) -> None:
        self._grown.pop(key, None)
        with self._logs._log_events_lock:
            gone = shorten(group, int(self._clock() * 1000))
        account, region, _ = key
        for line in gone:
            self._logs._log_records.pop_scoped(account, region, line, None)


def into_its_stream(logs: Any, emit: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    """What stores a container's line, also where the stream of one that was silent for long is gone."""

    def emitted(config: Any, message: str) -> None:
        group = logs._log_groups.get(config["group"])
        if group is not None and config["stream"] not in group["streams"]:
            logs._create_log_stream({"logGroupName": config["group"], "logStreamName": config["stream"]})
        emit(config, message)

    return emitted
