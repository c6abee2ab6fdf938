"""Logs: one JSON object per line on standard output, for requests and for everything else."""

import asyncio
import atexit
import datetime
import logging
import os
import threading
import traceback
from typing import Any, Final

import msgspec

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_STDOUT: Final = 1

_now: Final = datetime.datetime.now
_UTC: Final = datetime.UTC

_encoder = msgspec.json.Encoder(enc_hook=str)
_encode = _encoder.encode
_threshold = _LEVELS["info"]
_common: dict[str, str] = {}
_collected: "list[msgspec.Raw | RequestLine]" = []
_collecting_thread = 0
# A signal may come while its thread is writing, and have something to say itself.
_writing = threading.RLock()


class RequestLine(msgspec.Struct, omit_defaults=True):
    """The line about a request. Made and encoded, a struct takes two thirds of a dictionary's time."""

    timestamp: datetime.datetime
    level: str
    service: str
    environment: str
    message: str
    method: str
    path: str
    status: int
    duration_ms: float
    request_id: str
    trace_id: str = ""
    error: str = ""
    traceback: str = ""


def emit(level: str, message: str, **fields: Any) -> None:
    """Writes one line of the given level with `fields` beside the message."""
    if enabled(level):
        line = {"timestamp": now(), "level": level, **_common, "message": message}
        write(_encode(line | fields))


def emit_request(line: RequestLine) -> None:
    """Writes the line about a request."""
    # Many encoded at once take half the time. But one that cannot be encoded, with an error that says anything, must
    # not take others with it.
    if line.error or not _collect(line):
        write(_encode(line))


def enabled(level: str) -> bool:
    """Whether lines of this level are written."""
    return _LEVELS[level] >= _threshold


def now() -> datetime.datetime:
    """The present time, as lines have it."""
    return _now(_UTC)


def write(line: bytes) -> None:
    """Writes an encoded line, straight to the file descriptor: a `logging` handler costs as much time
    as a small request does. Lines of the same turn of the event loop are written together.
    """
    if not _collect(msgspec.Raw(line)):
        _write_out(line + b"\n")


def flush() -> None:
    """Writes what has been collected. Only for the event loop's thread."""
    if _collected:
        lines = _collected.copy()
        _collected.clear()
        _write_out(_encoder.encode_lines(lines))


def _collect(line: msgspec.Raw | RequestLine) -> bool:
    """Keeps a line until the end of the loop's turn. False if nobody would come back for it: in another thread,
    without a loop yet or any more."""
    global _collecting_thread
    thread = threading.get_ident()
    if not _collected or thread != _collecting_thread:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        _collecting_thread = thread
        loop.call_soon(flush)
    _collected.append(line)
    return True


def _write_out(data: bytes) -> None:
    rest = memoryview(data)
    # A pipe takes more than 4 KB in parts, between which another thread's line could come.
    with _writing:
        try:
            while rest:
                rest = rest[os.write(_STDOUT, rest) :]
        except OSError:
            # Nobody can be told: the line about it would be the next that cannot be written. Requests
            # are answered without a log rather than not at all.
            return


class _JsonHandler(logging.Handler):
    """Sends what libraries log through `logging` to `emit`."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            fields["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        level = record.levelname.lower()
        emit(level if level in _LEVELS else "info", record.getMessage(), **fields)


def configure(level: str, **common: str) -> None:
    """Sets the least level that is written, and fields that every line carries.

    Libraries are heard from "warning" on, at every level: their "debug" would print requests'
    contents.
    """
    global _threshold
    _threshold = _LEVELS[level]
    _common.clear()
    _common.update(common)
    root = logging.getLogger()
    root.handlers[:] = [_JsonHandler()]
    root.setLevel(logging.WARNING)
    # What a loop leaves that ends in the middle of its turn.
    atexit.register(flush)
