"""Services as real processes, and the emulator's DynamoDB as their database."""

import importlib.util
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .running import EXAMPLE, REGION, SERVICES, RunningService, database, make_table, service_environment
from .website_page import BROWSER, PageReader

sys.path.insert(0, str(SERVICES))


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
def example(start_service: Callable[..., RunningService]) -> RunningService:
    """The example service, in use by many tests: do not end it."""
    return start_service(EXAMPLE, SERVICE_NAME="example", BASE_PATH="/example")


@pytest.fixture(scope="module")
def website(start_service: Callable[..., RunningService]) -> RunningService:
    """The website at the root of its address."""
    return start_service("website", SERVICE_NAME="website", BASE_PATH="/")


@pytest.fixture(scope="module")
def read(website: RunningService) -> Callable[[str], PageReader]:
    """The website's page at a path, as a browser gets it."""
    return lambda path: PageReader(website.client.get(path, headers=BROWSER).text)


@pytest.fixture(scope="module")
def page(read: Callable[[str], PageReader]) -> PageReader:
    """Its first page in English."""
    return read("/?lang=en")


def import_app(service: str) -> ModuleType:
    """A service's package under a name of its own: all of them are called `app`."""
    name = f"{service}_app"
    if name not in sys.modules:
        folder = SERVICES / service / "app"
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec and spec.loader
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


@pytest.fixture(scope="session")
def create_table(dynamodb_endpoint: str) -> Callable[[str], str]:
    """Creates a table; returns its name."""

    def create(name: str) -> str:
        make_table(database(dynamodb_endpoint), name)
        return name

    return create


@pytest.fixture(scope="session")
def read_item(dynamodb_endpoint: str) -> Callable[[str, str], dict[str, Any]]:
    """Reads an item past the service: `read_item(table, id)`."""

    def read(table: str, item_id: str) -> dict[str, Any]:
        found = database(dynamodb_endpoint).get_item(TableName=table, Key={"id": {"S": item_id}})
        item: dict[str, Any] = found["Item"]
        return item

    return read


@pytest.fixture(scope="session")
def start_save(start_service: Callable[..., RunningService]) -> Callable[..., RunningService]:
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
