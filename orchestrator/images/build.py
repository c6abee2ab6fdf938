"""Builds images: wheels are downloaded on this machine, the build has no network, and one that fails leaves nothing."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from orchestrator.errors import Failure
from orchestrator.images import build_failure, build_leftovers, content_hash, dockerignore
from orchestrator.images.own_context import Recipe
from orchestrator.images.registries import handed_on
from orchestrator.project import commit
from orchestrator.project.manifest import FILE_NAME
from orchestrator.system import paths, plain, process

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


def markers(platform: str) -> dict[str, str]:
    """What the markers of requirements (PEP 508) mean in an image for that platform."""
    return {
        "implementation_name": "cpython", "implementation_version": f"{IMAGE_PYTHON}.0", "os_name": "posix",
        "platform_machine": _MACHINES[platform], "platform_python_implementation": "CPython",
        "platform_release": "", "platform_system": "Linux", "platform_version": "",
        "python_full_version": f"{IMAGE_PYTHON}.0", "python_version": IMAGE_PYTHON, "sys_platform": "linux",
        "extra": "",
    }  # fmt: skip


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
        said = plain.lines(done.stderr) or plain.lines(done.stdout)
        told = [line for line in said if line.startswith("ERROR")]
        raise Failure(
            f"cannot download the wheels of {requirements.parent.name}/{requirements.name}",
            reason=told[-1] if told else "pip failed",
            details=said[-5:],
            next_step="check that the package index is reachable and that the lock file's packages have wheels",
        )


def build(
    content: content_hash.Content,
    reference: str,
    *,
    base_reference: str,
    platform: str,
    labels: dict[str, str],
    note: Callable[[str], None],
) -> None:
    """Build the image of `content` and name it `reference`. Raises `Failure` with the build's last lines.

    A build that fails or is interrupted leaves no container and no image.
    """
    if content.requirements:
        note("downloading wheels")
    found = wheels(content.requirements, platform) if content.requirements else []
    git_commit = commit.of(content.sources, counts(content))
    recipe = content.recipe
    network = handed_on.to_a_build(recipe.declared) if recipe and recipe.network else nullcontext(handed_on.NOTHING)
    with _context(content, found) as context, network as given:
        arguments = command(content, reference, base_reference, labels, git_commit)
        arguments += [word for name in given.variables for word in ("--build-arg", name)]
        call = [*arguments, *_builder_arguments(recipe), *context.words]
        for again in (True, False):
            context.file.seek(0)
            note("sending the build context")
            try:
                _run(call, context.file, content, note, given.variables)
                break
            except Failure as failure:
                if not (again and lost_a_layer(failure.details)):
                    raise
        try:
            handed_on.check_for_leaks(reference, content.service, given.secrets)
        except Failure:
            process.run(["docker", "image", "rm", "--force", reference])
            raise


def lost_a_layer(said: Sequence[str]) -> bool:
    """True if the build missed a layer in the engine's cache: another build that failed has just removed it."""
    return any(
        re.search(r"No such image: sha256:|unknown parent image ID|unable to find image .*sha256:", line)
        for line in said
    )


def _run(
    arguments: Sequence[str | Path],
    context: IO[bytes],
    content: content_hash.Content,
    note: Callable[[str], None],
    variables: Mapping[str, str],
) -> None:
    lines: list[str] = []
    began = datetime.now(UTC)

    def step(line: str) -> None:
        lines.append(line)
        if re.match(r"Step \d+/\d+ : |#\d+ \[", line):
            note(plain.line(line)[:100])

    try:
        # The values are in the environment alone: a command line can be read by every user of the machine.
        environment = {**builder_environment(), **variables}
        done = process.run(arguments, stdin=context, on_line=step, env=environment)
        if not done.ok:
            raise build_failure.failure(content, done)
    except BaseException:
        build_leftovers.remove(lines, began)
        raise


@dataclass(frozen=True)
class _Context:
    """A build context as a tar archive for the build's standard input, and the command line's words for it."""

    file: IO[bytes]
    words: tuple[str | Path, ...]


