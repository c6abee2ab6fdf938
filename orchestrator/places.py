"""Reaches the place where an environment lives: AWS with its account checked, or the emulator on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from orchestrator.aws import session
from orchestrator.aws.session import Aws
from orchestrator.console import Console, Stage
from orchestrator.emulator import place as emulated
from orchestrator.errors import Failure
from orchestrator.project.environment import Environment
from orchestrator.project.place import EMULATED
from orchestrator.target import Target


def reach(environment: Environment, profile: str | None = None) -> Target:
    """The target of an environment that is up already; on AWS with the credentials of that profile, if one is named.

    Raises `Failure` if it cannot be reached.
    """
    found = reached(environment, profile)
    if found is None:
        raise Failure(
            "the local environment is not running",
            reason="Its emulated AWS does not answer.",
            next_step="python3 orchestrate.py up",
        )
    return found


def reached(environment: Environment, profile: str | None = None) -> Target | None:
    """The target of an environment, or None for the local one where it is not running. Raises `Failure` on AWS."""
    return emulated.running(environment) if environment.place is EMULATED else _on_aws(environment, profile)


def start(environment: Environment, stage: Stage, before: Target | None = None) -> Target:
    """The target of an environment, started if it is the local one; `before` is it if it has been reached before."""
    if environment.place is EMULATED:
        return emulated.start(environment, stage, before)
    target = before or _on_aws(environment)
    stage.result = f"account {environment.account_id}, {environment.region}"
    return target


@contextmanager
def reading(environment: Environment, console: Console) -> Iterator[Target]:
    """The target of an environment whose state is only read while inside. Needs no container engine anywhere."""
    with ExitStack() as stack:
        with console.stage(environment.place.title) as stage:
            if environment.place is EMULATED:
                target = stack.enter_context(emulated.reading(environment, stage))
            else:
                target = start(environment, stage)
        yield target


def _on_aws(environment: Environment, profile: str | None = None) -> Target:
    session.refuse_redirected_endpoints(environment)
    aws = Aws(environment, None, {}, profile)
    session.check_account(aws)
    return Target(environment, aws)
