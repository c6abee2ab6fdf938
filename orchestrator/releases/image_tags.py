"""Keeps the images of the last releases in the registry, whose lifecycle rules delete others.

An image that a kept release runs carries a tag `release-ENVIRONMENT-NUMBER-DIGEST`, named for the first such release,
and the lifecycle rules spare every image with such a tag (terraform/modules/ecr). It goes when no kept release runs the
image any more, for whoever may delete images: a pipeline may not, and then an image is kept longer than it has to be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from orchestrator.aws import ecr
from orchestrator.aws.session import Aws, is_code
from orchestrator.releases.releases import KEPT, Release

_DIGITS = 12
_WORKERS = 8


@dataclass(frozen=True)
class Changes:
    """What has to be done in a service's repository: tags to put, with the digest of each, and tags to take off."""

    put: dict[str, str]
    remove: tuple[str, ...]


def tag(environment: str, number: int, digest: str) -> str:
    """The tag that keeps an image for the release of that number and those after it."""
    return f"release-{environment}-{number}-{digest.partition(':')[2][:_DIGITS]}"


def changes(environment: str, service: str, releases: Sequence[Release], tags: Mapping[str, str]) -> Changes:
    """What makes the tags of a repository (tag => digest) those that the last releases of the environment need.

    Only what is older than the kept releases loses its tag: another machine may have recorded a newer one meanwhile.
    """
    kept = [
        (item.number, item.images[service].rpartition("@")[2]) for item in releases[-KEPT:] if service in item.images
    ]
    numbers = {name: number for name in tags if (number := _number(environment, name)) is not None}
    tagged, needed = {tags[name] for name in numbers}, {digest for _, digest in kept}
    first: dict[str, int] = {}
    for number, digest in kept:
        first.setdefault(digest, number)
    oldest = releases[-KEPT:][0].number if releases else 0
    return Changes(
        {tag(environment, number, digest): digest for digest, number in first.items() if digest not in tagged},
        tuple(sorted(name for name, number in numbers.items() if number < oldest and tags[name] not in needed)),
    )


def keep(aws: Aws, releases: Sequence[Release]) -> None:
    """Put the tags on the images of the last releases, take them off those of older ones. Raises AWS's errors."""

    def of(service: str) -> None:
        wanted = changes(aws.environment.name, service, releases, ecr.tags(aws, service))
        for name, digest in wanted.put.items():
            ecr.put_tag(aws, service, digest, name)
        _remove(aws, service, wanted.remove)

    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        list(pool.map(of, sorted(services(releases))))


def drop(aws: Aws) -> None:
    """Take the tags of all releases off, of an environment that is no more. Raises AWS's errors."""
    for service in sorted(ecr.existing_repositories(aws)):
        names = [name for name in ecr.tags(aws, service) if _number(aws.environment.name, name) is not None]
        _remove(aws, service, names)


def services(releases: Sequence[Release]) -> set[str]:
    """The services of the releases whose images are kept."""
    return {name for release in releases[-KEPT:] for name in release.images}


def _remove(aws: Aws, service: str, names: Sequence[str]) -> None:
    from botocore.exceptions import ClientError

    # Where the registry deletes nothing by itself, a tag too many costs nothing.
    if not names or not aws.environment.place.expires_images:
        return
    try:
        ecr.untag(aws, service, names)
    except ClientError as error:
        if not is_code(error, "AccessDeniedException", "AccessDenied"):
            raise


def _number(environment: str, name: str) -> int | None:
    """The number in a tag that keeps an image for the environment, None for any other tag."""
    found = re.fullmatch(rf"release-{re.escape(environment)}-([0-9]+)-[0-9a-f]{{{_DIGITS}}}", name)
    return int(found[1]) if found else None
