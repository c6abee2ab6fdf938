"""What the registry holds, asked by digest."""

from __future__ import annotations

import json
from collections.abc import Callable

from orchestrator.aws import ecr
from orchestrator.aws.session import Aws
from orchestrator.images.image import PLACEHOLDER


def test_an_image_is_there_or_not_by_its_digest(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    assert not ecr.holds(aws, "words", PLACEHOLDER), "no repository"
    client = aws.client("ecr")
    client.create_repository(repositoryName=ecr.repository("words"))
    assert not ecr.holds(aws, "words", PLACEHOLDER), "no image"
    manifest = json.dumps({"schemaVersion": 2, "layers": []})
    digest = client.put_image(
        repositoryName=ecr.repository("words"), imageManifest=manifest, imageTag="tag"
    )["image"]["imageId"]["imageDigest"]  # fmt: skip
    assert ecr.find(aws, "words", "tag") == digest
    assert ecr.holds(aws, "words", digest)
    assert not ecr.holds(aws, "words", PLACEHOLDER)
