"""How a service ends: what it still answers after SIGTERM, and when it is gone."""

import concurrent.futures
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

EXAMPLE = Path(__file__).parent / "example"
DRAIN_SECONDS = 2


@pytest.fixture
def draining(start_service):
    """A service that drains as in production, only for a shorter time."""
    return start_service(EXAMPLE, BASE_PATH="/example", ENVIRONMENT="production", DRAIN_SECONDS=str(DRAIN_SECONDS))


def test_answers_go_on_during_the_drain_and_end_their_connections(draining):
    before = draining.client.get("/example")
    assert "connection" not in before.headers
    started = time.monotonic()
    draining.process.send_signal(signal.SIGTERM)
    draining.wait_for(message="draining")
    reused = draining.client.get("/example")
    new = httpx.get(draining.url + "/example")
    error = httpx.get(draining.url + "/nowhere")
    assert (reused.status_code, new.status_code, error.status_code) == (200, 200, 404)
    assert [answer.headers["connection"] for answer in (reused, new, error)] == ["close"] * 3
    assert draining.client.get("/healthz").status_code == 200
    assert draining.process.wait(timeout=10) == 0
    assert time.monotonic() - started >= DRAIN_SECONDS


def test_a_request_in_flight_at_the_signal_is_answered(draining):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(httpx.get, draining.url + "/example?seconds=1", timeout=10)
        time.sleep(0.3)
        draining.process.send_signal(signal.SIGTERM)
        assert answer.result().status_code == 200
        assert answer.result().headers["connection"] == "close"
    assert draining.process.wait(timeout=10) == 0


def test_a_request_that_outlasts_the_drain_is_answered(draining):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        draining.process.send_signal(signal.SIGTERM)
        time.sleep(DRAIN_SECONDS - 0.5)
        answer = pool.submit(httpx.get, draining.url + "/example?seconds=1.5", timeout=10)
        assert answer.result().status_code == 200
    assert draining.process.wait(timeout=10) == 0


def test_no_request_is_lost_while_clients_reuse_connections(draining):
    """As behind a load balancer, which stops sending within the drain."""
    stop = threading.Event()

    def ask() -> list[int]:
        found = []
        with httpx.Client(base_url=draining.url) as client:
            while not stop.is_set():
                found.append(client.get("/example").status_code)
        return found

    with concurrent.futures.ThreadPoolExecutor() as pool:
        clients = [pool.submit(ask) for _ in range(4)]
        time.sleep(0.3)
        draining.process.send_signal(signal.SIGTERM)
        time.sleep(DRAIN_SECONDS / 2)
        stop.set()
        statuses = [status for client in clients for status in client.result()]
    assert len(statuses) > 100
    assert set(statuses) == {200}
    assert draining.process.wait(timeout=10) == 0


def test_a_second_signal_ends_the_drain(start_service):
    service = start_service(EXAMPLE, ENVIRONMENT="production", DRAIN_SECONDS="30")
    service.process.send_signal(signal.SIGTERM)
    service.wait_for(message="draining")
    started = time.monotonic()
    assert service.terminate() == 0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_locally_a_service_ends_at_once(start_service, number):
    service = start_service("words", ENVIRONMENT="local")
    started = time.monotonic()
    service.process.send_signal(number)
    assert service.process.wait(timeout=10) == 0
    assert time.monotonic() - started < 2


def test_a_port_that_is_taken_ends_the_service_with_a_log_line(start_service, example):
    with pytest.raises(AssertionError, match="address already in use"):
        start_service("words", PORT=str(example.port))
