"""An emulated AWS for what talks to S3 and ECR, in an account of its own for each test."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.aws import Aws
from orchestrator.environment import Environment

START_SECONDS = 30
_accounts = itertools.count(900000000001)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulator with S3, ECR and STS in it."""
    folder = tmp_path_factory.mktemp("emulator")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1", "SERVICES": "s3,ecr,sts", "LOG_LEVEL": "WARNING",
        # It has no business with the machine's containers.
        "DOCKER_HOST": f"unix://{folder}/none.sock",
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [_emulator_python(), "-m", "ministack"], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait(process, port, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _emulator_python() -> str:
    """The Python that has the emulator: named by the environment, else the orchestrator's."""
    named = os.environ.get("STORYIZER_EMULATOR_PYTHON")
    if named:
        return named
    from orchestrator.local.emulator import ensure_installed

    return str(ensure_installed())


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            direct.open(f"http://127.0.0.1:{port}/", timeout=1)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(log.read_text()) from None
            time.sleep(0.1)


@pytest.fixture
def emulated(emulator: str, tmp_path: Path) -> Callable[..., Aws]:
    """`emulated("local")` is an environment of that name in an emulated AWS with nothing in it."""

    def make(name: str = "blue", region: str = "us-east-1") -> Aws:
        account = str(next(_accounts))
        environment = Environment(name, account, region, "X86_64", tmp_path / f"{name}.tfvars")
        variables = {"AWS_ENDPOINT_URL": emulator, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test"}
        # As for the emulated AWS of a run: nothing of the person's settings for the real one.
        dropped = dict.fromkeys(("AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN"), "")
        return Aws(environment, emulator, {**dropped, **variables, "AWS_EC2_METADATA_DISABLED": "true"})

    return make
