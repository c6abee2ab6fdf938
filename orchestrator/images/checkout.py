"""What is checked out: its services, looked at before anything is begun, and its commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from orchestrator.console import Console
from orchestrator.errors import Failure
from orchestrator.images import build, content_hash, requirements
from orchestrator.project import commit, manifest, task_numbers
from orchestrator.project import environment as environments
from orchestrator.project.commit import Commit
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.system import paths


def services(environment: Environment, console: Console) -> list[Service]:
    """The checkout's services. Raises `Failure` for all of them that would fail later; says what is odd."""
    found = manifest.load(
        environment=environment.name, known=environments.known(), capacities=environments.capacities(environment)
    )
    task_numbers.refuse_unused(environment, found)
    check(found, environment, console)
    return found


def check(found: Sequence[Service], environment: Environment, console: Console) -> None:
    """Raise `Failure` for all of these services that would fail later; say what is odd."""
    warnings = content_hash.check(found)
    requirements.check(found, build.markers(build.platform(environment.cpu_architecture)))
    for warning in warnings:
        console.say(f"warning: {warning}")
    unknown = commit.head(paths.ROOT).reason
    if unknown and any((folder / ".git").exists() for folder in (paths.ROOT, *paths.ROOT.parents)):
        console.say(f"warning: the commit is not known, and is not recorded: {unknown}")


def head() -> Commit:
    """The checkout's commit, and whether a file differs from it, or is new where it counts.

    That is where services are and in Terraform's files: elsewhere a new file changes nothing that is deployed.
    """
    found = _as_far_as_they_can_be_read()
    places = {service.folder for service in found}
    places |= {*(paths.SERVICES / name for name in content_hash.SHARED), paths.SERVICES / "Dockerfile"}
    places |= {source for service in found for source in _or_nothing(content_hash.sources, service)}
    places |= {file for pattern in ("*.tf", "*.tfvars") for file in paths.TERRAFORM.rglob(pattern)}

    @cache
    def without() -> set[Path]:
        return {source for service in found for source in _or_nothing(content_hash.left_out, service)}

    def counts(path: Path, is_new: bool) -> bool:
        return not is_new or (commit.is_within(path, places) and not commit.is_within(path, without()))

    return commit.look([paths.ROOT], counts, new_in=places)


def _as_far_as_they_can_be_read() -> list[Service]:
    try:
        return manifest.load()
    except Failure:
        folders = [file.parent for file in paths.SERVICES.glob(f"*/{manifest.FILE_NAME}")]
        return [Service(folder.name, folder, ()) for folder in folders]


def _or_nothing(look: Callable[[Service], Iterable[Path]], service: Service) -> Iterable[Path]:
    try:
        return look(service)
    except Failure:
        return ()  # broken since it was deployed: all that is new in there counts
