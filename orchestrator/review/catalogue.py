"""All rules there are."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.review.rules.kit.change import NOT_JUDGEABLE
from orchestrator.review.rules.kit.discovery import every_rule
from orchestrator.review.rules.kit.rule import Rule

RULES: tuple[Rule, ...] = every_rule()
BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}

__all__ = ["BY_ID", "NOT_JUDGEABLE", "RULES"]
