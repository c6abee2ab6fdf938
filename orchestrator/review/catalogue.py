"""All rules there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orchestrator.review.rules import (
    access,
    data,
    deleted,
    network,
    secrets,
    unknowns,
)
from orchestrator.review.rules.kit.discovery import group
from orchestrator.review.rules.kit.rule import Rule

RULES: tuple[Rule, ...] = (
    *data.RULES,
    *deleted.RULES,
    *group("protection"),
    *group("capacity"),
    *group("health"),
    *group("transport"),
    *access.RULES,
    *network.RULES,
    *secrets.RULES,
    *unknowns.RULES,
)
BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}

NOT_JUDGEABLE: Final = "not-judgeable"
"""The rule id of what cannot be told before apply, and of a rule that could not do its work."""
