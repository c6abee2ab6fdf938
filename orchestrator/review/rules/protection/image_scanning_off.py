"""Images that are no longer scanned."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.rows import protects
from orchestrator.review.rules.kit.rule import Rule

RULE = Rule(
    "image-scanning-off",
    Severity.MEDIUM,
    "Images are no longer scanned",
    "Known vulnerabilities in images go unnoticed.",
    watches=(
        protects(
            "aws_ecr_repository",
            "image_scanning_configuration.scan_on_push",
            "Images are no longer scanned for known vulnerabilities when they are pushed.",
            "Leave scan_on_push on, or have the registry scan (`aws_ecr_registry_scanning_configuration`).",
            Severity.MEDIUM,
        ),
    ),
    examples=(
        Fires(
            "aws_ecr_repository",
            {"image_scanning_configuration": [{"scan_on_push": True}]},
            {"image_scanning_configuration": [{"scan_on_push": False}]},
        ),
        Silent("aws_ecr_repository", None, {"image_scanning_configuration": [{"scan_on_push": True}]}),
    ),
)
