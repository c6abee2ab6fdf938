"""One log event as a line for people.

The services of this project write one JSON object per line (services/servicekit/logs.py). Of such an object the
message, the level and the request's id have their own place, and every other field follows the message. What another
container writes, text or another JSON, is shown whole.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.system import plain

# What makes a JSON object one of the services' own, and what of it is not repeated behind the message: the line has the
# event's own time and its service, and the environment is the one that was asked for.
_OWN = ("timestamp", "level", "service", "environment", "message")
_OF_A_REQUEST = ("method", "path", "status", "duration_ms")
_ELSEWHERE = frozenset((*_OWN, "request_id", "trace_id", "traceback"))
_TASK_DIGITS = 8
_LEVEL_WIDTH = 8
_COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "1;31"}
_SERVICE_COLOURS = ("36", "35", "34", "32")


@dataclass(frozen=True)
class Event:
    """What a task wrote, in milliseconds since 1970, with the task's id."""

    timestamp: int
    service: str
    task: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """As `--json` has it: the message as it was written, metric records too."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.timestamp / 1000))
        return {
            "at": f"{at}.{self.timestamp % 1000:03}Z",
            "service": self.service,
            "task": self.task,
            "message": self.message.rstrip(),
        }


@dataclass(frozen=True)
class Said:
    """What an event says: its level (empty if it has none), its lines (one at least) and its request's id."""

    level: str
    lines: tuple[str, ...]
    request_id: str = ""


def said(message: str) -> Said | None:
    """What a message says, or None for a record of metrics, which CloudWatch makes numbers of."""
    record = _record(message)
    if record is None:
        return Said("", tuple(plain.lines(message.replace("\r\n", "\n").replace("\r", "\n"))) or ("",))
    if "_aws" in record:
        return None
    if not all(isinstance(record.get(name), str) for name in _OWN):
        return Said("", (plain.line(message),))
    text, left_out = record["message"], _ELSEWHERE
    if text == "request" and all(name in record for name in _OF_A_REQUEST):
        text = "{method} {path} {status} {duration_ms} ms".format(**record)
        left_out = left_out.union(_OF_A_REQUEST)
    more = [f"{name}={_value(value)}" for name, value in record.items() if name not in left_out]
    first = plain.line("  ".join([text.replace("\n", " "), *more]))
    traceback = plain.lines(str(record.get("traceback", "")))
    return Said(plain.line(record["level"]), (first, *traceback), plain.line(str(record.get("request_id", ""))))


def _record(message: str) -> dict[str, Any] | None:
    if not message.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text


@dataclass(frozen=True)
class Layout:
    """Columns of one width for all lines. `dates` puts the day before the time; `colours` is for a terminal."""

    services: tuple[str, ...]
    dates: bool = False
    colours: bool = False

    def lines(self, event: Event) -> Iterator[str]:
        """The lines of an event: one, and one more for each that its text has; none for a record of metrics."""
        found = said(event.message)
        if found is None:
            return
        width = max(map(len, self.services), default=0)
        columns: Mapping[str, str] = {
            "time": self._time(event.timestamp),
            "service": event.service.ljust(width),
            "task": event.task[:_TASK_DIGITS].ljust(_TASK_DIGITS),
            "level": found.level.ljust(_LEVEL_WIDTH),
        }
        number = self.services.index(event.service) if event.service in self.services else 0
        codes = {
            "time": "2",
            "service": _SERVICE_COLOURS[number % len(_SERVICE_COLOURS)],
            "task": "2",
            "level": _COLOURS.get(found.level, ""),
        }
        before = "  ".join(self._coloured(text, codes[name]) for name, text in columns.items())
        first, *more = found.lines
        identity = self._coloured(f"  [{found.request_id}]", "2") if found.request_id else ""
        yield f"{before}  {first}{identity}".rstrip()
        indent = " " * (sum(map(len, columns.values())) + 2 * len(columns))
        yield from (f"{indent}{line}" for line in more)

    def _time(self, timestamp: int) -> str:
        moment = time.localtime(timestamp / 1000)
        return time.strftime("%Y-%m-%d %H:%M:%S" if self.dates else "%H:%M:%S", moment) + f".{timestamp % 1000:03}"

    def _coloured(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and code and text.strip() else text


def needs_dates(since_ms: int, now_ms: int) -> bool:
    """True if lines from `since_ms` on may be of another day than today."""
    return time.localtime(since_ms / 1000)[:3] != time.localtime(now_ms / 1000)[:3]
