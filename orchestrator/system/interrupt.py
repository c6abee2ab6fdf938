"""Ctrl-C, SIGTERM and a closed terminal, for a program that runs children in several threads.

The handler never raises in the middle of a step. It sets a flag; a thread sends ONE signal to each child and tells the
person. Whoever waits for a child sees it end and then raises `Interrupted`. A child that must not be cut short
(`terraform apply`: a call that is cut off may have made what the state then does not know) gets its one signal only at
the second Ctrl-C, and is waited for until then. A second signal never reaches a child: Terraform would exit without
writing its state.
"""

from __future__ import annotations

import atexit
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from orchestrator.errors import Interrupted


@dataclass(frozen=True)
class _Child:
    process: subprocess.Popen[bytes]
    polite: signal.Signals
    at: int

    @property
    def name(self) -> str:
        arguments = self.process.args if isinstance(self.process.args, list) else [str(self.process.args)]
        return str(arguments[0]).rsplit("/", 1)[-1]

    def signal(self) -> None:
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(self.polite)


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A thread is given time to say that it has heard, before that is raised.
ANNOUNCE_SECONDS = 1.0
THE_END = 0
_ignored: set[signal.Signals] = set()
_came = False
_signals: queue.SimpleQueue[int] = queue.SimpleQueue()
_requested = threading.Event()
_announced = threading.Event()
_count = 0
_lock = threading.RLock()
_children: dict[int, _Child] = {}
_asking = False
_awaited: tuple[threading.Event, str] | None = None


def install(announce: Callable[[str], None]) -> None:
    """Take over SIGINT, SIGTERM and SIGHUP; `announce` prints one line for the person who pressed the keys.

    A signal that is ignored already stays so: `nohup` has seen to that, or a shell that was asked for a job in the
    background, whose Ctrl-C means another program. SIGTERM ends such a job.
    """
    listener = threading.Thread(target=_listen, args=(announce,), daemon=True)
    listener.start()
    atexit.register(_hear_no_more, listener)
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:
            _ignored.add(number)
        # Children inherit SIG_IGN, but no handler: they are to hear the one signal that is meant for them.
        signal.signal(number, _on_nothing if number in _ignored else _on_signal)


def give_back() -> None:
    """Before this process becomes another program: what was ignored at the start is ignored by that one as well."""
    for number in _ignored:
        signal.signal(number, signal.SIG_IGN)


def _on_nothing(number: int, frame: object) -> None:
    pass


def _on_signal(number: int, frame: object) -> None:
    """Only what can be done in the middle of anything: the code that it interrupts may hold any lock and any stream."""
    global _came
    if number != signal.SIGINT or _awaited is None:
        _came = True
    _signals.put(number)
    if _asking:
        raise KeyboardInterrupt


def _hear_no_more(listener: threading.Thread) -> None:
    # A thread that is about to write when the interpreter ends makes that end in a crash.
    _signals.put(THE_END)
    listener.join(ANNOUNCE_SECONDS)


def _listen(announce: Callable[[str], None]) -> None:
    global _count
    while (number := _signals.get()) != THE_END:
        awaited = _awaited
        if awaited is not None:
            awaited[0].set()
            if number == signal.SIGINT:
                announce(awaited[1])
                continue
        with _lock:
            _count += 1
            _requested.set()
            for child in _children.values():
                if child.at == _count:
                    child.signal()
            text = _told()
        announce(text)
        _announced.set()


def _told() -> str:
    names = ", ".join(sorted({child.name for child in _children.values()}))
    spared = ", ".join(sorted({child.name for child in _children.values() if child.at > _count}))
    if spared:
        return f"stopping when {spared} has ended what it began; Ctrl-C again cuts it short"
    if _count == 1:
        return f"stopping; waiting for {names} to end properly" if names else "stopping"
    return f"still waiting for {names or 'the end'}; further signals are not passed on"


def check(during: str = "") -> None:
    """Raise `Interrupted` if Ctrl-C or SIGTERM came. Called between steps."""
    if requested():
        raise _interrupted(during)


def requested() -> bool:
    """True if Ctrl-C or SIGTERM came."""
    return _came or _requested.is_set()


def sleep(seconds: float, during: str = "") -> None:
    """Sleep that ends at once with `Interrupted` when Ctrl-C or SIGTERM comes."""
    if _came or _requested.wait(seconds):
        raise _interrupted(during)


def _interrupted(during: str) -> Interrupted:
    if _came:
        _announced.wait(ANNOUNCE_SECONDS)
    return Interrupted(during)


@contextmanager
def child(process: subprocess.Popen[bytes], polite: signal.Signals, *, spared: bool = False) -> Iterator[None]:
    """While inside, the first Ctrl-C or SIGTERM sends `polite` to `process`; only the second one if it is `spared`."""
    record = _Child(process, polite, 2 if spared else 1)
    with _lock:
        _children[process.pid] = record
        if _count >= record.at:
            record.signal()
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


@contextmanager
def awaited(says: str) -> Iterator[threading.Event]:
    """While inside, a signal sets the event, and Ctrl-C does nothing else: it is how the person ends what goes on here.

    `says` is what the person then reads. SIGTERM and a closed terminal end the program as well, as always.
    """
    global _awaited
    event = threading.Event()
    _awaited = (event, says)
    try:
        yield event
    finally:
        _awaited = None
