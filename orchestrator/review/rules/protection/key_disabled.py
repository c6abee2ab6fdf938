"""Keys that are disabled."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.google import protection as google_protection
from orchestrator.review.rules.kit.rows import UPDATED, protects
from orchestrator.review.rules.kit.rule import Rule

_ENABLED = protects(
    "aws_kms_key",
    "is_enabled",
    "The key is disabled: nothing encrypted with it can be read until it is enabled again.",
    "Leave the key enabled as long as anything is encrypted with it.",
    actions=UPDATED,
)

RULE = Rule(
    "key-disabled",
    Severity.HIGH,
    "A key is disabled",
    "Nothing encrypted with a disabled key can be read.",
    watches=(
        *google_protection.KEYS,
        _ENABLED,
        replace(_ENABLED, types="aws_kms_external_key aws_kms_replica_key", path="enabled"),
    ),
    examples=(
        Fires("aws_kms_key", {"is_enabled": True}, {"is_enabled": False}),
        Fires("aws_kms_replica_key", {"enabled": True}, {"enabled": False}),
        Silent("aws_kms_key", None, {"is_enabled": False}),
    ),
)
