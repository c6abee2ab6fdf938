"""Data that is lost in a replacement."""

from __future__ import annotations

from orchestrator.review.model import Action, Severity
from orchestrator.review.rules.data._losses import lost
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.rule import Rule

_STAYS = (same("aws_iam_role.stays", {"name": "stays"}),)

RULE = Rule(
    "data-replaced",
    Severity.CRITICAL,
    "Data is lost in a replacement",
    "A replacement destroys the object with everything in it, and creates an empty one.",
    looks=lost(Kind.DATA, Action.REPLACE, "data-replaced"),
    fix="Undo the change that forces the replacement, or create a new one beside it and move the data over.",
    examples=(
        Fires("aws_dynamodb_table", {"hash_key": "id"}, {"hash_key": "story"}, replaced="hash_key", both_ways=True),
        Silent("aws_dynamodb_table", {"read_capacity": 1}, {"read_capacity": 2}),
    ),
)
