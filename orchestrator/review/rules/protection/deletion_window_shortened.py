"""Less time to take a deletion back."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.azure import protection as azure_protection
from orchestrator.review.rules.facts.clouds.google import protection as google_protection
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import less
from orchestrator.review.rules.kit.rows import UPDATED, Watch
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Keep the waiting period long: it is the last way back."


def _severity(change: Change) -> Severity:
    return Severity.MEDIUM if change.new == 0 else Severity.LOW


RULE = Rule(
    "deletion-window-shortened",
    Severity.LOW,
    "There is less time to undo a deletion",
    "A deleted key or secret can be restored during its waiting period.",
    watches=(
        *azure_protection.DELETION_WINDOW,
        *google_protection.DELETION_WINDOW,
        Watch(
            "aws_kms_key aws_kms_replica_key",
            "deletion_window_in_days",
            less,
            "The key's deletion waiting period drops from {old:g} to {new:g} days.",
            _ADVICE,
            _severity,
            UPDATED,
            risk="The deletion waiting period is shortened.",
        ),
        Watch(
            "aws_secretsmanager_secret",
            "recovery_window_in_days",
            less,
            "A deleted secret can be restored for {new:g} days instead of {old:g}.",
            _ADVICE,
            _severity,
            UPDATED,
            risk="A deleted secret can be restored for a shorter time.",
        ),
    ),
    examples=(
        Fires("aws_kms_key", {"deletion_window_in_days": 30}, {"deletion_window_in_days": 7}),
        Fires(
            "aws_secretsmanager_secret",
            {"recovery_window_in_days": 30},
            {"recovery_window_in_days": 0},
            Severity.MEDIUM,
        ),
        Silent("aws_kms_key", None, {"deletion_window_in_days": 7}),
    ),
)
