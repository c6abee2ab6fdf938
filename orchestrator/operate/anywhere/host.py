"""Whether AWS's agents can be installed on this machine, and whether it can run an environment's tasks."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.project.environment import Environment
from orchestrator.system import process

# By the ID of /etc/os-release, with the versions, or of those with points their first part; none for a rolling release.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html
SUPPORTED: Mapping[str, tuple[str, ...]] = {
    "amzn": ("2", "2023"), "centos": ("9",), "debian": ("10", "11", "12"), "fedora": ("32", "33", "40"),
    "opensuse-tumbleweed": (), "rhel": ("7", "8", "9"), "sles": ("15",), "ubuntu": ("18", "20", "22", "24"),
}  # fmt: skip
RHEL = "rhel"
# https://www.freedesktop.org/software/systemd/man/sd_booted.html
_SYSTEMD = Path("/run/systemd/system")
_ARCHITECTURES = {"x86_64": "X86_64", "amd64": "X86_64", "aarch64": "ARM64", "arm64": "ARM64"}


@dataclass(frozen=True)
class Host:
    """What counts of a machine: its system as /etc/os-release names it, its architecture in Amazon ECS's words."""

    system: str
    version: str
    architecture: str
    is_root: bool
    has_systemd: bool
    has_docker: bool

    @classmethod
    def found(cls) -> Host:
        """This machine."""
        try:
            release = platform.freedesktop_os_release()
        except OSError:
            release = {}
        machine = platform.machine()
        return cls(
            system=release.get("ID", ""),
            version=release.get("VERSION_ID", ""),
            architecture=_ARCHITECTURES.get(machine.lower(), machine),
            is_root=os.geteuid() == 0,
            has_systemd=_SYSTEMD.is_dir(),
            has_docker=process.which("docker") is not None,
        )


def refuse(host: Host, environment: Environment) -> None:
    """Raise `Failure` for a machine that cannot register. Decides only."""
    refused = refusal(host, environment.name, environment.cpu_architecture)
    if refused is not None:
        raise refused


def refusal(host: Host, environment: str, cpu_architecture: str) -> Failure | None:
    """The failure for a machine that cannot register, None for one that can. Decides only."""
    again = f"python3 orchestrate.py anywhere register {environment}"
    if not _is_supported(host):
        return PrerequisiteMissing(
            f"AWS does not support {_name(host)} for ECS Anywhere",
            reason=f"Supported are {_listed()}.",
            next_step=f"use another machine; to try this one all the same, run the command that\n{again}   prints",
        )
    if host.architecture != cpu_architecture:
        return Failure(
            f"this machine is {host.architecture}, and the tasks of {environment} are {cpu_architecture}",
            reason="ECS would place none of them here.",
            next_step=f"use a machine of that architecture, or change cpu_architecture of {environment} and deploy",
        )
    if not host.has_systemd:
        return PrerequisiteMissing(
            "this machine was not started by systemd",
            reason="AWS's agents are services of systemd. A container or a WSL without systemd does not have it.",
            next_step="use a machine, real or virtual, that systemd has started",
        )
    if host.system == RHEL and not host.has_docker:
        return PrerequisiteMissing(
            "Docker is not installed",
            reason="AWS's script installs it elsewhere, but not on RHEL.",
            next_step="install Docker, then run the same command again",
        )
    if not host.is_root:
        return PrerequisiteMissing(
            "only root can register this machine",
            reason="Packages are installed, and services of systemd are started.",
            next_step=f"sudo -E {again} --run   (-E keeps the shell's AWS_* variables)",
        )
    return None


def _is_supported(host: Host) -> bool:
    versions = SUPPORTED.get(host.system)
    return versions is not None and (not versions or host.version.partition(".")[0] in versions)


def _name(host: Host) -> str:
    return f"{host.system} {host.version}".strip() or "a system without /etc/os-release"


def _listed() -> str:
    return ", ".join(f"{name} {'/'.join(versions)}".strip() for name, versions in SUPPORTED.items())
