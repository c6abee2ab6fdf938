"""Which image `--image` means: a tag or a digest of the service's repository."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator.aws import ecr
from orchestrator.aws.session import Aws
from orchestrator.errors import ExitCode, Failure
from orchestrator.images import delivery

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def find(aws: Aws, service: str, wanted: str) -> str:
    """The image's address by digest. Raises `Failure` if the registry has no such image of the service."""
    name = wanted.rpartition("@")[2]
    if _DIGEST.fullmatch(name):
        if wanted in (name, ecr.uri(aws, service, name)) and ecr.holds(aws, service, name):
            return ecr.uri(aws, service, name)
    elif _TAG.fullmatch(name):
        digest = delivery.find(aws, service, name, proposed=True)
        if digest is not None:
            return ecr.uri(aws, service, digest)
    raise missing(aws.environment.name, service, wanted, ())


def missing(environment: str, service: str, wanted: str, known: Sequence[str]) -> Failure:
    """The failure for an image that is not there."""
    return Failure(
        f"there is no image {wanted!r} of {service}",
        reason="--image takes a tag or a digest (sha256:...) from the service's own repository.",
        next_step=f"python3 orchestrate.py images {environment}   shows tags and digests",
        exit_code=ExitCode.USAGE,
    )
