"""Whether the disk has room for what the emulator keeps. It answers "done" also where it could not write it down."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.sax.saxutils import escape

# Beside a second copy of everything, which is written before it takes the place of the first.
SPARE_BYTES = 16 * 2**20
CODE = "InsufficientStorage"


def lacking(state: Path) -> str:
    """What is missing for the state in that folder to be written once more, in words; empty if nothing is."""
    needed = SPARE_BYTES + sum(file.stat().st_size for file in state.glob("*.json") if file.exists())
    free = shutil.disk_usage(state if state.exists() else state.parent).free
    if free >= needed:
        return ""
    return f"no space left for {state}: {free // 2**20} MB are free, {-(-needed // 2**20)} MB are needed"


def refusal(why: str, *, is_json: bool) -> tuple[bytes, bytes]:
    """Content type and body of an answer that clients of AWS understand as an error with that message."""
    if is_json:
        return b"application/x-amz-json-1.1", json.dumps({"__type": CODE, "message": why}).encode()
    error = f"<Error><Code>{CODE}</Code><Message>{escape(why)}</Message></Error>"
    return b"text/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
