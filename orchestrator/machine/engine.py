"""The container engine: found if it answers, started or installed if this machine lets us, said so either way."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from orchestrator.console import Console
from orchestrator.errors import PrerequisiteMissing
from orchestrator.machine import apt
from orchestrator.machine.daemon import Daemon
from orchestrator.machine.engine_plan import DEFAULT_HOST, Decision, Situation, Way, decide
from orchestrator.system import process

__all__ = ["DEFAULT_HOST", "Decision", "Engine", "Way"]

# A busy machine's takes its time, and is not to be replaced.
ASK_SECONDS = 30.0
DEFAULT_CONTEXT = "default"


@dataclass(frozen=True)
class Engine:
    """An engine that answers."""

    version: str
    storage_driver: str
    architecture: str
    """As the kernel names it: x86_64, aarch64."""
    host: str
    """Where the client reaches it: `unix:///var/run/docker.sock`, `tcp://...`."""
    data_root: str
    has_proxy_or_mirror: bool
    """True when the engine reaches registries by a way of its own, which a look from this host cannot judge."""


def find() -> Engine | None:
    """The engine that answers to this process (DOCKER_HOST and the docker context are honoured), or None."""
    return _ask()[0]


def plan() -> Decision:
    """What `ensure` would do on this machine. Changes nothing."""
    return decide(_look())


def ensure(console: Console, daemon: Daemon | None = None) -> Engine:
    """An engine that answers, started or installed if need be, each step announced.

    Raises `PrerequisiteMissing` with the next step where this process may not do what is needed, `Failure` when the
    engine does not come up. Two calls at once on one machine are safe: the second waits for the first.
    """
    daemon = daemon or Daemon()
    _use(daemon.folder)
    found = find()
    if found is not None:
        return found
    decision = plan()
    if decision.way is Way.IMPOSSIBLE:
        raise PrerequisiteMissing(
            "no container engine", reason=f"{_sentence(decision.explanation)}", next_step=decision.next_step
        )
    with _locked(daemon.folder):
        # As many rounds as there are steps: installing leaves an engine to start.
        for _ in range(3):
            found, refusal = _ask()
            if found is not None:
                return found
            decision = plan()
            if decision.way is Way.INSTALL:
                apt.install(["docker.io", "iptables"], console.say, decision.explanation.split(":")[0])
                if process.which("docker") is None:
                    apt.install(["docker-cli"], console.say, "in this release the client is a package of its own")
                daemon.adopt()
            elif decision.way is Way.START_SERVICE:
                _start_service(console)
            elif decision.way is Way.START:
                console.say(f"starting the container engine (dockerd, log in {daemon.log})")
                daemon.start(lambda: _ask()[0] is not None)
            else:
                break
    found, refusal = _ask()
    if found is not None:
        return found
    raise PrerequisiteMissing(
        "no container engine",
        reason=_sentence(decision.explanation),
        details=refusal.splitlines()[-3:],
        next_step=decision.next_step or "docker info",
    )


def stop_if_ours(console: Console, daemon: Daemon | None = None) -> bool:
    """End the engine that `ensure` started, unless containers run on it. True when it was ended.

    An engine that somebody else started, or that systemd looks after, is left alone.
    """
    daemon = daemon or Daemon()
    with _locked(daemon.folder):
        if daemon.running_pid() is None:
            daemon.forget()
            return False
        running = process.run(["docker", "ps", "--quiet"], timeout_seconds=ASK_SECONDS)
        if not running.ok:
            return False
        count = len(running.stdout.split())
        if count:
            console.say(f"the container engine keeps running: {count} other containers run on it")
            return False
        with _used_by_nobody_else(daemon.folder) as alone:
            if not alone:
                console.say("the container engine keeps running: another run uses it")
                return False
            console.say("stopping the container engine that was started for this project")
            daemon.stop()
    return True


def _ask() -> tuple[Engine | None, str]:
    """The engine that answers, or None and what the client said."""
    if process.which("docker") is None:
        return None, "docker: command not found"
    asked = process.run(["docker", "info", "--format", "{{json .}}"], timeout_seconds=ASK_SECONDS)
    try:
        answer = json.loads(asked.stdout or "{}")
    except json.JSONDecodeError:
        answer = {}
    if not answer.get("ServerVersion"):
        # The client exits with 0 here and puts its errors into the answer; some versions print them instead.
        refusal = "\n".join(answer.get("ServerErrors") or []) or asked.stderr.strip()
        return None, refusal or f"no answer within {ASK_SECONDS:.0f} seconds"
    mirrors = ((answer.get("RegistryConfig") or {}).get("Mirrors")) or []
    return (
        Engine(
            version=answer["ServerVersion"],
            storage_driver=answer.get("Driver", ""),
            architecture=answer.get("Architecture", ""),
            host=client_host(str((answer.get("ClientInfo") or {}).get("Context", ""))),
            data_root=answer.get("DockerRootDir", ""),
            has_proxy_or_mirror=bool(mirrors or answer.get("HttpProxy") or answer.get("HttpsProxy")),
        ),
        "",
    )


def client_host(context: str = "") -> str:
    """Where the docker client looks for the engine; `context` is the one that it uses, where that is known already."""
    if os.environ.get("DOCKER_HOST"):
        return os.environ["DOCKER_HOST"]
    if context == DEFAULT_CONTEXT:
        return DEFAULT_HOST  # that context cannot be changed
    if process.which("docker") is not None:
        asked = process.run(
            ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], timeout_seconds=ASK_SECONDS
        )
        if asked.ok and asked.stdout.strip():
            return asked.stdout.strip()
    return DEFAULT_HOST


def _look() -> Situation:
    found, refusal = _ask()
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.geteuid())
    return Situation(
        answers=found is not None,
        refusal=refusal,
        host=client_host(),
        has_client=process.which("docker") is not None,
        has_daemon=process.which("dockerd") is not None,
        has_apt=process.which("apt-get") is not None,
        has_systemd=Path("/run/systemd/system").is_dir(),
        is_root=os.geteuid() == 0,
        user=user,
    )


def _start_service(console: Console) -> None:
    console.say("starting the container engine (systemctl start docker)")
    done = process.run(["systemctl", "start", "docker"])
    if not done.ok:
        raise PrerequisiteMissing(
            "the container engine does not start",
            reason="`systemctl start docker` failed",
            details=done.tail(5),
            next_step="journalctl --unit docker --lines 50",
        )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


# Runs that use the engine share this lock until they end: none stops it under another that has no container yet.
_users: dict[Path, IO[str]] = {}


def _use(folder: Path) -> None:
    if folder not in _users:
        folder.mkdir(parents=True, exist_ok=True)
        _users[folder] = (folder / "users").open("w")
        fcntl.flock(_users[folder], fcntl.LOCK_SH)


@contextmanager
def _used_by_nobody_else(folder: Path) -> Iterator[bool]:
    if folder in _users:
        _users.pop(folder).close()
    with (folder / "users").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
