"""A document given to a program on its standard input: started without a shell, within bounds."""

from __future__ import annotations

import json
import signal
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from orchestrator.errors import PrerequisiteMissing
from orchestrator.notify.webhook import BOUNDS, Bounds, NotSent, without_urls
from orchestrator.system import childenv, paths, plain, process
from orchestrator.system.childenv import Child


def run(words: Sequence[str], document: Any, bounds: Bounds = BOUNDS) -> None:
    """Run the program, in the checkout, with the document as its input; again if it fails.

    Raises `NotSent` if it is missing, goes on failing, or has not ended when the time for all attempts is over.
    """
    until = time.monotonic() + bounds.total_seconds
    body = json.dumps(document, ensure_ascii=False).encode()
    for attempt in range(1, bounds.attempts + 1):
        ended = _once(words, body, until - time.monotonic())
        if ended.ok:
            return
        if ended.returncode == -signal.SIGKILL:
            raise NotSent(f"it did not end within {bounds.total_seconds:.0f} s and was killed")
        pause = bounds.pause_seconds * attempt
        if attempt == bounds.attempts or time.monotonic() + pause >= until:
            tries = f" ({attempt} attempts)" if attempt > 1 else ""
            raise NotSent(f"it exited with {ended.returncode}{_said(ended)}{tries}")
        time.sleep(pause)


def _once(words: Sequence[str], document: bytes, seconds: float) -> process.Completed:
    with tempfile.TemporaryFile() as stdin:
        stdin.write(document)
        stdin.seek(0)
        try:
            # It writes to files: what it may have started itself cannot hold up a deploy by keeping a pipe open.
            return process.run(
                words, cwd=paths.ROOT, env=childenv.of(Child.HOOK), stdin=stdin, timeout_seconds=max(seconds, 0.1),
                outlives_us=True, check_interrupt=False, spared=True,
            )  # fmt: skip
        except PrerequisiteMissing as error:
            raise NotSent(f"it cannot be run: {without_urls(error.reason)}") from None


def _said(ended: process.Completed) -> str:
    last = (plain.lines(ended.stderr) or plain.lines(ended.stdout))[-1:]
    return f": {without_urls(last[0])}" if last else ""
