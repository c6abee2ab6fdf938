"""Addresses, names and identities that a plan destroys."""

from __future__ import annotations

from orchestrator.review.model import Action, Severity
from orchestrator.review.rules.data._losses import lost
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.rule import Rule

_STAYS = (same("aws_iam_role.stays", {"name": "stays"}),)

RULE = Rule(
    "address-destroyed",
    Severity.CRITICAL,
    "An address or identity is destroyed",
    "A cloud assigns names and addresses only once: anyone who uses the old one does not find the new one.",
    looks=lost(Kind.ADDRESS, Action.DELETE, "address-destroyed"),
    fix="Restore the block if the address should stay, or change everything that uses it first.",
    examples=(
        Fires("aws_lb", {"name": "web"}, None, beside=_STAYS),
        Silent("aws_lb", {"name": "web"}, {"name": "web", "idle_timeout": 30}),
    ),
)
