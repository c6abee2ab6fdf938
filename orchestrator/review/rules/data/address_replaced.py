"""Addresses, names and identities that change in a replacement."""

from __future__ import annotations

from orchestrator.review.model import Action, Severity
from orchestrator.review.rules.data._losses import lost
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.rule import Rule

_STAYS = (same("aws_iam_role.stays", {"name": "stays"}),)

RULE = Rule(
    "address-replaced",
    Severity.CRITICAL,
    "An address or identity changes",
    "A cloud assigns names and addresses only once: anyone who uses the old one does not find the new one.",
    looks=lost(Kind.ADDRESS, Action.REPLACE, "address-replaced"),
    fix="Undo the change that forces the replacement, or move everything that uses the address in the same plan.",
    examples=(
        Fires("aws_lb", {"internal": False}, {"internal": True}, replaced="internal", both_ways=True),
        Silent("aws_lb", {"idle_timeout": 60}, {"idle_timeout": 30}),
    ),
)
