"""Text of other programs as it may be shown: their escape sequences would colour, move or rename the terminal.

Colour of this program's own is only for a terminal that shows it.
"""

from __future__ import annotations

import os
import re
from typing import TextIO

# ECMA-48: control sequences (CSI), strings such as titles and links (OSC, DCS, SOS, PM, APC), and other escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_COMMIT = re.compile(r"([0-9a-f]{12})[0-9a-f]{28}(?:[0-9a-f]{24})?(-dirty)?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def line(text: str) -> str:
    """One line without escape sequences and control characters; of what was written over, only what stayed."""
    shown = _ESCAPES.sub("", text).rstrip("\r\n")
    return _CONTROLS.sub("", shown.rpartition("\r")[2]).rstrip()


def lines(text: str) -> list[str]:
    """The lines of a text that are not empty, each as `line` has it."""
    return [shown for part in text.split("\n") if (shown := line(part)).strip()]


def commit(recorded: str) -> str:
    """A commit as people read it: 12 digits of its hash, and `-dirty` where that is said of it. Other text stays."""
    found = _COMMIT.fullmatch(recorded)
    return f"{found[1]}{found[2] or ''}" if found else recorded


def colour_wanted(stream: TextIO) -> bool:
    """True if the stream is a terminal that shows colour and nobody said no (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
