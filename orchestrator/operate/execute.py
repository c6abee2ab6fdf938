"""`exec`: a command, or a shell, inside a task of a service."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.aws import refusals
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.machine import engine
from orchestrator.operate import inside, meant, session_manager
from orchestrator.proof import rollout, stops
from orchestrator.system import interrupt
from orchestrator.target import Target

# The exit code of what was killed, as the engine gives it, and how long its container is looked at after that.
_KILLED = 137
_AFTER_SECONDS, _AGAIN_SECONDS = 10.0, 0.2


@dataclass(frozen=True)
class Executed:
    """A command that was run: in which task, by its id, and its exit code."""

    task: str
    exit_code: int


def execute(
    target: Target, service: str, command: Sequence[str], console: Console, *, task: str | None, debug: bool
) -> Executed:
    """Run the command in the service's task. `debug`: in a container beside it. Raises `Failure`."""
    environment = target.environment
    with refusals.explained(
        f"the tasks of {service} cannot be looked up", next_step="python3 orchestrate.py doctor " + environment.name
    ):
        described = meant.service(target, service)
        found = meant.tasks(target, service)
    chosen = meant.choose(found, service, task, environment.name)
    if target.containers is None:
        if debug:
            raise no_debug(service, environment.name)
        session_manager.check(described, chosen, service, environment.name, environment.file.name)
    container = rollout.container_of(chosen, service)
    others = f" (of {len(found)} that run; --task ID chooses another)" if len(found) > 1 else ""
    console.say(f"task {stops.short_id(chosen)} of {service}, container {container.get('name', service)}{others}")
    name = stops.task_id(chosen)
    if target.containers is None:
        return Executed(name, session_manager.run(target, chosen, service, command, console))
    engine.ensure(console)
    runtime = str(container.get("runtimeId") or "")
    if debug:
        console.say(f"its processes are below /proc, its files below /proc/1/root; 127.0.0.1 is that of {service}")
        code = inside.run_beside(runtime, command, console)
    else:
        code = inside.run(runtime, service, command, environment.name)
    if _has_ended(runtime, code):
        how = meant.ended(target, chosen) or f"Task {stops.short_id(chosen)} has no container any more."
        raise meant.task_ended(service, environment.name, how)
    if code in inside.NOT_STARTED and command and not debug:
        console.say(
            f"exit code {code}: {command[0]} is not in the image, or cannot be run there. "
            f"`exec {service} {environment.name} --debug -- COMMAND` runs the command beside it, with tools"
        )
    return Executed(name, code)


def _has_ended(container: str, code: int) -> bool:
    """True if the container has ended. What runs in it is killed first: the engine may say so a moment before."""
    until = time.monotonic() + (_AFTER_SECONDS if code == _KILLED else 0.0)
    while inside.is_running(container):
        if time.monotonic() >= until:
            return False
        interrupt.sleep(_AGAIN_SECONDS, "looking whether the task has ended")
    return True


def no_debug(service: str, environment: str) -> Failure:
    """On AWS nothing can be put beside a container that runs."""
    return Failure(
        f"--debug is for the local environment, and {environment} is on AWS",
        reason="ECS adds no container to a task that runs.",
        next_step=f"reproduce it locally: python3 orchestrate.py exec {service} --debug",
        exit_code=ExitCode.USAGE,
    )
