"""What has been changed in the checkout, and whether it can be copied into the tasks that run."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.images import build, content_hash
from orchestrator.images.content_hash import Content
from orchestrator.project import environment as environments
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.system import paths

# In a build context, where the shared Dockerfile takes what can be exchanged.
APP = "service/app/"
# What decides about an image and is the same for as long as `up --watch` runs.
_SAME = "as when the watch began"


@dataclass(frozen=True)
class Seen:
    """The checkout at one moment: its services, what their images are made of, and a hash of Terraform's files."""

    services: Mapping[str, Service]
    contents: Mapping[str, Content]
    terraform: str


@dataclass(frozen=True)
class Change:
    """What differs between two moments: per service its files that can be copied, and what needs a whole `up`."""

    copied: Mapping[str, tuple[str, ...]]
    whole: tuple[str, ...]


def look(environment: Environment) -> Seen:
    """What is there now. Raises `Failure` for what no `up` could be made of."""
    found = manifest.load(
        environment=environment.name, known=environments.known(), capacities=environments.capacities(environment)
    )
    beside = content_hash.Beside()
    contents = {
        service.name: content_hash.content(service, base=_SAME, platform=_SAME, tools=build.TOOLS, beside=beside)
        for service in found
        if not service.image
    }
    return Seen({service.name: service for service in found}, contents, _of_terraform())


def between(before: Seen, after: Seen, reloadable: Collection[str]) -> Change:
    """What differs. `reloadable` are the services whose files can be copied into their tasks."""
    copied: dict[str, tuple[str, ...]] = {}
    whole = [f"{name} added" for name in sorted(after.services.keys() - before.services.keys())]
    whole += [f"{name} removed" for name in sorted(before.services.keys() - after.services.keys())]
    if before.terraform != after.terraform:
        whole.append("terraform changed")
    for name in sorted(before.services.keys() & after.services.keys()):
        if before.services[name] != after.services[name]:
            whole.append(f"{name}/{manifest.FILE_NAME} changed")
        names = differing(before, after, name)
        others = [item for item in names if not item.startswith(APP)]
        if names and not others and name in reloadable:
            copied[name] = tuple(_shown(item) for item in names)
        elif names:
            whole.append(f"{name}: {', '.join(_shown(item) for item in (others or names)[:3])}")
    return Change({} if whole else copied, tuple(whole))


def differing(before: Seen, after: Seen, name: str) -> list[str]:
    """The names of what goes into the image of that service and is not the same."""
    old, new = (seen.contents[name].inputs if name in seen.contents else {} for seen in (before, after))
    return sorted(item for item in old.keys() | new.keys() if old.get(item) != new.get(item))


def files(before: Seen, after: Seen, name: str) -> list[str]:
    """The files of `app/` of that service that are not the same, as its folder has them."""
    return [_shown(item) for item in differing(before, after, name) if item.startswith(APP)]


def can_be_copied(service: Service) -> bool:
    """True for a service whose process is Python's `app`, as the shared Dockerfile has it."""
    return service.runs and content_hash.shares_dockerfile(service)


def _shown(name: str) -> str:
    return name.removeprefix("service/")


def _of_terraform() -> str:
    whole = hashlib.sha256()
    for file in _terraform_files():
        whole.update(f"{file.relative_to(paths.TERRAFORM)}\0".encode() + file.read_bytes() + b"\0")
    return whole.hexdigest()


def _terraform_files() -> Iterator[Path]:
    for file in sorted(paths.TERRAFORM.rglob("*")):
        if file.is_file() and ".terraform" not in file.parts:
            yield file
