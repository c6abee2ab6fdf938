"""A command inside a task that runs on this machine: through the engine, or beside it with tools of its own."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.machine import base_image
from orchestrator.system import interrupt, paths, process, processes

SHELLS = ("bash", "sh")
# That of the base image, with which services are built.
TOOLS_SHELL = "sh"
# An engine's own exit codes for a program that the image lacks, or that cannot be run.
NOT_STARTED = (126, 127)
# The label of a container that is beside a task for as long as somebody looks at it.
LABEL = "com.storyizer.debug"
_TOKEN = "STORYIZER_EXEC"
_LOOK_SECONDS = 20.0


@dataclass(frozen=True)
class Terminal:
    """What the person sits at: `there` if both input and output are a terminal; its kind, as TERM names it."""

    there: bool
    kind: str = "xterm"

    @classmethod
    def found(cls) -> Terminal:
        """This process's."""
        return cls(sys.stdin.isatty() and sys.stdout.isatty(), os.environ.get("TERM") or "xterm")

    def flags(self) -> list[str]:
        """The engine's options: input always, a terminal where there is one."""
        return ["--interactive", "--tty", "--env", f"TERM={self.kind}"] if self.there else ["--interactive"]


def in_container(container: str, command: Sequence[str], terminal: Terminal, token: str) -> list[str]:
    """The engine's command line for a command in a container; what it starts is recognised by `token`."""
    return ["docker", "exec", *terminal.flags(), "--env", f"{_TOKEN}={token}", container, *command]


def beside_container(container: str, image: str, command: Sequence[str], terminal: Terminal, copy: str) -> list[str]:
    """The same for a container from `image` that shares the other's network and processes, and may see its files.

    Those are below /proc/1/root, which the kernel shows to root with the right to trace.
    """
    return [
        "docker", "run", "--rm", "--pull", "never", *terminal.flags(), "--pid", f"container:{container}",
        "--network", f"container:{container}", "--user", "0:0", "--cap-add", "SYS_PTRACE",
        "--label", f"{LABEL}={copy}", "--workdir", "/", "--entrypoint", command[0], image, *command[1:],
    ]  # fmt: skip


def run(container: str, service: str, command: Sequence[str], environment: str) -> int:
    """Run the command in the container, a shell if it is empty; its exit code. Raises `Failure`."""
    chosen = list(command) or [shell(container, service, environment)]
    token = secrets.token_hex(8)
    code = process.attached(in_container(container, chosen, Terminal.found(), token))
    if interrupt.requested():
        raise interrupted(_end(container, token))
    return code


def run_beside(container: str, command: Sequence[str], console: Console) -> int:
    """Run the command, a shell if it is empty, in a container with tools beside the other; its exit code."""
    with console.stage("debug container") as stage:
        image = base_image.choose(console, stage).reference
    chosen = list(command) or [TOOLS_SHELL]
    code = process.attached(beside_container(container, image, chosen, Terminal.found(), paths.work_id()))
    if interrupt.requested():
        raise interrupted(True)
    return code


def shell(container: str, service: str, environment: str) -> str:
    """The best shell in the container. Raises `Failure` if it has none."""
    for name in SHELLS:
        if process.run(["docker", "exec", container, name, "-c", ":"], timeout_seconds=_LOOK_SECONDS).ok:
            return name
    if not is_running(container):
        raise Failure(
            f"the task of {service} ended before a session could be opened in it",
            next_step=f"python3 orchestrate.py logs {service} {environment}",
        )
    raise no_shell(service, environment)


def no_shell(service: str, environment: str) -> Failure:
    """The failure for an image in which there is no shell, with what can be done instead."""
    return Failure(
        f"the image of {service} has no shell",
        reason="It holds what the service needs and nothing else.",
        next_step=f"run a program that is in it: python3 orchestrate.py exec {service} {environment} -- python3\n"
        f"or open a shell beside it:  python3 orchestrate.py exec {service} {environment} --debug",
    )


def no_shell_on_aws(service: str, environment: str, said: Sequence[str]) -> Failure:
    """The same on AWS, where a running task takes no further container; `said` is what the session has printed."""
    return Failure(
        f"no shell could be started in the task of {service}",
        reason="The image has none, or the session was refused. It printed:" if said else "The image has none.",
        details=said,
        next_step=f"run a program that is in it: python3 orchestrate.py exec {service} {environment} -- python3",
    )


def is_running(container: str) -> bool:
    """True if the engine runs that container."""
    asked = process.run(
        ["docker", "inspect", "--format", "{{.State.Running}}", container], timeout_seconds=_LOOK_SECONDS,
        check_interrupt=False, spared=True,
    )  # fmt: skip
    return asked.ok and asked.stdout.strip() == "true"


def interrupted(ended: bool) -> Failure:
    """The failure after Ctrl-C; `ended` if nothing of the command is left."""
    return Failure(
        "interrupted",
        reason="The command was ended." if ended else "The command may still run in the container.",
        next_step="" if ended else "look for it with `exec SERVICE --debug -- ls /proc`; it ends with the task",
        exit_code=ExitCode.INTERRUPTED,
    )


def _end(container: str, token: str) -> bool:
    """End what an interrupted `docker exec` leaves running in the container. False where that cannot be known."""
    listed = _processes(container)
    if listed is None:
        return False
    unseen = set()
    for pid in listed:
        found = processes.environment(pid)
        if found is None:
            unseen.add(pid)
        elif found.get(_TOKEN) == token:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGTERM)
    if not unseen:
        return True
    # Another user's, or of an engine on another machine; or it has ended meanwhile, as a health check does.
    listed = _processes(container)
    return listed is not None and unseen.isdisjoint(listed)


def _processes(container: str) -> set[int] | None:
    """The ids of the processes in the container as the engine's machine has them, None if it does not say."""
    # Spared: Ctrl-C, which has come already, is not for this one.
    listed = process.run(
        ["docker", "top", container, "-eo", "pid"], timeout_seconds=_LOOK_SECONDS, check_interrupt=False, spared=True
    )
    return {int(word) for word in listed.stdout.split() if word.isdigit()} if listed.ok else None
