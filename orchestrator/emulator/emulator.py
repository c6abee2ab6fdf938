"""The emulated AWS of this copy: started, found again, stopped with its state kept, destroyed."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.console import Stage
from orchestrator.emulator import emulator_process, kept
from orchestrator.emulator.emulator_process import REGION
from orchestrator.emulator.server import reloadable, room
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.machine import engine, toolenv
from orchestrator.system import childenv, interrupt, net, paths, process, processes

__all__ = ["REGION", "Emulator", "Ports"]

REQUIREMENTS = Path(__file__).parent / "emulator-requirements.txt"
PORT_SECONDS = 1.0
# What the engine is already removing, for the emulator that has just ended, it refuses to remove; that takes a while.
REMOVAL_SECONDS = 20.0


@dataclass(frozen=True)
class Ports:
    """The two ports of this copy on 127.0.0.1."""

    api: int
    balancer: int


@dataclass(frozen=True)
class Emulator:
    """An emulator of this copy that answers."""

    endpoint: str
    balancer_port: int
    pid: int
    started: bool
    """True if it was this call that started it."""

    def revision(self) -> str:
        """Names what is configured in it now; empty if it does not answer any more."""
        return emulator_process.revision(int(self.endpoint.rpartition(":")[2]))


def ports() -> Ports:
    """This copy's ports: STORYIZER_PORT and the next if it is set, else two that follow from where the copy lies."""
    wanted = os.environ.get("STORYIZER_PORT", "")
    if not wanted:
        api = 20000 + 2 * (int(paths.work_id(), 16) % 6000)
        return Ports(api, api + 1)
    if not (wanted.isascii() and wanted.isdigit() and 1024 <= int(wanted) <= 65534):
        raise PrerequisiteMissing(
            f"STORYIZER_PORT is {wanted!r}",
            reason="It must be a number from 1024 to 65534; that port and the next one are used.",
            next_step="STORYIZER_PORT=24000 python3 orchestrate.py up",
        )
    return Ports(int(wanted), int(wanted) + 1)


def environment() -> dict[str, str]:
    """What a program needs in its environment to talk to the emulator, and nothing of a person's for the real AWS."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports().api}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **childenv.without_proxy(),
    }


def ensure_installed(say: Callable[[str], None] | None = None) -> Path:
    """The Python of the emulator's own virtual environment, made on first use. Raises `PrerequisiteMissing`."""
    try:
        return toolenv.ensure("emulator", REQUIREMENTS, say=say) / "python"
    except toolenv.ToolEnvError as error:
        interrupt.check("the emulator's installation")  # Ctrl-C ends pip too, which then counts as failed
        raise PrerequisiteMissing(
            "the emulator cannot be installed", reason=str(error), next_step=error.next_step
        ) from error


def is_installed() -> bool:
    """True when `ensure_installed` has nothing to do."""
    folder = paths.cache() / "tools" / f"emulator-{toolenv.fingerprint(REQUIREMENTS)}"
    return toolenv.is_ready(folder, REQUIREMENTS)


def running() -> Emulator | None:
    """This copy's emulator if it answers, whatever its ports."""
    found = emulator_process.recorded()
    return _described(found, started=False) if found is not None and found.answers() else None


def start(stage: Stage) -> Emulator:
    """This copy's emulator, started if it does not run, with the state that the last one kept.

    Raises `PrerequisiteMissing` when a port is taken, `Failure` with its log's last lines when it does not come up.
    """
    wanted = ports()
    python = ensure_installed(stage.event)
    with _locked():
        found = emulator_process.recorded()
        if found is not None and found.api == wanted.api and found.answers():
            if found.is_current():
                emulator_process.record(found)
                return _described(found, started=False)
            stage.event("it runs an older version of this project: it is started again, and its tasks with it")
        # One that runs on other ports or another version, or does not answer, makes room.
        emulator_process.end(stage)
        emulator_process.end_reader()
        check_free(wanted)
        remove_task_containers()
        _remove_own("volume")
        for leftover in emulator_process.folder().glob("state.*"):
            shutil.rmtree(leftover, ignore_errors=True)
        kept.check(emulator_process.folder() / "state", stage.event)
        reloadable.forget(emulator_process.folder())
        return _described(emulator_process.launch(python, wanted.api, wanted.balancer, stage), started=True)


@dataclass(frozen=True)
class Stopped:
    """What there was to stop."""

    was_running: bool
    containers: int
    """Those that the emulator has not removed by itself: of one that was killed, all."""

    def __bool__(self) -> bool:
        return self.was_running


def stop(stage: Stage) -> Stopped:
    """End this copy's emulator with its state written; its tasks' containers end with it.

    Raises `Failure`, with everything left as it is, where there is no room to write the state that is to be kept.
    """
    with _locked():
        if emulator_process.recorded() is not None:
            _check_room()
            stage.event("waiting until the emulated AWS has ended its tasks and written its state")
        existed = emulator_process.end(stage)
        return Stopped(existed, _remove_from_engine(stage))


