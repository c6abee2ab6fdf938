"""Text of other programs as it may be shown: their escape sequences would colour, move or rename the terminal."""

from __future__ import annotations

import re

# ECMA-48: control sequences (CSI), strings such as titles and links (OSC, DCS, SOS, PM, APC), and other escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def line(text: str) -> str:
    """One line without escape sequences and control characters; of what was written over, only what stayed."""
    shown = _ESCAPES.sub("", text).rstrip("\r\n")
    return _CONTROLS.sub("", shown.rpartition("\r")[2]).rstrip()


def lines(text: str) -> list[str]:
    """The lines of a text that are not empty, each as `line` has it."""
    return [shown for part in text.split("\n") if (shown := line(part)).strip()]
