"""Autoscaling that is taken away from what stays."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Beside, Fires, Silent, same
from orchestrator.review.rules.facts import autoscaling
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.rows import Removed, Row
from orchestrator.review.rules.kit.rule import Rule


def _goes_too(change: Change) -> bool:
    name = at(change.resource.before, "resource_id")
    targets, services = autoscaling.destroyed(change.plan)
    # A policy goes with its target, whose own finding tells it.
    return name in services or (change.resource.type == "aws_appautoscaling_policy" and name in targets)


def _scaler(types: str, scaled: str) -> Row:
    by_id = scaled == "resource_id"
    return Removed(
        types,
        lambda change: (
            f"Autoscaling of {at(change.resource.before, scaled)} is removed: its capacity no longer follows the load."
        ),
        "Restore it, or make sure that the capacity is enough for the peaks.",
        Severity.MEDIUM,
        of="" if by_id else scaled,
        unless=_goes_too if by_id else lambda change: False,
    )


_POLICY = {"resource_id": "service/live/words", "name": "cpu"}

RULE = Rule(
    "autoscaling-removed",
    Severity.MEDIUM,
    "Autoscaling is removed",
    "Without it the capacity stays the same, whatever the load.",
    watches=(
        *rows_for("autoscaling-removed"),
        _scaler("aws_appautoscaling_policy aws_appautoscaling_target", "resource_id"),
        _scaler("aws_autoscaling_policy", "autoscaling_group_name"),
    ),
    examples=(
        Fires("aws_appautoscaling_policy", _POLICY, None, beside=(same("aws_iam_role.stays", {"name": "stays"}),)),
        Silent(
            "aws_appautoscaling_policy",
            _POLICY,
            None,
            beside=(
                same("aws_iam_role.stays", {"name": "stays"}),
                Beside("aws_appautoscaling_target.words", {"resource_id": "service/live/words"}, None),
            ),
        ),
    ),
)
