"""What the orchestrator's tests share: an emulated AWS with an account for each test, a work folder, a network."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.console import Console, Stage
from orchestrator.project.environment import Environment
from orchestrator.system import paths
from tests.orchestrator.another_machine import NEW_NETWORK, system_call, two_free_ports

_accounts = itertools.count(900000000001)


@pytest.fixture
def emulated(emulated_aws: str, tmp_path: Path) -> Callable[..., Aws]:
    """`emulated("local")` is an environment of that name in an emulated AWS with nothing in it."""

    def make(name: str = "blue", region: str = "us-east-1") -> Aws:
        account = str(next(_accounts))
        environment = Environment(name, account, region, "X86_64", tmp_path / f"{name}.tfvars")
        variables = {"AWS_ENDPOINT_URL": emulated_aws, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test"}
        # As for the emulated AWS of a run: nothing of the person's settings for the real one.
        dropped = dict.fromkeys(("AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN"), "")
        return Aws(environment, emulated_aws, {**dropped, **variables, "AWS_EC2_METADATA_DISABLED": "true"})

    return make


@pytest.fixture
def stage() -> Stage:
    """A stage that nobody looks at."""
    return Stage("test", _console=Console(live=False))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A work folder of the test's own, with a space in its path, and ports of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "WORK", tmp_path_factory.mktemp("a copy") / ".storyizer")
        patch.setenv("STORYIZER_PORT", str(two_free_ports()))
        yield


@pytest.fixture
def own_network() -> Iterator[None]:
    """A network of the test's own for what it starts: an engine that is told to have no bridge deletes docker0."""
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        system_call("unshare", NEW_NETWORK)
        try:
            yield
        finally:
            system_call("setns", before.fileno(), NEW_NETWORK)
