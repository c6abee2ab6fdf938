"""Waiting until something is so, and somebody who uses the system all the time meanwhile."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PATHS = ("/", "/api/words?kind=noun&count=3", "/api/stories")
TIMEOUT_SECONDS = 20.0
# For what takes seconds: a machine on which other tests run may take many times as long.
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.3


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS, *, stays_seconds: float = 0) -> None:
    """Wait until `condition()` is true, and so it still is after `stays_seconds`. Else `AssertionError`."""
    until = time.monotonic() + seconds
    while True:
        found = condition()
        if found and stays_seconds:
            time.sleep(stays_seconds)
            found = condition()
        if found:
            return
        assert time.monotonic() < until, f"it is not so after {seconds:.0f} s: {found!r}"
        time.sleep(LOOK_SECONDS)


def wait_for(look: Callable[[], object], wanted: object, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until `look()` is what is wanted. `AssertionError` with what it was in the end if it does not come to be."""
    until = time.monotonic() + seconds
    while (found := look()) != wanted:
        assert time.monotonic() < until, f"after {seconds:.0f} s it is {found!r}, not {wanted!r}"
        time.sleep(LOOK_SECONDS)


@dataclass
class Polling:
    """Requests through the load balancer: on each path `at_once` in parallel, each of them one after the other.

    Each asks every `interval_seconds`, or else as soon as it can. What was lost is kept with its time. At most `limit`
    requests in all, so that a test that hangs does not go on for ever.
    """

    url: str
    paths: tuple[str, ...] = PATHS
    interval_seconds: float = 0.2
    at_once: int = 1
    limit: int = 200_000
    asked: int = 0
    lost: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._end = threading.Event()
        self._since = 0.0
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._poll, args=(path,), daemon=True) for path in self.paths * self.at_once
        ]

    def __enter__(self) -> Polling:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS + 5)

    def take(self) -> tuple[int, list[str]]:
        """How many requests there were since the last call, and those that were lost."""
        with self._lock:
            told = self.asked, self.lost
            self.asked, self.lost = 0, []
        return told

    def forget(self) -> None:
        """Count only requests that begin from now on: those that are on their way may come to a bad end."""
        with self._lock:
            self.asked, self.lost, self._since = 0, [], time.monotonic()

    def _poll(self, path: str) -> None:
        due = time.monotonic()
        while not self._end.is_set() and self.asked < self.limit:
            began, answer = time.monotonic(), self._ask(path)
            with self._lock:
                if began < self._since:
                    continue
                self.asked += 1
                if answer != "200":
                    self.lost.append(f"{time.strftime('%H:%M:%S')} {path}: {answer}")
            due = max(due + self.interval_seconds, time.monotonic())
            self._end.wait(due - time.monotonic())

    def _ask(self, path: str) -> str:
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            return str(answer.status) if answer.status == 200 else f"{answer.status} {body[:80]!r}"
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"
        finally:
            connection.close()
