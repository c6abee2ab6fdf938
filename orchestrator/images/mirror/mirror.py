"""Brings an image that is taken as it is into the service's own repository, byte for byte where it has a registry."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.aws import ecr, registry_copy
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.images.mirror.resolve import Resolved
from orchestrator.images.mirror.source import Source
from orchestrator.system import process


def bring(
    aws: Aws, service: str, image: Resolved, tag: str, *, docker_host: str | None, note: Callable[[str], None]
) -> str:
    """Mirror it under that tag; its digest there, which is its own unless it is of the engine alone.

    Raises `Failure`.
    """
    if not image.digest:
        return _from_engine(aws, service, image, tag, docker_host, note)
    registry_copy.copy_from(Source(image.reference), aws, service, image.digest, tag, note)
    return image.digest


def _from_engine(
    aws: Aws, service: str, image: Resolved, tag: str, docker_host: str | None, note: Callable[[str], None]
) -> str:
    name = f"{aws.registry_host}/{ecr.repository(service)}:{tag}"
    done = process.run(["docker", "image", "tag", image.engine_id, name])
    if not done.ok:
        raise Failure(
            f"the engine no longer has the image of {service}",
            reason=f"{image.reference} was {image.engine_id[:19]}.",
            details=done.tail(3),
            next_step="run the same command again",
        )
    try:
        return ecr.push(aws, service, tag, docker_host=docker_host, on_line=note)
    finally:
        # The name alone: the image keeps its own.
        process.run(["docker", "image", "rm", "--no-prune", name], check_interrupt=False, spared=True)
