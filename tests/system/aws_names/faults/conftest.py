"""One environment that is live in one world, for all faults; it has come up through those that an apply survives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.system.aws_names import rehearsal
from tests.system.aws_names.faults.seen import passing
from tests.system.aws_names.rehearsal import Rehearsal
from tests.system.aws_names.world import World


@pytest.fixture(scope="package")
def world(
    tmp_path_factory: pytest.TempPathFactory, program: Callable[..., str], container_engine: None
) -> Iterator[World]:
    """The network with an account in which there is nothing."""
    with rehearsal.empty_account(tmp_path_factory.mktemp("aws"), program) as made:
        yield made


@pytest.fixture(scope="package")
def checkout(world: World, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """The checkout of the engineer who deploys."""
    return rehearsal.make(world, tmp_path_factory.mktemp("checkout") / "shop")


@pytest.fixture(scope="package")
def colleague(world: World, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """A second checkout, whose commands run while the first one deploys."""
    return rehearsal.make(world, tmp_path_factory.mktemp("colleague") / "shop")


@pytest.fixture(scope="package")
def fresh(colleague: Rehearsal) -> str:
    """What `doctor` says of the account before anything is in it."""
    return colleague.run("doctor", "staging", code=5).stdout


@pytest.fixture(scope="package")
def rising(world: World, checkout: Rehearsal, fresh: str) -> Iterator[Future[dict[str, Any]]]:
    """The first `up` of the engineer, at work: AWS refuses and cuts what is passing."""
    with ThreadPoolExecutor(1) as thread:
        world.fault(*passing("*:user/engineer"))
        began = time.monotonic()

        def rise() -> dict[str, Any]:
            done = checkout.run("up", "staging", "--yes")
            return {"stderr": done.stderr, "url": done.stdout.strip(), "seconds": time.monotonic() - began}

        yield thread.submit(rise)


@pytest.fixture(scope="package")
def first(rising: Future[dict[str, Any]]) -> dict[str, Any]:
    """What the first `up` has said."""
    return rising.result()


@pytest.fixture
def live(world: World, first: dict[str, Any]) -> Iterator[str]:
    """The URL of the environment, which serves before and after the test; without a fault at its beginning."""
    world.fault()
    world.unknown()
    yield str(first["url"])
    world.fault()
    world.unknown()
    asked = world.run("python3", "-c", SERVES, str(first["url"]), code=None)
    assert asked.returncode == 0, asked.stderr


SERVES = """
import sys, urllib.request
for path in ("", "api/words/openapi.json"):
    with urllib.request.urlopen(sys.argv[1] + path, timeout=30) as answer:
        assert answer.status == 200
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For an AWS configuration."""
    return tmp_path
