"""Services as real processes, and the emulator's DynamoDB as their database."""

import importlib.util
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import boto3
import httpx
import pytest

SERVICES = Path(__file__).parents[2] / "services"
EXAMPLE = Path(__file__).parent / "example"
REGION = "eu-west-1"
START_SECONDS = 20

sys.path.insert(0, str(SERVICES))


@dataclass
class RunningService:
    """A service's process, and a client that talks to it."""

    process: subprocess.Popen
    log: Path
    client: httpx.Client = field(default_factory=httpx.Client)
    port: int = 0

    @property
    def url(self) -> str:
        """Where the service listens."""
        return f"http://127.0.0.1:{self.port}"

    def lines(self) -> list[dict]:
        """The log's lines, each of which must be a JSON object."""
        # Not `splitlines`: it also splits at characters such as U+2028, which a path may have. What comes behind the
        # last end of line is still being written.
        return [json.loads(line) for line in self.log.read_text().split("\n")[:-1]]

    def requests(self) -> list[dict]:
        """The log's lines about requests."""
        return [line for line in self.lines() if line["message"] == "request"]

    def wait_for(self, **fields: object) -> dict:
        """The only log line with these fields. It may come a moment after the answer."""
        deadline = time.monotonic() + 5
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
            if '"message":"listening"' in self.log.read_text():
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


@pytest.fixture(scope="session")
def start_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., RunningService]]:
    """Starts a service's folder with environment variables; ended with the tests at the latest."""
    started: list[RunningService] = []
    counter = itertools.count()

    def start(folder: str | Path, **variables: str) -> RunningService:
        log = tmp_path_factory.mktemp("service") / f"{next(counter)}.log"
        process = subprocess.Popen(
            [sys.executable, "-m", "app"],
            cwd=SERVICES / folder,
            env=service_environment(**variables),
            stdout=log.open("wb"),
            stderr=subprocess.STDOUT,
        )
        service = RunningService(process, log)
        started.append(service)
        service.wait_until_listening()
        return service

    yield start
    for service in started:
        service.client.close()
        if service.process.poll() is None:
            service.process.kill()
            service.process.wait()


@pytest.fixture(scope="session")
def example(start_service) -> RunningService:
    """The example service, in use by many tests: do not end it."""
    return start_service(EXAMPLE, SERVICE_NAME="example", BASE_PATH="/example")


def import_app(service: str) -> ModuleType:
    """A service's package under a name of its own: all of them are called `app`."""
    name = f"{service}_app"
    if name not in sys.modules:
        folder = SERVICES / service / "app"
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def app_module() -> Callable[[str, str], ModuleType]:
    """Imports a module of a service's package: `app_module("save", "cursor")`."""

    def load(service: str, module: str) -> ModuleType:
        return importlib.import_module(f"{import_app(service).__name__}.{module}")

    return load


@pytest.fixture(scope="session")
def dynamodb_endpoint(emulated_aws: str) -> str:
    """The address of DynamoDB."""
    return emulated_aws


def free_port() -> int:
    """A port that is free at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def database(endpoint: str):
    """A client for DynamoDB at the endpoint."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def make_table(client, name: str) -> None:
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


@pytest.fixture(scope="session")
def create_table(dynamodb_endpoint) -> Callable[[str], str]:
    """Creates a table; returns its name."""

    def create(name: str) -> str:
        make_table(database(dynamodb_endpoint), name)
        return name

    return create


@pytest.fixture(scope="session")
def read_item(dynamodb_endpoint) -> Callable[[str, str], dict]:
    """Reads an item past the service: `read_item(table, id)`."""

    def read(table: str, item_id: str) -> dict:
        return database(dynamodb_endpoint).get_item(TableName=table, Key={"id": {"S": item_id}})["Item"]

    return read


@pytest.fixture(scope="session")
def start_save(start_service) -> Callable[..., RunningService]:
    """Starts the save service for a table at an endpoint, in the environment that ECS gives it."""

    def start(endpoint: str, table: str, **variables: str) -> RunningService:
        environment = {
            "SERVICE_NAME": "save", "BASE_PATH": "/api/stories", "STORIES_TABLE": table, "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            # The emulator sets an address that botocore refuses; the keys above must win.
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://host.docker.internal:1/credentials",
        }  # fmt: skip
        return start_service("save", **environment | variables)

    return start
