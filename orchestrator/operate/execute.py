"""`exec`: a command, or a shell, inside a task of a service."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.aws import refusals
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.machine import engine
from orchestrator.operate import inside, meant, session_manager
from orchestrator.proof import rollout, stops
from orchestrator.target import Target


def execute(
    target: Target, service: str, command: Sequence[str], console: Console, *, task: str | None, debug: bool
) -> int:
    """Run the command in the service's task; its exit code. `debug`: in a container beside it. Raises `Failure`."""
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
    if target.containers is None:
        return session_manager.run(target, chosen, service, command, console)
    engine.ensure(console)
    runtime = str(container.get("runtimeId") or "")
    if debug:
        console.say(f"its processes are below /proc, its files below /proc/1/root; 127.0.0.1 is that of {service}")
        code = inside.run_beside(runtime, command, console)
    else:
        code = inside.run(runtime, service, command, environment.name)
    if not inside.is_running(runtime):
        how = meant.ended(target, chosen) or f"Task {stops.short_id(chosen)} has no container any more."
        raise meant.task_ended(service, environment.name, how)
    if code in inside.NOT_STARTED and command and not debug:
        console.say(
            f"exit code {code}: {command[0]} is not in the image, or cannot be run there. "
            f"`exec {service} {environment.name} --debug -- COMMAND` runs the command beside it, with tools"
        )
    return code


def no_debug(service: str, environment: str) -> Failure:
    """On AWS nothing can be put beside a container that runs."""
    return Failure(
        f"--debug is for the local environment, and {environment} is on AWS",
        reason="ECS adds no container to a task that runs.",
        next_step=f"reproduce it locally: python3 orchestrate.py exec {service} --debug",
        exit_code=ExitCode.USAGE,
    )
