"""Data that a plan destroys."""

from __future__ import annotations

from orchestrator.review.model import Action, Severity
from orchestrator.review.rules.data._losses import lost
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.rule import Rule

_STAYS = (same("aws_iam_role.stays", {"name": "stays"}),)

RULE = Rule(
    "data-destroyed",
    Severity.CRITICAL,
    "Data is destroyed",
    "Terraform cannot restore what was stored in a table, bucket, volume or key.",
    looks=lost(Kind.DATA, Action.DELETE, "data-destroyed"),
    fix="Restore the block if the data should stay, or take a backup first. To keep the object without managing it, "
    "use a `removed` block with `destroy = false`.",
    examples=(
        Fires("aws_dynamodb_table", {"name": "stories"}, None, beside=_STAYS),
        Fires("aws_cloudwatch_log_group", {"name": "words"}, None, Severity.HIGH, beside=_STAYS),
        Silent("aws_iam_role_policy", {"name": "words"}, None, beside=_STAYS),
        Silent("aws_dynamodb_table", {"name": "stories"}, {"name": "stories", "tags": {}}),
    ),
)
