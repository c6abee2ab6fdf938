"""What has to happen for a container engine to answer on a machine, decided on what the machine has."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DEFAULT_HOST = "unix:///var/run/docker.sock"


class Way(Enum):
    """What has to happen for an engine to answer."""

    NOTHING = "nothing"
    START = "start"
    START_SERVICE = "start service"
    INSTALL = "install"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class Situation:
    """What this machine has, as far as an engine is concerned."""

    answers: bool
    refusal: str
    """What the client said when the engine did not answer."""
    host: str
    has_client: bool
    has_daemon: bool
    has_apt: bool
    has_systemd: bool
    is_root: bool
    user: str


@dataclass(frozen=True)
class Decision:
    """The way to an engine, in words for the person, and the next step where there is no way."""

    way: Way
    explanation: str
    next_step: str = ""


def decide(machine: Situation) -> Decision:
    """What `ensure` does on such a machine."""
    if machine.answers:
        return Decision(Way.NOTHING, "the container engine answers")
    if machine.host != DEFAULT_HOST:
        return Decision(
            Way.IMPOSSIBLE,
            f"the container engine at {machine.host} does not answer, and DOCKER_HOST or the docker context names it",
            "start that engine, or run this again without it: "
            "env -u DOCKER_HOST DOCKER_CONTEXT=default python3 orchestrate.py up",
        )
    if "permission denied while trying to connect" in machine.refusal:
        return Decision(
            Way.IMPOSSIBLE,
            f"the container engine runs, but the user {machine.user} may not use it",
            f"sudo usermod -aG docker {machine.user}   (then log in again)",
        )
    if machine.has_daemon and machine.has_client:
        return _decide_start(machine)
    what = "no container engine is installed" if not machine.has_daemon else "the docker client is missing"
    if machine.is_root and machine.has_apt:
        return Decision(Way.INSTALL, f"{what}: docker.io is installed with apt-get")
    if machine.has_apt:
        return Decision(
            Way.IMPOSSIBLE,
            f"{what}, and the user {machine.user} may not install one",
            f"sudo apt-get install docker.io && sudo usermod -aG docker {machine.user}   (then log in again)",
        )
    return Decision(Way.IMPOSSIBLE, what, "install Docker Engine: https://docs.docker.com/engine/install/")


def _decide_start(machine: Situation) -> Decision:
    if machine.has_systemd:
        if machine.is_root:
            return Decision(Way.START_SERVICE, "the container engine is not running: systemctl starts it")
        return Decision(
            Way.IMPOSSIBLE,
            f"the container engine is not running, and the user {machine.user} may not start it",
            "sudo systemctl start docker",
        )
    if machine.is_root:
        return Decision(Way.START, "the container engine is not running: dockerd is started in the background")
    return Decision(
        Way.IMPOSSIBLE,
        f"the container engine is not running, and the user {machine.user} may not start it",
        "sudo sh -c 'dockerd > /var/log/dockerd.log 2>&1 &'",
    )
