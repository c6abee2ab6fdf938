"""Builds images: wheels are downloaded on this machine, the build itself has no network."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from orchestrator import commit, images, paths, process
from orchestrator.errors import Failure

# What the build stage runs: pip, as a wheel of its own.
TOOLS = Path(__file__).with_name("build-tools.txt")
IMAGE_PYTHON = "3.13"
# Wheels are taken for these platforms, newest first: what the base image's C library (glibc 2.41) can load.
_WHEEL_PLATFORMS = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")
# Where an image holds its bill of materials (CycloneDX, JSON).
SBOM = "/srv/sbom.cdx.json"
_MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


def platform(cpu_architecture: str) -> str:
    """Docker's name of the platform for Amazon ECS's name of the CPU architecture."""
    return {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}[cpu_architecture]


def wheels(requirements: Path, platform: str) -> list[Path]:
    """The wheels of a lock file and the build's own tools, from the shared cache or the package index.

    Raises `Failure` if one cannot be had for the platform.
    """
    digest = hashlib.sha256(f"{platform} {IMAGE_PYTHON}".encode())
    for file in (requirements, TOOLS):
        digest.update(file.read_bytes())
    folder = paths.cache() / "wheels" / digest.hexdigest()[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            for file in (requirements, TOOLS):
                _download(file, partial, platform)
            partial.rename(folder)
    return sorted(folder.glob("*.whl"))


def _download(requirements: Path, into: Path, platform: str) -> None:
    machine = _MACHINES[platform]
    done = process.run([
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes",
        "--only-binary", ":all:", "--implementation", "cp", "--python-version", IMAGE_PYTHON,
        *(f"--platform={name}_{machine}" for name in _WHEEL_PLATFORMS),
        "--dest", into, "--requirement", requirements,
    ])  # fmt: skip
    if not done.ok:
        told = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise Failure(
            f"cannot download the wheels of {requirements.parent.name}/{requirements.name}",
            reason=told[-1] if told else "pip failed",
            details=done.tail(5),
            next_step="check that the package index is reachable and that the lock file's packages have wheels",
        )


def build(
    content: images.Content,
    reference: str,
    *,
    base_reference: str,
    platform: str,
    labels: dict[str, str],
    note: Callable[[str], None],
) -> None:
    """Build the image of `content` and name it `reference`. Raises `Failure` with the build's last lines."""
    requirements = next(entry.source for entry in content.entries if entry.path == "service/requirements.txt")
    note("downloading wheels")
    found = wheels(requirements, platform)
    note("sending the build context")
    context = images.context(content, found)
    arguments = command(content, reference, base_reference, labels, commit.of(content.sources))

    def step(line: str) -> None:
        shown = re.match(r"Step (\d+/\d+) : (.*)|#\d+ \[(.*)", line)
        if shown:
            note(line.strip()[:100])

    if _has_buildx():
        # Attestations would give an unchanged image another digest; some builders keep the image to themselves.
        arguments += ["--provenance=false", "--load"]
    done = process.run([*arguments, "-"], stdin=context, on_line=step)
    if not done.ok:
        raise _failure(content.service, done)


def command(
    content: images.Content, reference: str, base_reference: str, labels: Mapping[str, str], git_commit: str
) -> list[str]:
    """The build's command line without its last word.

    The commit is no part of the content's hash: it is the one in which this content was first built. The same content
    in a later commit is the same image and is not built again.
    """
    build_arguments = {
        "BASE_IMAGE": base_reference,
        "SERVICE": content.service,
        "VERSION": content.tag,
        "GIT_COMMIT": git_commit,
    }
    arguments = ["docker", "build", "--tag", reference, "--network", "none"]
    for name, value in build_arguments.items():
        arguments += ["--build-arg", f"{name}={value}"]
    for name, value in labels.items():
        arguments += ["--label", f"{name}={value}"]
    return arguments


def copy_sbom(reference: str, file: Path) -> bool:
    """Copy an image's bill of materials to a file. False if the image has none (a Dockerfile of the service's own)."""
    made = process.run(["docker", "create", reference])
    if not made.ok:
        return False
    container = made.stdout.strip()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return process.run(["docker", "cp", f"{container}:{SBOM}", file]).ok
    finally:
        process.run(["docker", "rm", "--force", container], check_interrupt=False)


@functools.cache
def _has_buildx() -> bool:
    return process.run(["docker", "buildx", "version"], timeout_seconds=10).ok


def _failure(service: str, done: process.Completed) -> Failure:
    lines = [line.rstrip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    lines = [line for line in lines if "legacy builder" not in line and "buildx" not in line]
    reason = "docker build stopped here:"
    if any("no space left on device" in line for line in lines):
        reason = "The engine's disk is full (docker system df shows by what)."
    return Failure(
        f"the image of {service} does not build",
        reason=reason,
        details=lines[-15:],
        next_step=f"mend services/{service}/ (or its Dockerfile) and run the same command again",
    )
