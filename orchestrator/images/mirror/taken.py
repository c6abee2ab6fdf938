"""What stands for an image that is taken as it is: a content like that of a build, made of the image's digest alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.images import content_hash
from orchestrator.images.content_hash import Content
from orchestrator.images.mirror.resolve import Resolved
from orchestrator.project.manifest import FILE_NAME, Service

# In the record of what an image was made of: how `image:` named it. No part of the hash, since the image is the same
# under every name.
REFERENCE = "reference"
_IMAGE = "image"


@dataclass(frozen=True)
class Record:
    """What is recorded of the deployed image: how it was named, its digest or id, its platform."""

    reference: str
    identity: str
    platform: str


def recorded(inputs: Mapping[str, Any]) -> Record | None:
    """The record, None where the deployed image was built, or is not known."""
    found = tuple(inputs.get(name) for name in (REFERENCE, _IMAGE, "platform"))
    return Record(*(str(item) for item in found)) if all(isinstance(item, str) for item in found) else None


def content(service: Service, identity: str, platform: str) -> Content:
    """The content of an image with that digest, or id in the engine."""
    return Content(service.name, (), {_IMAGE: identity, "platform": platform}, (service.folder / FILE_NAME,))


def why(before: Mapping[str, Any] | None, service: Service, now: Resolved) -> str:
    """In words: why the image is not the deployed one."""
    if not before:
        return "first deploy"
    old = recorded(before)
    if old is None:
        return f"{now.reference} instead of a build"
    if old.reference == service.image:
        return f"{now.reference} is {now.identity[:19]} now, was {old.identity[:19]}"
    return f"image: {service.image}, was {old.reference}"


def after_a_build(before: Mapping[str, Any] | None, inputs: Mapping[str, str]) -> str:
    """The same for an image that is built where one was taken before; "" where none was."""
    old = recorded(before or {})
    return f"a build instead of {old.reference}" if old else content_hash.why(before or None, inputs)
