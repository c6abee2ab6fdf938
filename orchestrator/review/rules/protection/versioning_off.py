"""Versions that are no longer kept."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import protection as azure_protection
from orchestrator.review.rules.facts.clouds.google import protection as google_protection
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import one_of
from orchestrator.review.rules.kit.rows import Removed, protects
from orchestrator.review.rules.kit.rule import Rule

_OFF = "Versioning is turned off: objects that are overwritten or deleted from now on are gone."


def _was_off(change: Change) -> bool:
    return bool(at(change.resource.before, "versioning_configuration.status") != "Enabled")


RULE = Rule(
    "versioning-off",
    Severity.HIGH,
    "Versioning is turned off",
    "Versions are the way back from an overwrite or a delete.",
    watches=(
        *rows_for("versioning-off"),
        protects(
            "aws_s3_bucket_versioning",
            "versioning_configuration.status",
            _OFF,
            'Keep status = "Enabled"; a lifecycle rule for noncurrent versions keeps the cost down.',
            as_long_as=one_of("Enabled"),
        ),
        protects(
            "aws_s3_bucket_versioning",
            "versioning_configuration.mfa_delete",
            "Versions can be deleted without multi-factor authentication from now on.",
            "Leave mfa_delete on.",
            Severity.MEDIUM,
            as_long_as=one_of("Enabled"),
        ),
        protects(
            "aws_s3_bucket",
            "versioning.enabled",
            _OFF,
            "Leave versioning on; a lifecycle rule for noncurrent versions keeps the cost down.",
        ),
        protects("google_storage_bucket", "versioning.enabled", _OFF, "Leave versioning on."),
        protects("azurerm_storage_account", "blob_properties.versioning_enabled", _OFF, "Leave versioning on."),
        *azure_protection.VERSIONS,
        google_protection.SOFT_DELETE,
        Removed(
            "aws_s3_bucket_versioning",
            "Versioning of the bucket is suspended with this: objects that are overwritten or deleted from now on are "
            "gone.",
            of="bucket",
            unless=_was_off,
            given={"versioning_configuration": [{"status": "Enabled"}]},
        ),
    ),
    examples=(
        Fires(
            "aws_s3_bucket_versioning",
            {"bucket": "reports", "versioning_configuration": [{"status": "Enabled"}]},
            {"bucket": "reports", "versioning_configuration": [{"status": "Suspended"}]},
        ),
        Fires(
            "aws_s3_bucket_versioning",
            {"bucket": "reports", "versioning_configuration": [{"status": "Enabled"}]},
            None,
            beside=(same("aws_s3_bucket.reports", {"bucket": "reports", "id": "reports"}),),
        ),
        Silent(
            "aws_s3_bucket_versioning",
            {"bucket": "reports", "versioning_configuration": [{"status": "Suspended"}]},
            {"bucket": "reports", "versioning_configuration": [{"status": "Enabled"}]},
        ),
    ),
)
