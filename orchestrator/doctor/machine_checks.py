"""What this machine has and lacks, and what gets it. Touches nothing, and needs nothing but the standard library."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from orchestrator.doctor.check import Check
from orchestrator.emulator import emulator
from orchestrator.errors import Failure
from orchestrator.machine import apt, base_image, engine, providers, toolenv
from orchestrator.project.environment import Environment
from orchestrator.system import childenv, net, paths, process, processes, tempfolder
from orchestrator.system.childenv import Child

# Summed from the measured sizes of the parts, with room for a few versions of each service's image.
DISK_GB = 4.0
MEMORY_GB = 2.0
# As preflight wants it, which needs more than the standard library.
OLDEST_TERRAFORM = (1, 10)
TERRAFORM_ADVICE = "install Terraform 1.10 or newer: https://developer.hashicorp.com/terraform/install"


def checks(environment: Environment) -> list[Check]:
    """All checks, in the order in which `up` needs them. Takes a few seconds, most of them waiting for the network."""
    here = environment.place.runs_tasks_here
    looks: list[Callable[[], Check]] = [
        python, virtual_environment, terraform, provider, container_engine, base,
        package_index if here else package_index_of_images, temporary_files, disk, just, git,
    ]  # fmt: skip
    if here:
        looks = [system, *looks, ports, memory]
    else:
        from orchestrator.doctor import aws_checks

        looks = [*looks, *aws_checks.looks(environment)]
    with ThreadPoolExecutor(max_workers=len(looks)) as pool:
        return list(pool.map(lambda look: look(), looks))


def system() -> Check:
    """The operating system: containers' addresses must be reachable from this machine."""
    name = f"{platform.system()} {platform.machine()}"
    if platform.system() == "Linux":
        return Check("system", "ok", name)
    return Check(
        "system", "missing", f"{name}: the local environment needs Linux",
        "use Linux or WSL2; AWS environments work from here",
    )  # fmt: skip


def python() -> Check:
    """The Python that runs this."""
    found = platform.python_version_tuple()
    if tuple(int(part) for part in found[:2]) >= (3, 11):
        return Check("python", "ok", ".".join(found))
    return Check("python", "missing", f"{'.'.join(found)}: too old", "install Python 3.11 or newer")


def virtual_environment() -> Check:
    """The packages that every command but this one needs."""
    name, folder = ".venv", paths.ROOT / ".venv"
    locks = (paths.ROOT / file for file in ("requirements.txt", "requirements-test.txt"))
    if any(toolenv.is_ready(folder, lock) for lock in locks):
        return Check(name, "ok", "ready")
    if toolenv.has_ensurepip():
        return Check(name, "warning", "not made yet", "the first other command does that, in about 12 seconds")
    if apt.can_install():
        return Check(
            name, "warning", "not made yet, and this Python has no ensurepip",
            f"the first other command installs {toolenv.VENV_PACKAGE} with apt-get and makes it",
        )  # fmt: skip
    return Check(name, "missing", "cannot be made: this Python has no ensurepip", toolenv.venv_advice())


def terraform() -> Check:
    """Terraform and its version."""
    name, program = "terraform", process.which("terraform")
    if program is None:
        return Check(name, "missing", "not installed", TERRAFORM_ADVICE)
    told = process.run([program, "version", "-json"], env=childenv.of(Child.TERRAFORM, CHECKPOINT_DISABLE="1"))
    try:
        # Warnings about a missing CLI configuration come before the JSON.
        version = str(json.loads(told.stdout[told.stdout.index("{") :])["terraform_version"])
    except (ValueError, KeyError):
        return Check(name, "missing", f"{program} does not report its version", TERRAFORM_ADVICE)
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST_TERRAFORM:
        return Check(name, "missing", f"{version}: too old", TERRAFORM_ADVICE)
    return Check(name, "ok", version)


def provider() -> Check:
    """Where Terraform gets its AWS provider."""
    wanted = f"hashicorp/aws {providers.VERSION}"
    if providers.has_own_configuration():
        return Check("terraform provider", "ok", f"{wanted}, as {os.environ['TF_CLI_CONFIG_FILE']} says")
    way = providers.look()
    if way == "registry":
        return Check(
            "terraform provider", "ok", f"{wanted} from registry.terraform.io, or a mirror that Terraform knows"
        )
    if way:
        return Check("terraform provider", "ok", f"{wanted} from {way}")
    return Check(
        "terraform provider", "missing", f"{wanted}: no registry to be reached, no mirror here",
        "access to registry.terraform.io, or `terraform providers mirror` on another machine",
    )  # fmt: skip


