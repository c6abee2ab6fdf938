"""Rows for how long something is kept."""

from __future__ import annotations

from math import inf

from orchestrator.review.model import Severity
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import Comparison, less
from orchestrator.review.rules.kit.rows import Watch

ADVICE = "Keep them as long as anyone may need them, or copy them elsewhere first."


def kept(
    types: str,
    path: str,
    what: str,
    unit: str = "days",
    worse: Comparison = less,
    means: str = "anything older is deleted",
    born: Severity | None = None,
) -> Watch:
    """An attribute that says for how long something is kept. At 0 it is not kept at all."""

    def message(change: Change) -> str:
        if change.new == 0:
            return f"{what} are turned off, and existing ones are deleted."
        old = "unlimited" if change.old == inf else f"{change.old:g} {unit}"
        return f"{what} are kept for {change.new:g} {unit} instead of {old}: {means}."

    return Watch(
        types,
        path,
        worse,
        message,
        ADVICE,
        lambda change: Severity.HIGH if change.new == 0 else Severity.MEDIUM,
        risk=f"{what} are kept for a shorter time.",
        unknown=Severity.MEDIUM,
        born=born,
        born_message=f"It is created without backups: {path} is 0.",
    )
