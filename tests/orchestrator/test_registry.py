"""What the registry holds, asked by digest."""

from __future__ import annotations

import json
from collections.abc import Callable

from orchestrator import registry
from orchestrator.aws import Aws
from orchestrator.delivery import PLACEHOLDER


def test_an_image_is_there_or_not_by_its_digest(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    assert not registry.holds(aws, "words", PLACEHOLDER), "no repository"
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName=registry.repository("words"))
    assert not registry.holds(aws, "words", PLACEHOLDER), "no image"
    manifest = json.dumps({"schemaVersion": 2, "layers": []})
    digest = ecr.put_image(
        repositoryName=registry.repository("words"), imageManifest=manifest, imageTag="tag"
    )["image"]["imageId"]["imageDigest"]  # fmt: skip
    assert registry.find(aws, "words", "tag") == digest
    assert registry.holds(aws, "words", digest)
    assert not registry.holds(aws, "words", PLACEHOLDER)
