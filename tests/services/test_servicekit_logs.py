"""Log lines: whole, in order, and none lost."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from servicekit import logs

from .running import service_environment

EXAMPLE = Path(__file__).parent / "example"
SERVICES = Path(__file__).parents[2] / "services"


@pytest.fixture
def _configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_threshold", 20)
    monkeypatch.setattr(logs, "_common", {"service": "example"})


@pytest.mark.usefixtures("_configured")
def test_lines_of_the_event_loop_and_of_threads_are_all_there_and_whole(capfd: pytest.CaptureFixture[str]) -> None:
    def from_a_thread(number: int) -> None:
        for count in range(100):
            logs.emit("info", "line", source=number, count=count, padding="x" * 200)

    async def from_the_loop() -> None:
        threads = [threading.Thread(target=from_a_thread, args=(number,)) for number in range(1, 5)]
        for thread in threads:
            thread.start()
        for count in range(100):
            logs.emit("info", "line", source=0, count=count, padding="x" * 200)
            await asyncio.sleep(0)
        for thread in threads:
            thread.join()

    asyncio.run(from_the_loop())
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    for source in range(5):
        assert [line["count"] for line in lines if line["source"] == source] == list(range(100))


@pytest.mark.usefixtures("_configured")
def test_a_requests_line_that_cannot_be_encoded_takes_no_other_with_it(capfd: pytest.CaptureFixture[str]) -> None:
    def write(request_id: str, **error: str) -> None:
        fields = {"level": "info", "service": "example", "environment": "local", "message": "request"}
        request = {"method": "GET", "path": "/", "request_id": request_id}
        logs.emit_request(logs.RequestLine(logs.now(), **fields, **request, **error, status=200, duration_ms=1.0))

    async def from_the_loop() -> None:
        write("first")
        with pytest.raises(UnicodeEncodeError):
            write("broken", error="RuntimeError()", traceback="RuntimeError: \ud800")
        write("second")
        await asyncio.sleep(0)
        write("third")

    asyncio.run(from_the_loop())
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["request_id"] for line in lines] == ["first", "second", "third"]


def test_what_is_logged_right_before_the_end_is_written() -> None:
    code = """
import asyncio
from servicekit import logs

async def last_words():
    logs.emit("info", "the end")
    asyncio.get_running_loop().stop()

logs.configure("info", service="example")
asyncio.new_event_loop().run_until_complete(last_words())
"""
    ended = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(SERVICES)}, capture_output=True)
    assert json.loads(ended.stdout)["message"] == "the end", ended.stderr


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_service_whose_log_is_read_no_more_goes_on() -> None:
    service = subprocess.Popen(
        [sys.executable, "-m", "app"],
        cwd=EXAMPLE,
        env=service_environment(SERVICE_NAME="example", BASE_PATH="/example"),
        stdout=subprocess.PIPE,
    )
    assert service.stdout is not None
    try:
        url = f"http://127.0.0.1:{json.loads(service.stdout.readline())['port']}/example"
        service.stdout.close()
        for _ in range(3):
            assert httpx.get(url, timeout=60).status_code == 200
        before = cpu_seconds(service.pid)
        time.sleep(1)
        assert cpu_seconds(service.pid) - before < 0.5
        assert httpx.get(url, timeout=60).status_code == 200
        service.terminate()
        assert service.wait(timeout=60) == 0
    finally:
        service.kill()
        service.wait()


@pytest.mark.usefixtures("_configured")
def test_less_important_lines_than_asked_for_are_not_written(capfd: pytest.CaptureFixture[str]) -> None:
    logs.emit("debug", "detail")
    logs.emit("warning", "trouble")
    assert [json.loads(line)["message"] for line in capfd.readouterr().out.splitlines()] == ["trouble"]


@pytest.mark.usefixtures("_configured")
def test_what_libraries_log_has_the_same_form(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("inside")
    except ValueError:
        record = logging.getLogger("library").makeRecord(
            "library", logging.ERROR, __file__, 1, "it failed: %s", ("badly",), sys.exc_info()
        )
    logs._JsonHandler().emit(record)
    line = json.loads(capfd.readouterr().out)
    assert (line["level"], line["service"], line["logger"]) == ("error", "example", "library")
    assert line["message"] == "it failed: badly"
    assert "ValueError: inside" in line["traceback"]
