"""One run of an image: how it is restricted, and how it went."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.system import interrupt, paths, plain, process, processes

LABEL, OWNER = "com.storyizer.trial", "com.storyizer.trial.process"
# Of a listing that `left` reads.
FORMAT = f'{{{{.ID}}}} {{{{.Label "{OWNER}"}}}}'
LINES = 40
_POLL_SECONDS = 0.05
# The engine is asked less often than the service: each time is a process.
_LOOKS_SECONDS = 0.4
# An answer that is an error may be the last one before the service is ready.
_ERROR_SECONDS = 2.0


@dataclass(frozen=True)
class Restrictions:
    """What a container may do. Without a change they are those of a task of Amazon ECS."""

    user: str
    read_only: bool = True
    capabilities: bool = False

    def options(self) -> list[str]:
        """For `docker run`."""
        options = ["--security-opt", "no-new-privileges", *(["--user", self.user] if self.user else [])]
        options += ["--read-only"] if self.read_only else []
        return options if self.capabilities else [*options, "--cap-drop", "ALL"]


@dataclass(frozen=True)
class Setup:
    """What is run: the image, its command, its variables, its writable folders, and where it is asked."""

    image: str
    network: str
    command: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    port: int | None = None
    path: str = "/"


@dataclass(frozen=True)
class Outcome:
    """How it went. `error` is the engine's, where the container did not start; `status` is HTTP's, where it answered.

    `exit_code` is None as long as it ran.
    """

    error: str = ""
    status: int | None = None
    exit_code: int | None = None
    output: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        """True if it answers as a load balancer wants it."""
        return self.status is not None and 200 <= self.status < 400

    @property
    def is_running(self) -> bool:
        """True if it was running at the end."""
        return not self.error and self.exit_code is None


def labels() -> list[str]:
    """Options by which a later run finds what this one makes, and sees whether its process still runs."""
    own = processes.identity(os.getpid())
    began = own.began if own else 0
    return ["--label", f"{LABEL}={paths.work_id()}", "--label", f"{OWNER}={os.getpid()}.{began}"]


def left(listing: Sequence[str]) -> list[str]:
    """The ids in a listing of this copy's, by `docker ... --format FORMAT`, whose process does not run any more."""
    found = []
    for line in listing:
        name, _, owner = line.partition(" ")
        pid, _, began = owner.partition(".")
        known = pid.isdigit() and began.isdigit()
        if not known or not processes.is_alive(processes.Identity(int(pid), int(began))):
            found.append(name)
    return found


def run(setup: Setup, restrictions: Restrictions, seconds: float) -> Outcome:
    """Run it until it answers or ends, at most so long. Leaves nothing."""
    name = f"storyizer-trial-{secrets.token_hex(6)}"
    # A folder of a task that is empty at each start is as the image has it: an anonymous volume is the same.
    folders = [word for folder in setup.folders for word in ("--volume", folder)]
    variables = [word for name, value in setup.variables.items() for word in ("--env", f"{name}={value}")]
    try:
        started = process.run(
            ["docker", "run", "--detach", "--name", name, *labels(),
             "--network", setup.network, *restrictions.options(), *folders, *variables, setup.image, *setup.command],
        )  # fmt: skip
        if not started.ok:
            return Outcome(error="\n".join(plain.lines(started.stderr)))
        return _watch(name, setup, time.monotonic(), seconds)
    finally:
        process.run(["docker", "rm", "--force", "--volumes", name], check_interrupt=False, spared=True)


def _watch(name: str, setup: Setup, began: float, seconds: float) -> Outcome:
    status: int | None = None
    looked = answered = 0.0
    address, code = _state(name)
    while code is None and (now := time.monotonic() - began) < seconds:
        interrupt.check("trying an image")
        if setup.port is not None and address:
            status = _ask(address, setup.port, setup.path)
            if status:
                # Its own answer only if it still runs: the address of one that has ended may be another's by now.
                address, code = _state(name)
                if code is not None:
                    status = None
                    break
            answered = answered or (now if status else 0.0)
            if status and (status < 500 or now - answered > _ERROR_SECONDS):
                break
        if now - looked > _LOOKS_SECONDS:
            address, code = _state(name)
            looked = now
        time.sleep(_POLL_SECONDS)
    said = process.run(["docker", "logs", "--tail", str(LINES), name])
    lines = plain.lines(said.stdout) + plain.lines(said.stderr)
    return Outcome("", status, code, tuple(lines[-LINES:]), time.monotonic() - began)


def _state(name: str) -> tuple[str, int | None]:
    """The container's address, and its exit code once it has ended."""
    done = process.run(["docker", "inspect", "--format", "{{json .}}", name])
    found = json.loads(done.stdout) if done.ok else {}
    state = found.get("State", {})
    networks = found.get("NetworkSettings", {}).get("Networks", {})
    address = next((str(item.get("IPAddress") or "") for item in networks.values()), "")
    return address, None if state.get("Running") else int(state.get("ExitCode", 0))


def _ask(address: str, port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection(address, port, timeout=1.0)
    try:
        connection.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
