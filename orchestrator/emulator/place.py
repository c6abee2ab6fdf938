"""The local environment as a deploy target: the emulator's endpoint with its dummy credentials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from orchestrator.aws.session import Aws
from orchestrator.console import Stage
from orchestrator.emulator import emulator, emulator_process, reader
from orchestrator.emulator.provider.attached import Attached
from orchestrator.emulator.server import balancers
from orchestrator.emulator.server.reloadable import Reloadable
from orchestrator.errors import Failure
from orchestrator.project import environment as environments
from orchestrator.project.environment import Environment
from orchestrator.target import Target


def start(environment: Environment, stage: Stage, before: Target | None = None) -> Target:
    """Start the emulator if it is not running; `before` is the target if it was reached before."""
    started = emulator.start(stage)
    stage.result = f"{started.endpoint} ({'started' if started.started else 'was running'})"
    if before is not None and not started.started and before.aws.endpoint == started.endpoint:
        return before
    return _target(environment, started)


@contextmanager
def reading(environment: Environment, stage: Stage) -> Iterator[Target]:
    """The target as it is kept, to be read only while inside: needs no container engine."""
    with reader.reading(stage) as found:
        stage.result = f"{found.endpoint} ({'to read from, no engine is needed' if found.started else 'was running'})"
        yield _target(environment, found)


def running(environment: Environment) -> Target | None:
    """The target, or None if the emulator is not running."""
    found = emulator.running()
    return _target(environment, found) if found else None


def _address(environment: Environment) -> str:
    found = balancers.address(environment.name)
    if found is None:
        raise Failure(
            f"there is no address for {environment.name} on this machine",
            reason=f"The emulated AWS holds {len(balancers.ADDRESSES)} environments, and there are more files with "
            f"account_id {environments.NO_ACCOUNT} in terraform/environments/.",
            next_step="destroy one of them with `down` and remove its file",
        )
    return found


def _target(environment: Environment, running: emulator.Emulator) -> Target:
    # It may run on other ports than a start would choose now.
    variables = emulator.environment() | {"AWS_ENDPOINT_URL": running.endpoint}
    aws = Aws(environment, running.endpoint, variables)
    # Task containers sit on the engine's bridge, which this machine reaches.
    url = f"http://{_address(environment)}:{running.balancer_port}/"
    return Target(
        environment, aws, url, emulator.running_containers, emulator.why_not_started, revision=running.revision,
        spreading_seconds=0.0, attached=partial(Attached, aws),
        reloadable=Reloadable(emulator_process.folder(), environment.prefix),
    )  # fmt: skip