@contextmanager
def _context(content: content_hash.Content, wheels: Sequence[Path]) -> Iterator[_Context]:
    """The build context in a file without a name, on the disk that the checkout is on."""
    paths.WORK.mkdir(parents=True, exist_ok=True)
    recipe = content.recipe
    with tempfile.TemporaryFile(dir=paths.WORK) as file:
        if recipe is None or not recipe.added or not _has_buildx():
            content_hash.write_context(content, wheels, file)
            yield _Context(file, ("--file", recipe.file, "-") if recipe else ("-",))
            return
        # BuildKit heeds no ignore file in an archive: a Dockerfile that is no part of the context would be copied.
        content_hash.write_context(replace(content, recipe=replace(recipe, added={})), wheels, file)
        with tempfile.TemporaryDirectory(dir=paths.WORK) as place, tempfile.TemporaryFile() as nothing:
            yield _Context(nothing, _laid_out(Path(place), recipe, file))


def _laid_out(place: Path, recipe: Recipe, archive: IO[bytes]) -> tuple[str | Path, ...]:
    """The context as a folder, and the Dockerfile beside it. What is in the folder is filtered already."""
    folder, dockerfile = place / "context", place / "Dockerfile"
    folder.mkdir()
    dockerfile.write_bytes(recipe.text)
    dockerfile.with_name(f"{dockerfile.name}{dockerignore.NAME}").touch()
    archive.seek(0)
    done = process.run(["tar", "-x", "-C", folder], stdin=archive)
    if not done.ok:
        raise Failure(
            "the build context cannot be laid out",
            reason="tar says:",
            details=done.tail(3),
            next_step=f"free disk space at {paths.WORK}",
        )
    return "--file", dockerfile, folder


def counts(content: content_hash.Content) -> commit.Counts:
    """A change counts if it goes into the image, or decides what does."""
    without = {*content_hash.uncounted(content.left_out), *(folder / FILE_NAME for folder in content.sources)}
    if content.recipe is not None:
        without |= {item.source for item in content.left_out if item.by_default}
    return lambda path, is_new: not commit.is_within(path, without)


def builder_environment() -> dict[str, str]:
    """The variables of a build, which choose no builder: that follows from what is installed.

    BuildKit is a plugin (buildx). Without it a build that is told to use it ends without a word of its own.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKER_BUILDKIT", "BUILDKIT_"))}
    return {**kept, "DOCKER_BUILDKIT": "1" if _has_buildx() else "0"}


def _builder_arguments(recipe: Recipe | None) -> list[str]:
    if _has_buildx():
        allowed = ["--allow", "network.host"] if recipe and recipe.network else []
        # Attestations would give an unchanged image another digest; some builders keep the image to themselves.
        return [*allowed, "--provenance=false", "--load"]
    return ["--force-rm"]  # containers of steps that fail are removed too


def command(
    content: content_hash.Content, reference: str, base_reference: str, labels: Mapping[str, str], git_commit: str
) -> list[str]:
    """The build's command line without the words for its builder and its context.

    The commit is no part of the content's hash: it is the one in which this content was first built. The same content
    in a later commit is the same image and is not built again.
    """
    build_arguments = {
        "BASE_IMAGE": base_reference,
        "SERVICE": content.service,
        "VERSION": content.tag,
        "GIT_COMMIT": git_commit,
    }
    arguments = ["docker", "build", "--tag", reference]
    if (recipe := content.recipe) is None:
        arguments += ["--network", "none"]
    else:
        # The host's own network: a proxy, or the way to a registry, may be on its loopback address alone.
        arguments += ["--network", "host" if recipe.network else "none"]
        arguments += ["--target", recipe.target] if recipe.target else []
        ours = {name: value for name, value in build_arguments.items() if name in recipe.declared}
        build_arguments = {**ours, **recipe.arguments}
    for name, value in build_arguments.items():
        arguments += ["--build-arg", f"{name}={value}"]
    for name, value in labels.items():
        arguments += ["--label", f"{name}={value}"]
    return arguments


def copy_sbom(reference: str, file: Path) -> bool:
    """Copy an image's bill of materials to a file. False if the image has none (a Dockerfile of the service's own)."""
    container = f"storyizer-sbom-{secrets.token_hex(8)}"
    try:
        if not process.run(["docker", "create", "--name", container, reference]).ok:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        return process.run(["docker", "cp", f"{container}:{SBOM}", file]).ok
    finally:
        process.run(["docker", "rm", "--force", container], check_interrupt=False, spared=True)


@functools.cache
def _has_buildx() -> bool:
    return process.run(["docker", "buildx", "version"], timeout_seconds=10).ok
