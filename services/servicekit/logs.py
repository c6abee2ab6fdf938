"""Logs: one JSON object per line on standard output, for requests and for everything else."""

import datetime
import logging
import os
import traceback
from typing import Any, Final

import msgspec

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_STDOUT: Final = 1

_encode = msgspec.json.Encoder(enc_hook=str).encode
_threshold = _LEVELS["info"]
_common: dict[str, str] = {}


def emit(level: str, message: str, **fields: Any) -> None:
    """Writes one line of the given level with `fields` beside the message.

    The line goes straight to the file descriptor in one write: going through a `logging` handler
    costs as much time as a small request does.
    """
    if _LEVELS[level] < _threshold:
        return
    now = datetime.datetime.now(datetime.UTC)
    line = {"timestamp": now.isoformat(timespec="milliseconds"), "level": level, **_common, "message": message}
    data = memoryview(_encode(line | fields) + b"\n")
    while data:
        data = data[os.write(_STDOUT, data) :]


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
