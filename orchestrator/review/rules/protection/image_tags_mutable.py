"""Tags of images that can be overwritten."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.comparisons import begins_with
from orchestrator.review.rules.kit.rows import protects
from orchestrator.review.rules.kit.rule import Rule

RULE = Rule(
    "image-tags-mutable",
    Severity.HIGH,
    "Image tags can be overwritten",
    "A tag must always stand for the same image.",
    watches=(
        protects(
            "aws_ecr_repository",
            "image_tag_mutability",
            "Image tags can be overwritten: what runs under a tag may no longer be what was reviewed.",
            'Keep image_tag_mutability = "IMMUTABLE" and give each image its own tag.',
            as_long_as=begins_with("IMMUTABLE"),
            born=Severity.LOW,
        ),
    ),
    examples=(
        Fires("aws_ecr_repository", {"image_tag_mutability": "IMMUTABLE"}, {"image_tag_mutability": "MUTABLE"}),
        Fires("aws_ecr_repository", None, {"image_tag_mutability": "MUTABLE"}, Severity.LOW),
        Silent("aws_ecr_repository", None, {"image_tag_mutability": "IMMUTABLE"}),
    ),
)
