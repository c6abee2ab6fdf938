"""Finds the rules: each module in a group's folder that has a `RULE` is one. A module that begins with `_` is none."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Final

from orchestrator.review import rules
from orchestrator.review.rules.kit.rule import Rule

GROUPS: Final = ("data", "protection", "capacity", "health", "transport", "access", "network", "secrets", "unknown")
"""The folders that hold rules, in the order in which people read of them."""


@cache
def group(name: str) -> tuple[Rule, ...]:
    """The rules of one group, the worst first."""
    package = importlib.import_module(f"{rules.__name__}.{name}")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.name[0] != "_")
    found = [importlib.import_module(f"{package.__name__}.{module}").RULE for module in names]
    for rule, module in zip(found, names, strict=True):
        if rule.id.replace("-", "_") != module:
            raise ValueError(f"the rule {rule.id} belongs into {rule.id.replace('-', '_')}.py, not {module}.py")
    return tuple(sorted(found, key=lambda rule: (-rule.severity, rule.id)))


def every_rule() -> tuple[Rule, ...]:
    """All rules there are, group by group."""
    return tuple(rule for name in GROUPS for rule in group(name))
