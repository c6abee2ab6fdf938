"""Asks a server for its health at a steady pace, as the load balancer does, over a connection of its own."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from orchestrator.errors import Failure


@contextmanager
def latencies_ms(port: int, interval_seconds: float) -> Iterator[list[float]]:
    """Fills the list while the block runs. Raises Failure if an answer is not 200.

    Each time counts from when the question was due: one that waits for a slow answer before it is late.
    """
    found: list[float] = []
    failures: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        due = time.perf_counter()
        while not stop.is_set() and not failures:
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                connection.request("GET", "/healthz")
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                failures.append(repr(error))
                break
            if answer.status != 200:
                failures.append(f"answered {answer.status}")
            found.append((time.perf_counter() - due) * 1000)
            due += interval_seconds
        connection.close()

    prober = threading.Thread(target=ask)
    prober.start()
    try:
        yield found
    finally:
        stop.set()
        prober.join()
    if failures:
        raise Failure("the health check failed under load", reason=failures[0])


def p99(values: Sequence[float]) -> float:
    """The value that 99 of 100 do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[98]
