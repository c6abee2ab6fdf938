"""What must be there before anything is begun: credentials, Terraform, an engine that builds for the environment."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator import places
from orchestrator.aws import session
from orchestrator.console import Console
from orchestrator.errors import PrerequisiteMissing
from orchestrator.project.environment import Environment
from orchestrator.system import atomic, childenv, paths, process
from orchestrator.system.childenv import Child
from orchestrator.target import Target
from orchestrator.terraform import runner

# The S3 backend's own lock file (`use_lockfile`) came with 1.10.
OLDEST_TERRAFORM = (1, 10)
_ARCHITECTURES = {"x86_64": "X86_64", "amd64": "X86_64", "aarch64": "ARM64", "arm64": "ARM64"}


@dataclass(frozen=True)
class Checked:
    """What was found. `target` is where credentials were tried, None where there is nothing to try before a start.

    `docker_host` is the engine's DOCKER_HOST, if it needs one.
    """

    target: Target | None
    docker_host: str | None = None


def check(environment: Environment, console: Console) -> Checked:
    """Make sure of all prerequisites, install what may be installed. Raises `PrerequisiteMissing`."""
    return check_engine(check_without_engine(environment), environment, console)


def check_engine(checked: Checked, environment: Environment, console: Console) -> Checked:
    """Make sure of the engine too, once the rest has been checked."""
    from orchestrator.machine import engine

    found = engine.ensure(console)
    check_architecture(environment, found.architecture)
    return replace(checked, docker_host=found.host)


def check_without_engine(environment: Environment) -> Checked:
    """Make sure of credentials and Terraform alone: what a plan needs that builds nothing, or an apply on AWS."""
    if environment.place.checks_credentials:
        session.refuse_redirected_endpoints(environment)
    check_terraform(terraform_version())
    return Checked(places.reach(environment) if environment.place.checks_credentials else None)


def check_architecture(environment: Environment, engine_architecture: str) -> None:
    """Raise `PrerequisiteMissing` if this engine's images would not run in the environment."""
    builds = _ARCHITECTURES.get(engine_architecture, engine_architecture)
    if builds != environment.cpu_architecture:
        raise PrerequisiteMissing(
            f"this machine builds {builds} images, {environment.name} runs {environment.cpu_architecture}",
            reason="An image is built by running parts of it, so it is built on its own architecture.",
            next_step=f"run it on a machine of that architecture (a CI runner), or set cpu_architecture in "
            f"{environment.file.name}",
        )


def check_terraform(version: str) -> None:
    """Raise `PrerequisiteMissing` if that version of Terraform is too old."""
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST_TERRAFORM:
        raise PrerequisiteMissing(
            f"Terraform {version} is too old",
            reason="The S3 backend locks its state without a table from 1.10 on.",
            next_step="install Terraform 1.10 or newer: https://developer.hashicorp.com/terraform/install",
        )


def terraform_version() -> str:
    """Terraform's version, asked once for each binary. Raises `PrerequisiteMissing` if there is none."""
    program = runner.executable()
    told = program.resolve().stat()
    identity = f"{program.resolve()} {told.st_size} {told.st_mtime_ns}"
    memory = paths.cache() / "terraform-version.json"
    try:
        known = json.loads(memory.read_text())
        if known["identity"] == identity:
            return str(known["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not asked yet, or written by another version of this program
    version = ask_terraform(program)
    atomic.write(memory, json.dumps({"identity": identity, "version": version}))
    return version


def ask_terraform(program: Path) -> str:
    """The version that this Terraform tells. Raises `PrerequisiteMissing` if it tells none."""
    told = process.run([program, "version", "-json"], env=childenv.of(Child.TERRAFORM, CHECKPOINT_DISABLE="1"))
    try:
        # Warnings about a missing CLI configuration come before the JSON.
        return str(json.loads(told.stdout[told.stdout.index("{") :])["terraform_version"])
    except (ValueError, KeyError):
        raise PrerequisiteMissing(
            "terraform does not report its version", details=told.tail(5), next_step="install Terraform 1.10 or newer"
        ) from None
