"""The world in which AWS's names lead to what stands for AWS, and checkouts in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.system.aws_names import rehearsal
from tests.system.aws_names.rehearsal import Rehearsal
from tests.system.aws_names.world import World


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, program: Callable[..., str], container_engine: None
) -> Iterator[World]:
    """The network with an account in which there is nothing."""
    with rehearsal.empty_account(tmp_path_factory.mktemp("aws"), program) as made:
        yield made


@pytest.fixture(scope="module")
def checkout(world: World, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """This project's checkout, which has never been used."""
    return rehearsal.make(world, tmp_path_factory.mktemp("checkout") / "shop")


@pytest.fixture
def well(world: World) -> Iterator[World]:
    """The world, without a fault before and after the test."""
    world.fault()
    world.unknown()
    yield world
    world.fault()
    world.unknown()