def destroy(stage: Stage) -> None:
    """End it at once, with no state written that would be removed a moment later, and remove everything of it."""
    with _locked():
        stage.note("ending the emulated AWS")
        emulator_process.kill()
        emulator_process.end_reader()
        _remove_from_engine(stage)
        shutil.rmtree(emulator_process.folder(), ignore_errors=True)
        # A container that the engine was asked for at the very end may only be there now.
        if task_containers():
            _remove_from_engine(stage)
    (paths.WORK / "emulator.lock").unlink(missing_ok=True)


def _remove_from_engine(stage: Stage) -> int:
    """Remove this copy's containers, then the networks and volumes that they used; how many containers there were."""
    containers = remove_task_containers(stage.event)
    stage.note("removing its networks and volumes from the engine")
    _remove_own("network")
    _remove_own("volume")
    return containers


def running_containers() -> list[str]:
    """Ids of the containers that run on the engine."""
    listed = process.run(["docker", "ps", "--no-trunc", "--quiet"], check_interrupt=False)
    return listed.stdout.split()


def _check_room() -> None:
    why = room.lacking(emulator_process.folder() / "state")
    if why:
        raise Failure(
            "the emulated AWS is not stopped: it could not keep what was saved",
            reason=f"There is {why}.",
            next_step="free disk space, then run the same command again",
        )


def why_not_started(reason: str) -> str:
    """The engine's own reason where the emulator tells only that its second attempt met the first one's container."""
    met = re.search(r'already in use by container \\?"([0-9a-f]{64})', reason)
    if met is None:
        return ""
    asked = process.run(["docker", "inspect", "--format", "{{.State.Error}}", met[1]], check_interrupt=False)
    return asked.stdout.strip() if asked.ok else ""


def task_containers() -> list[str]:
    """Ids of all containers of this copy's tasks, running or not."""
    if engine.find() is None:
        return []
    listed = process.run(
        ["docker", "ps", "--all", "--no-trunc", "--filter", "label=ministack.instance",
         "--format", '{{.ID}} {{.Label "ministack.instance"}}'],
        check_interrupt=False,
    )  # fmt: skip
    pairs = (line.split(" ", 1) for line in listed.stdout.splitlines() if " " in line)
    return [container for container, instance in pairs if instance.startswith(f"{emulator_process.instance()}:")]


def remove_task_containers(say: Callable[[str], None] | None = None) -> int:
    """Remove this copy's task containers, which a killed emulator leaves behind; how many there were.

    `say` is told what is waited for. Looks again until there is none: the engine may still be making one that the
    emulator has asked for.
    """
    seen: set[str] = set()
    until = time.monotonic() + REMOVAL_SECONDS
    while containers := task_containers():
        if say is not None and not seen:
            say(f"waiting for the engine to remove its tasks' containers ({len(containers)})")
        seen.update(containers)
        removed = process.run(["docker", "rm", "--force", "--volumes", *containers], check_interrupt=False)
        if time.monotonic() > until:
            break
        if not removed.ok:
            time.sleep(0.2)
    return len(seen)


def _remove_own(kind: str) -> None:
    """Remove this copy's networks, which hold the addresses of Service Connect names, or its tasks' volumes.

    Nothing uses them once the tasks' containers are gone.
    """
    if engine.find() is None:
        return
    name = {"network": "ID", "volume": "Name"}[kind]
    listed = process.run(
        ["docker", kind, "ls", "--filter", "label=ministack.instance",
         "--format", f'{{{{.{name}}}}} {{{{.Label "ministack.instance"}}}}'],
        check_interrupt=False,
    )  # fmt: skip
    pairs = (line.split(" ", 1) for line in listed.stdout.splitlines() if " " in line)
    own = [found for found, instance in pairs if instance.startswith(f"{emulator_process.instance()}:")]
    if own:
        process.run(["docker", kind, "rm", *own], check_interrupt=False)


def _described(found: emulator_process.Running, *, started: bool) -> Emulator:
    return Emulator(f"http://127.0.0.1:{found.api}", found.balancer, found.pid, started)


def check_free(wanted: Ports) -> None:
    """Raise `PrerequisiteMissing` if another program listens on one of the ports."""
    for port in (wanted.api, wanted.balancer):
        # A program that is just being ended may hold its port for another moment.
        until = time.monotonic() + PORT_SECONDS
        while (taken := net.can_connect("127.0.0.1", port)) and time.monotonic() < until:
            interrupt.sleep(0.1, "looking for a free port")
        if taken:
            pid = processes.listener(port)
            holder = f"{processes.name(pid)} (process {pid})" if pid else "Another program"
            end = "end that program"
            if pid and (checkout := emulator_process.keeper(pid)) is not None:
                holder = f"The emulated AWS of another checkout (process {pid}, {checkout})"
                end = f"stop that one (python3 {shlex.quote(str(checkout / 'orchestrate.py'))} stop)"
            raise PrerequisiteMissing(
                f"port {port} is taken",
                reason=f"{holder} listens on it.",
                next_step=f"{end}, or choose other ports: STORYIZER_PORT={other_port(wanted.api)} "
                "python3 orchestrate.py up",
            )


def other_port(port: int) -> int:
    """A port to try instead: a hundred further, inside what `ports` accepts."""
    return port + 100 if port + 100 <= 65534 else port - 1000


@contextmanager
def _locked() -> Iterator[None]:
    paths.WORK.mkdir(parents=True, exist_ok=True)
    with (paths.WORK / "emulator.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
