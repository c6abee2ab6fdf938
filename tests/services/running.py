"""A service as a real process, and the database that it is given."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx

SERVICES = Path(__file__).parents[2] / "services"
EXAMPLE = Path(__file__).parent / "example"
REGION = "eu-west-1"
START_SECONDS = 60
ANSWER_SECONDS = 60
"""Longer than any answer takes, on a busy machine too."""


@dataclass
class RunningService:
    """A service's process, and a client that talks to it."""

    process: subprocess.Popen[bytes]
    log: Path
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=ANSWER_SECONDS))
    port: int = 0

    @property
    def url(self) -> str:
        """Where the service listens."""
        return f"http://127.0.0.1:{self.port}"

    def lines(self) -> list[dict[str, Any]]:
        """The log's lines, each of which must be a JSON object."""
        # As bytes: what comes behind the last end of line is still being written, and may end within a character. And
        # `splitlines` of a text also splits at characters such as U+2028, which a path may have.
        return [json.loads(line) for line in self.log.read_bytes().split(b"\n")[:-1]]

    def requests(self) -> list[dict[str, Any]]:
        """The log's lines about requests."""
        return [line for line in self.lines() if line["message"] == "request"]

    def wait_for(self, **fields: object) -> dict[str, Any]:
        """The only log line with these fields. It may come a moment after the answer."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            found = [line for line in self.lines() if fields.items() <= line.items()]
            if found:
                assert len(found) == 1
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"no line with {fields}: {self.log.read_text()}")

    def wait_until_listening(self) -> None:
        """Waits for the log line with the port."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if b'"message":"listening"' in self.log.read_bytes():
                self.port = self.wait_for(message="listening")["port"]
                self.client.base_url = httpx.URL(self.url)
                return
            time.sleep(0.02)
        raise AssertionError(f"the service did not start: {self.log.read_text()}")

    def terminate(self) -> int:
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)


def service_environment(**variables: str) -> dict[str, str]:
    """The environment of a service's process: nothing of the test's own, as in a container."""
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SERVICES), "PYTHONDONTWRITEBYTECODE": "1"}
    return path | {"PORT": "0"} | variables


def free_port() -> int:
    """A port that is free at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def database(endpoint: str) -> Any:
    """A client for DynamoDB at the endpoint."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def make_table(client: Any, name: str) -> None:
    """Creates a table of the shape that Terraform gives it."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in ("id", "shard", "created_at")
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "latest",
                "KeySchema": [
                    {"AttributeName": "shard", "KeyType": "HASH"},
                    {"AttributeName": "created_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
