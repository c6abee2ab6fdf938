"""The emulated AWS that is read from where no container engine runs."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import pytest

from orchestrator.console import Stage
from orchestrator.emulator import emulator, emulator_process, reader
from orchestrator.errors import PrerequisiteMissing
from orchestrator.system import paths, processes
from tests.orchestrator.another_machine import two_free_ports

pytestmark = pytest.mark.usefixtures("container_engine")

LAYER = b"layer" * 10_000
DIGEST = f"sha256:{hashlib.sha256(LAYER).hexdigest()}"
HOLD = """
import sys, time
from pathlib import Path
from orchestrator.system import paths
paths.WORK = Path(sys.argv[1])
from orchestrator.console import Stage
from orchestrator.emulator import reader
with reader.reading(Stage("emulator")) as found:
    print(found.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The work folder of a copy of its own, with ports of its own, on a machine whose engine is stopped."""
    monkeypatch.setattr(paths, "WORK", tmp_path / "work")
    monkeypatch.setenv("STORYIZER_PORT", str(two_free_ports()))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    return tmp_path / "work"


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + 60
    while processes.identity(pid) is not None:
        assert time.monotonic() < until, "it still runs"
        time.sleep(0.1)


def s3(found: emulator.Emulator) -> Any:
    return client(found, "s3")


def client(found: emulator.Emulator, service: str) -> Any:
    return boto3.client(
        service, endpoint_url=found.endpoint, region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test",
    )  # fmt: skip


def test_it_needs_no_engine_and_forgets_what_was_written(copy: Path) -> None:
    with reader.reading(Stage("emulator")) as found:
        s3(found).create_bucket(Bucket="kept")
        assert emulator.running() is None, "it is not taken for the one that runs containers"
    assert processes.identity(found.pid) is None
    with reader.reading(Stage("emulator")) as found:
        assert s3(found).list_buckets()["Buckets"] == []
    assert not emulator_process.folder().exists()


def test_it_shows_what_the_stopped_emulator_kept_and_leaves_it_alone(copy: Path) -> None:
    with reader.reading(Stage("emulator")) as found:
        kept = Path(f"/proc/{found.pid}/cwd").readlink()
        s3(found).create_bucket(Bucket="kept")
        s3(found).put_object(Bucket="kept", Key="release", Body=b"r7")
        client(found, "ecr").create_repository(repositoryName="words")
        start = f"{found.endpoint}/v2/words/blobs/uploads/?digest={DIGEST}"
        with urllib.request.urlopen(urllib.request.Request(start, LAYER, method="POST")) as pushed:
            assert pushed.status == 201
        os.kill(found.pid, signal.SIGTERM)  # it ends as an emulator that is stopped does: with its state written
        wait_until_gone(found.pid)
        emulator_process.folder().mkdir(parents=True)
        for name in ("state", "layers", "s3"):
            (kept / name).rename(emulator_process.folder() / name)
    before = content(emulator_process.folder())
    with reader.reading(Stage("emulator")) as found:
        assert s3(found).get_object(Bucket="kept", Key="release")["Body"].read() == b"r7"
        with urllib.request.urlopen(f"{found.endpoint}/v2/words/blobs/{DIGEST}") as pulled:
            assert pulled.read() == LAYER
        s3(found).delete_object(Bucket="kept", Key="release")
    assert content(emulator_process.folder()) == before


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_it_ends_with_the_process_that_reads_even_if_that_is_killed(copy: Path) -> None:
    holding = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(copy)], cwd=paths.ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holding.stdout is not None
    pid = int(holding.stdout.readline())
    assert processes.identity(pid) is not None
    holding.kill()
    holding.wait()
    wait_until_gone(pid)
    assert (copy / "reading").exists(), "nobody was there to remove it"
    with reader.reading(Stage("emulator")):
        assert (copy / "reading").stat().st_mode & 0o777 == 0o700
    assert not (copy / "reading").exists()


def test_a_port_that_somebody_else_has_is_told(copy: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", emulator.ports().api))
        other.listen()
        with pytest.raises(PrerequisiteMissing, match="is taken"), reader.reading(Stage("emulator")):
            pass
