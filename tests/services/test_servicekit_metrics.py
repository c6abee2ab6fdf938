"""Metrics: what is counted, and the lines that CloudWatch makes metrics of."""

import asyncio
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from servicekit import metrics
from servicekit.metrics import FLUSH_SECONDS, VALUES_MAX, Metrics

from .running import RunningService

EXAMPLE = Path(__file__).parent / "example"
UNITS = {"Requests": "Count", "ClientErrors": "Count", "ServerErrors": "Count", "Latency": "Milliseconds"}


def assert_embedded_metric_format(line: dict[str, Any]) -> None:
    """The format's own rules, from its specification."""
    assert isinstance(line["_aws"]["Timestamp"], int)
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert 1 <= len(directive["Namespace"]) <= 255
        for dimensions in directive["Dimensions"]:
            assert len(dimensions) <= 9
            assert all(isinstance(line[name], str) and line[name] for name in dimensions)
        assert len(directive["Metrics"]) <= 100
        for metric in directive["Metrics"]:
            values = line[metric["Name"]]
            for value in values if isinstance(values, list) else [values]:
                assert isinstance(value, int | float)
                assert math.isfinite(value)
            assert not isinstance(values, list) or 1 <= len(values) <= 100


def written(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def latencies(capfd: pytest.CaptureFixture[str], durations_ms: Sequence[float]) -> list[float]:
    async def record() -> None:
        counted = Metrics("example", "local")
        for duration_ms in durations_ms:
            counted.record("/", 200, duration_ms)
        counted.flush()

    asyncio.run(record())
    of_service, of_route = written(capfd)
    assert of_service["Latency"] == of_route["Latency"]
    found: list[float] = of_route["Latency"]
    return found


def test_requests_and_errors_are_counted_by_route_and_told_at_the_end(
    start_service: Callable[..., RunningService],
) -> None:
    service = start_service(
        EXAMPLE, SERVICE_NAME="example", BASE_PATH="/example", ENVIRONMENT="staging", DRAIN_SECONDS="1"
    )
    for path in ("/example", "/example", "/example/crash", "/nowhere", "/elsewhere", "/example/notes/1",
                 "/example/notes/2", "/example/notes?limit=0", "/healthz", "/readyz"):  # fmt: skip
        service.client.get(path)
    assert service.terminate() == 0
    lines = [line for line in service.lines() if line["message"] == "metrics"]
    for line in lines:
        assert_embedded_metric_format(line)
        assert (line["Service"], line["Environment"]) == ("example", "staging")
        assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Storyizer"
        dimensions = ["Service", "Environment", "Route"] if "Route" in line else ["Service", "Environment"]
        assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [dimensions]
        assert {metric["Name"]: metric["Unit"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]} == UNITS
        assert len(line["Latency"]) == line["Requests"]
    counted = {line.get("Route"): (line["Requests"], line["ClientErrors"], line["ServerErrors"]) for line in lines}
    assert counted == {
        None: (8, 5, 1),
        "/example": (2, 0, 0),
        "/example/crash": (1, 0, 1),
        "none": (2, 2, 0),
        "/example/notes/{id}": (2, 2, 0),
        "/example/notes": (1, 1, 0),
    }


def test_lines_come_after_some_seconds_and_none_while_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(metrics, "FLUSH_SECONDS", 0.05)
    assert FLUSH_SECONDS == 10

    async def live() -> None:
        counted = Metrics("example", "local")
        for _ in range(2):
            counted.record("/", 200, 1)
            counted.record("/", 200, 1)
            await asyncio.sleep(0.2)

    asyncio.run(live())
    assert [(line.get("Route"), line["Requests"]) for line in written(capfd)] == [(None, 2), ("/", 2)] * 2


def test_few_durations_are_all_told(capfd: pytest.CaptureFixture[str]) -> None:
    assert latencies(capfd, [0, 1, 10, 100]) == pytest.approx([0.01, 1, 10, 100], rel=0.03)


def test_many_durations_keep_their_percentiles(capfd: pytest.CaptureFixture[str]) -> None:
    durations = [1.001**n for n in range(10_000)]
    found = latencies(capfd, durations)
    assert len(found) == VALUES_MAX
    for percent in (50, 90, 99):
        assert found[percent - 1] == pytest.approx(durations[percent * 100], rel=0.1)


def test_the_longest_duration_is_always_told(capfd: pytest.CaptureFixture[str]) -> None:
    assert latencies(capfd, [1] * 9_999 + [5_000])[-1] == pytest.approx(5_000, rel=0.03)


def test_the_services_durations_are_those_of_its_requests_not_of_its_routes(capfd: pytest.CaptureFixture[str]) -> None:
    async def record() -> None:
        counted = Metrics("example", "local")
        for _ in range(9_900):
            counted.record("/busy", 200, 1)
        for _ in range(100):
            counted.record("/slow", 200, 1_000)
        counted.flush()

    asyncio.run(record())
    of_service = written(capfd)[0]
    assert "Route" not in of_service
    assert (of_service["Requests"], len(of_service["Latency"])) == (10_000, VALUES_MAX)
    assert of_service["Latency"][-2:] == pytest.approx([1, 1_000], rel=0.03)
