"""Copies a service's `app/` into the tasks that run, and has their processes exchanged."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from orchestrator.emulator.server.tasks import reloading
from orchestrator.images import content_hash
from orchestrator.images.content_hash import Content
from orchestrator.system import process
from orchestrator.watch.changes import APP

INSIDE = Path(__file__).with_name("inside.py")
# The reloader's own time for a process that does not come to listen, and the time of a busy machine.
SECONDS = 90.0


@dataclass(frozen=True)
class Outcome:
    """What came of a copy: `kept` is why a task goes on with what it ran, one line, empty if it runs what was copied;
    `lines` is what the process that was not taken wrote. `lost` is True if the task did not answer.
    """

    kept: str = ""
    lines: tuple[str, ...] = ()
    lost: bool = False


def copy(content: Content, containers: Sequence[str], number: int) -> dict[str, Outcome]:
    """Have those containers run the service's files; what came of it in each. `number` counts the copies.

    Raises `Failure` as `archive` does.
    """
    packed = archive(content)
    with ThreadPoolExecutor(max_workers=max(1, len(containers))) as pool:
        outcomes = pool.map(lambda container: _into(container, packed, number), containers)
        return dict(zip(containers, outcomes, strict=True))


def archive(content: Content) -> bytes:
    """The service's `app/` as a tar archive. Raises `Failure` for a file that was changed while it was read."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in content.entries:
            if entry.path.startswith(APP):
                content_hash.add(tar, entry.path.removeprefix("service/"), entry, content.inputs[entry.path])
    return packed.getvalue()


def _into(container: str, packed: bytes, number: int) -> Outcome:
    # As root: the copies belong to nobody who could change them inside.
    done = process.run(
        ["docker", "exec", "--interactive", "--user", "0:0", container, "python3", "-I", "-S", "-c", INSIDE.read_text(),
         reloading.FOLDER, str(number), reloading.ADDRESS],
        stdin=packed,
        timeout_seconds=SECONDS,
    )  # fmt: skip
    return read(done.stdout if done.ok else "", done.tail(5))


def read(answer: str, said: Sequence[str] = ()) -> Outcome:
    """What the reloader's answer says. An answer that is none is what the task's end leaves."""
    try:
        found = json.loads(answer)
        if not found["kept"]:
            return Outcome()
        lines = tuple(str(line) for line in found["lines"])
    except (ValueError, KeyError, TypeError):
        return Outcome(_last(said), tuple(said), lost=True)
    return Outcome(_last(lines), lines)


def _last(lines: Sequence[str]) -> str:
    """The last line, which of a traceback is the error; of a log line in JSON its message."""
    line = next((line.strip() for line in reversed(lines) if line.strip()), "it ended without a word")
    try:
        found = json.loads(line)
    except ValueError:
        return line
    return str(found["message"]) if isinstance(found, dict) and "message" in found else line
