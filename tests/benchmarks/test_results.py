"""What the measurements make of their figures."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from benchmarks.services import machine, probe, report, wrk
from benchmarks.services.summary import Spread, targets
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.system.paths import ROOT

RESULTS = ROOT / "benchmarks" / "services" / "results"
# The last lines of what wrk writes.
WRK = "  50000 requests in 4.00s, 6.10MB read\n{}Requests/sec:  12500.25\nTransfer/sec:      1.52MB\n"
START_SECONDS = 60


def test_the_page_of_results_says_what_was_measured() -> None:
    results = json.loads((RESULTS / "results.json").read_text())
    assert (RESULTS / "README.md").read_text() == report.render(results)


def test_the_rate_is_what_wrk_says() -> None:
    assert wrk.parse(WRK.format("")) == 12500.25


@pytest.mark.parametrize(
    "line",
    ["  Non-2xx or 3xx responses: 3\n", "  Socket errors: connect 0, read 1, write 0, timeout 0\n"],
)
def test_a_rate_with_errors_in_it_is_no_result(line: str) -> None:
    with pytest.raises(Failure) as caught:
        wrk.parse(WRK.format(line))
    assert caught.value.details == (line.strip(),)


def test_ratios_are_taken_within_rounds() -> None:
    """Both candidates were twice as fast in the last round; their ratio was the same."""
    assert Spread.ratio([10, 10, 20], [5, 5, 10]) == Spread(median=2, low=2, high=2)


def test_a_target_that_is_missed_is_told() -> None:
    health = [*([1.0] * 90), *([80.0] * 10)]
    save = {"writes_per_second": {"service": [84.0], "botocore_tuned": [100.0]}, "health_ms": health}
    found = {target.what: (target.found, target.reached) for target in targets({"save": save})}
    assert found == {
        "save to bare botocore, same settings": ("0.84", False),
        "save's health p99 under load": ("80.0 ms", False),
    }


def test_the_prober_counts_from_when_a_question_was_due() -> None:
    """A server that stands still for a time delays every question of that time, not only one."""

    def stand_still_once(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        pause_seconds = 0.4
        while connection.recv(65536):
            time.sleep(pause_seconds)
            pause_seconds = 0
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as server:
        server.submit(stand_still_once, listener)
        with probe.latencies_ms(listener.getsockname()[1], 0.05) as found:
            time.sleep(0.8)
    # Those due after 0, 50, 100, 150 and 200 ms.
    assert all(latency > 150 for latency in found[:5])
    assert min(found) < 150, "those that came later were not delayed"


def test_one_core_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    with pytest.raises(PrerequisiteMissing, match="one core only"):
        machine.cores()


@pytest.fixture
def dynamodb_stub() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.services.rivals.dynamodb"]
    process = subprocess.Popen(command, cwd=ROOT, env={"PATH": os.environ["PATH"], "PORT": str(port)})
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def test_the_stub_of_dynamodb_answers_as_botocore_expects_it(dynamodb_stub: str) -> None:
    client = botocore.session.get_session().create_client(
        "dynamodb",
        endpoint_url=dynamodb_stub,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        # botocore compares the checksum, and repeats a call whose answer has a wrong one.
        config=Config(retries={"max_attempts": 0}),
    )
    item = {"id": {"S": "one"}, "text": {"S": "The bear sings"}}
    new = {"ConditionExpression": "attribute_not_exists(id)"}
    answer = client.put_item(TableName="stories", Item=item, **new)
    assert "x-amz-crc32" in answer["ResponseMetadata"]["HTTPHeaders"]
    assert client.get_item(TableName="stories", Key={"id": {"S": "one"}})["Item"] == item
    assert "Item" not in client.get_item(TableName="stories", Key={"id": {"S": "two"}})
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        client.put_item(TableName="stories", Item=item, **new)
