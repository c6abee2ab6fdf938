"""Ctrl-C, SIGTERM and a closed terminal, once, for a program that runs children in several threads.

The handler never raises in the middle of a step. It sets a flag and sends ONE signal to each child; whoever waits for
a child sees it end and then raises `Interrupted`. Terraform needs this: on the first SIGINT it finishes what is in
flight and writes its state, on a second one it exits without.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from orchestrator.errors import Interrupted

_requested = threading.Event()
_lock = threading.RLock()
_children: dict[int, tuple[subprocess.Popen[bytes], signal.Signals]] = {}
_asking = False
_announce: Callable[[str], None] | None = None


def install(announce: Callable[[str], None]) -> None:
    """Take over SIGINT, SIGTERM and SIGHUP; `announce` prints one line for the person who pressed the keys."""
    global _announce
    _announce = announce
    signal.signal(signal.SIGINT, _on_signal)
    signal.signal(signal.SIGTERM, _on_signal)
    signal.signal(signal.SIGHUP, _on_signal)


def _on_signal(number: int, frame: object) -> None:
    first = not _requested.is_set()
    _requested.set()
    if first:
        with _lock:
            for child, polite in _children.values():
                _signal(child, polite)
        names = sorted({_name(child) for child, _ in _children.values()})
        waiting = f"; waiting for {', '.join(names)} to end properly" if names else ""
        text = f"stopping{waiting}"
    else:
        text = "still stopping; a second signal would lose Terraform's state, so it is not passed on"
    if _announce is not None:
        _announce(text)
    if _asking:
        raise KeyboardInterrupt


def _name(child: subprocess.Popen[bytes]) -> str:
    arguments = child.args if isinstance(child.args, list) else [str(child.args)]
    return str(arguments[0]).rsplit("/", 1)[-1]


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if child.poll() is None:
        with suppress(ProcessLookupError):
            child.send_signal(number)


def check(during: str = "") -> None:
    """Raise `Interrupted` if Ctrl-C or SIGTERM came. Called between steps."""
    if _requested.is_set():
        raise Interrupted(during)


def sleep(seconds: float, during: str = "") -> None:
    """Sleep that ends at once with `Interrupted` when Ctrl-C or SIGTERM comes."""
    if _requested.wait(seconds):
        raise Interrupted(during)


@contextmanager
def child(process: subprocess.Popen[bytes], polite: signal.Signals) -> Iterator[None]:
    """While inside, Ctrl-C and SIGTERM send `polite` to `process`, once."""
    with _lock:
        _children[process.pid] = (process, polite)
        if _requested.is_set():
            _signal(process, polite)
    try:
        yield
    finally:
        with _lock:
            _children.pop(process.pid, None)


@contextmanager
def asking() -> Iterator[None]:
    """While a question waits for its answer, Ctrl-C ends the question at once."""
    global _asking
    _asking = True
    try:
        yield
    finally:
        _asking = False