def container_engine() -> Check:
    """The container engine, or what `up` would do to have one."""
    decision = engine.plan()
    if decision.way is engine.Way.NOTHING:
        found = engine.find()
        return Check(
            "container engine",
            "ok",
            f"{found.version}, {found.storage_driver}, at {found.host}" if found else "answers",
        )
    if decision.way is engine.Way.IMPOSSIBLE:
        return Check("container engine", "missing", decision.explanation, decision.next_step)
    return Check("container engine", "warning", decision.explanation, "`up` does that")


def base() -> Check:
    """The services' base image."""
    way = base_image.forecast()
    if way:
        return Check("base image", "ok", way)
    return Check(
        "base image", "missing", "docker.io cannot be reached, and this machine has no apt-get to build one",
        "access to docker.io, or a Debian or Ubuntu machine",
    )  # fmt: skip


def package_index() -> Check:
    """Where Python's packages come from: the emulator's and the services'."""
    return _package_index("ministack", emulator.is_installed())


def package_index_of_images() -> Check:
    """The same where there is no emulator: for this program, and the services whose images are built here."""
    return _package_index("boto3", importlib.util.find_spec("boto3") is not None)


def _package_index(package: str, is_installed: bool) -> Check:
    name = "package index"
    if importlib.util.find_spec("pip") is None:
        return Check(name, "warning", "not looked at: this Python has no pip", "run it again once .venv is made")
    asked = process.run(
        [sys.executable, "-m", "pip", "index", "versions", package, "--disable-pip-version-check"],
        timeout_seconds=20,
    )
    if asked.ok:
        return Check(name, "ok", "reachable with pip's settings")
    if is_installed:
        return Check(name, "warning", "not reachable: changed requirements cannot be installed", "pip config debug")
    return Check(name, "missing", "not reachable with pip's settings", "pip config debug")


def ports() -> Check:
    """The two ports of this copy."""
    try:
        wanted = emulator.ports()
    except Failure as failure:
        return Check("ports", "missing", failure.message, failure.next_step)
    both = f"{wanted.api} and {wanted.balancer} on 127.0.0.1"
    if emulator.running() is not None:
        return Check("ports", "ok", f"{both}: this copy's environment runs")
    for port in (wanted.api, wanted.balancer):
        if net.can_connect("127.0.0.1", port):
            pid = processes.listener(port)
            holder = f"{processes.name(pid)} (process {pid})" if pid else "another program"
            return Check(
                "ports",
                "missing",
                f"{port} is taken by {holder}",
                f"STORYIZER_PORT={emulator.other_port(wanted.api)} python3 orchestrate.py up",
            )
    return Check("ports", "ok", f"{both}: free")


def temporary_files() -> Check:
    """A folder for temporary files, which Terraform and pip want as well."""
    found = tempfolder.chosen(os.environ)
    try:
        tempfolder.check()
    except Failure as failure:
        return Check("temporary files", "missing", f"{failure.message}: {failure.reason}", failure.next_step)
    return Check("temporary files", "ok", f"in {found.folder}")


def disk() -> Check:
    """Room for images, downloads and state, on whichever file system has least of it."""
    answering = engine.find()
    places = [paths.ROOT, paths.cache(), Path(answering.data_root if answering else "/var/lib")]
    free = min((_free_gb(place), str(place)) for place in places)
    text = f"{free[0]:.1f} GB free in {free[1]}"
    if free[0] >= DISK_GB:
        return Check("disk space", "ok", text)
    status: Literal["warning", "missing"] = "missing" if free[0] < DISK_GB / 4 else "warning"
    return Check(
        "disk space", status, f"{text}; {DISK_GB:.0f} GB are enough", "docker system prune; docker image prune"
    )


def memory() -> Check:
    """Room for the emulator, the services' containers and Terraform's provider."""
    available = _available_memory_gb()
    if available is None:
        return Check("memory", "warning", "not known")
    text = f"{available:.1f} GB available"
    if available >= MEMORY_GB:
        return Check("memory", "ok", text)
    return Check("memory", "warning", f"{text}; {MEMORY_GB:.0f} GB are enough", "close other programs")


def just() -> Check:
    """The command runner: a convenience."""
    if process.which("just") is not None:
        return Check("just", "ok", "installed")
    return Check(
        "just", "warning", "not installed, not needed: `python3 orchestrate.py X` is the same as `just X`",
        "pip install rust-just",
    )  # fmt: skip


def git() -> Check:
    """Names the commit in each release."""
    if process.which("git") is not None:
        return Check("git", "ok", "installed")
    return Check("git", "warning", "not installed: releases will not name their commit", "apt-get install git")


def _free_gb(place: Path) -> float:
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free / 1e9


def _available_memory_gb() -> float | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    values = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
    return values["MemAvailable"] * 1024 / 1e9 if "MemAvailable" in values else None
