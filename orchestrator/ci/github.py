"""GitHub Actions' own ways to be told things, used only where it runs us: annotations, the step's summary, outputs.

Its runner reads every line of ours, on both streams, and obeys those that look like its commands (`::name::`, or
`##[name]` anywhere). What we print comes from plans, containers and tools, so nothing of that may look like one.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from orchestrator.ci.result import Result
from orchestrator.review.model import Severity

SUMMARY_LIMIT_BYTES = 1024 * 1024
# GitHub shows ten annotations of each level for a step.
ANNOTATIONS = 10
_V2 = re.compile(r"(^|[\r\n])(\s*)::")


def is_runner() -> bool:
    """True inside of a GitHub Actions job."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def harmless(text: str) -> str:
    """Whole lines with nothing in them that the runner would take for a command; they can still be read."""
    return _V2.sub(r"\1\2: :", text).replace("##[", "## [")


class HarmlessStream:
    """A text stream through which no line gets that the runner would obey.

    A line may come in several writes: what could still become a command waits for the rest of it.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._line = ""

    def write(self, text: str) -> int:
        """Write whole lines at once; the beginning of one is kept until it ends or is flushed."""
        self._line += text
        end = max(self._line.rfind("\n"), self._line.rfind("\r")) + 1
        whole, self._line = self._line[:end], self._line[end:]
        if whole:
            self.stream.write(harmless(whole))
        return len(text)

    def flush(self) -> None:
        """Pass on what is there. The unfinished line waits: `print` ends each of ours."""
        self.stream.flush()

    def close(self) -> None:
        """Pass on the last line, which had no end."""
        if self._line:
            self.stream.write(harmless(self._line))
            self._line = ""
        self.stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def guard_streams() -> None:
    """From now on the runner obeys nothing that this process prints. Only `annotate` still speaks to it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, HarmlessStream):
            setattr(sys, name, HarmlessStream(stream))


def annotate(result: Result, places: Mapping[str, tuple[str, int]]) -> list[str]:
    """The commands that show the findings at their files, worst first. `places` gives file and line of an address."""
    lines = []
    if result.failure is not None and not result.stopped_by_findings:
        lines.append(command("error", f"{result.failure.message}\n{result.failure.reason}".strip(),
                             title=f"ci {result.stage} {result.environment}"))  # fmt: skip
    for finding in result.review.findings if result.review else ():
        if finding.severity < Severity.MEDIUM or finding.excepted:
            continue
        level = "error" if result.stops(finding) else "warning"
        properties = {"title": f"{finding.severity} {finding.rule} ({result.environment})"}
        if finding.address in places:
            file, line = places[finding.address]
            properties |= {"file": file, "line": str(line)}
        lines.append(command(level, f"{finding.address}: {finding.reason}", **properties))
    return [line for level in ("error", "warning") for line in _of(level, lines)[:ANNOTATIONS]]


def _of(level: str, lines: Iterable[str]) -> list[str]:
    return [line for line in lines if line.startswith(f"::{level} ")]


def command(name: str, message: str, **properties: str) -> str:
    """A workflow command, escaped as the runner undoes it."""
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def encoded(text: str) -> bytes:
    """The text in UTF-8; half a character, which a plan's JSON can hold, is written as its number."""
    return text.encode("utf-8", "backslashreplace")


def tell(lines: Iterable[str]) -> None:
    """Print commands past the guard."""
    stream = sys.stdout
    if isinstance(stream, HarmlessStream):
        stream = stream.stream
    for line in lines:
        stream.write(f"{encoded(line).decode()}\n")
    stream.flush()


def add_summary(text: str) -> None:
    """Append to the step's summary; what is beyond GitHub's limit is cut, and that is said."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    path = Path(file)
    room = SUMMARY_LIMIT_BYTES - (path.stat().st_size if path.exists() else 0)
    with path.open("ab") as summary:
        summary.write(cut(f"{text}\n", room))


def cut(text: str, room: int) -> bytes:
    """The text in at most `room` bytes, whole lines of it."""
    data = encoded(text)
    if len(data) <= room:
        return data
    note = b"\n\nThe rest is in the report.\n"
    kept = data[: max(0, room - len(note))].rpartition(b"\n")[0]
    return (kept + note)[: max(0, room)]


def set_outputs(values: Mapping[str, str]) -> None:
    """The step's outputs. The delimiter is random, so that no value can end early and begin another."""
    file = os.environ.get("GITHUB_OUTPUT")
    if not file:
        return
    with Path(file).open("a", encoding="utf-8", errors="backslashreplace") as outputs:
        for name, value in values.items():
            mark = f"end-{secrets.token_hex(16)}"
            outputs.write(f"{name}<<{mark}\n{value}\n{mark}\n")
