"""All rules there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from orchestrator.review.rules.kit.change import NOT_JUDGEABLE

if TYPE_CHECKING:
    from orchestrator.review.rules.kit.rule import Rule

RULES: tuple[Rule, ...]
BY_ID: Mapping[str, Rule]


def __getattr__(name: str) -> object:
    """Load the rules when they are first asked for: most commands review nothing."""
    if name not in ("RULES", "BY_ID"):
        raise AttributeError(name)
    from orchestrator.review.rules.kit.discovery import every_rule

    rules = every_rule()
    globals().update(RULES=rules, BY_ID={rule.id: rule for rule in rules})
    return globals()[name]


__all__ = ["BY_ID", "NOT_JUDGEABLE", "RULES"]
