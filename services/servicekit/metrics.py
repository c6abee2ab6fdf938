"""Metrics: counted in memory, written now and then as a log line in CloudWatch's embedded metric format.

CloudWatch makes metrics out of such lines by itself: no agent, no call, no permission. It is paid by
the line, so there is one for many requests.
Format: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from . import logs

NAMESPACE: Final = "Storyizer"
FLUSH_SECONDS: Final = 10
VALUES_MAX: Final = 100
"""The format's limit for the values of one metric."""

_BUCKETS_PER_DOUBLING: Final = 16
"""Durations are counted in buckets whose middle is at most 2.2 % off."""
_LEAST_MS: Final = 0.01
_RECORDED_MAX: Final = 256

_METRICS: Final = [
    {"Name": "Requests", "Unit": "Count"},
    {"Name": "ClientErrors", "Unit": "Count"},
    {"Name": "ServerErrors", "Unit": "Count"},
    {"Name": "Latency", "Unit": "Milliseconds"},
]
_OF_SERVICE: Final = [{"Namespace": NAMESPACE, "Dimensions": [["Service", "Environment"]], "Metrics": _METRICS}]
_OF_ROUTE: Final = [{"Namespace": NAMESPACE, "Dimensions": [["Service", "Environment", "Route"]], "Metrics": _METRICS}]


class _Counts:
    """What has happened since the last line, at one route or at all of them."""

    __slots__ = ("buckets", "client_errors", "requests", "server_errors")

    def __init__(self) -> None:
        self.requests = self.client_errors = self.server_errors = 0
        self.buckets: Counter[int] = Counter()

    def add(self, other: "_Counts") -> None:
        """Counts what the other has counted."""
        self.requests += other.requests
        self.client_errors += other.client_errors
        self.server_errors += other.server_errors
        self.buckets.update(other.buckets)

    def latencies(self) -> list[float]:
        """The durations in milliseconds: each of them up to VALUES_MAX, else that many of them,
        evenly spaced in their order, so that percentiles stay what they were. The last is the longest."""
        ordered = sorted(self.buckets.items())
        count = min(self.requests, VALUES_MAX)
        ranks = [(rank + 0.5) * self.requests / count for rank in range(count)]
        ranks[-1] = float(self.requests)
        found: list[float] = []
        seen = 0
        for bucket, times in ordered:
            seen += times
            while len(found) < count and ranks[len(found)] <= seen:
                found.append(round(2 ** ((bucket + 0.5) / _BUCKETS_PER_DOUBLING), 3))
        return found


class Metrics:
    """Requests, errors and latency of a service. Silent while there is nothing to tell."""

    def __init__(self, service: str, environment: str) -> None:
        self._service = service
        self._environment = environment
        self._recorded: list[tuple[str, int, float]] = []
        self._routes: dict[str, _Counts] = {}
        self._started = False

    def record(self, route: str, status: int, duration_ms: float) -> None:
        """Counts a request. `route` is a template: there are no more of them than routes."""
        if not self._started:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
            self._started = True
        self._recorded.append((route, status, duration_ms))
        # Many at once take a third of the time.
        if len(self._recorded) == _RECORDED_MAX:
            self._count()

    def _count(self) -> None:
        for route, status, duration_ms in self._recorded:
            of_route = self._routes.get(route)
            if of_route is None:
                of_route = self._routes[route] = _Counts()
            of_route.requests += 1
            if status >= 500:
                of_route.server_errors += 1
            elif status >= 400:
                of_route.client_errors += 1
            of_route.buckets[math.floor(math.log2(max(duration_ms, _LEAST_MS)) * _BUCKETS_PER_DOUBLING)] += 1
        self._recorded.clear()

    def flush(self) -> None:
        """Writes a line for the service and one for each route that has been asked since the last time."""
        self._started = False
        self._count()
        routes, self._routes = self._routes, {}
        if not routes:
            return
        # The routes' own lines cannot say it: each has as many durations, however often it was asked.
        service = _Counts()
        for route in routes.values():
            service.add(route)
        self._write(service, _OF_SERVICE, {})
        for name, route in routes.items():
            self._write(route, _OF_ROUTE, {"Route": name})

    def _write(self, counts: _Counts, directives: Sequence[object], dimensions: Mapping[str, str]) -> None:
        line = {
            "timestamp": logs.now(),
            "level": "info",
            "message": "metrics",
            "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives},
            "Service": self._service,
            "Environment": self._environment,
            **dimensions,
            "Requests": counts.requests,
            "ClientErrors": counts.client_errors,
            "ServerErrors": counts.server_errors,
            "Latency": counts.latencies(),
        }
        logs.write(msgspec.json.encode(line))
