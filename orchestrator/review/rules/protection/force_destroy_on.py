"""Forced deletion: what it belongs to can be destroyed with everything in it."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.holders import holder_of
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import not_true
from orchestrator.review.rules.kit.rows import Row, protects
from orchestrator.review.rules.kit.rule import Rule


def _holds_little(change: Change) -> bool:
    holder = holder_of(change.resource.type)
    return holder is None or holder.kind not in (Kind.DATA, Kind.ADDRESS)


def _forced(path: str) -> tuple[Row, ...]:
    says = "Forced deletion is turned on: from now on it can be destroyed with everything in it."
    advice = "Leave it off; empty it manually when it should really go."
    # What is not there (null, or no such attribute) deletes nothing.
    changed = protects(
        "*",
        path,
        says,
        advice,
        lambda change: Severity.MEDIUM if _holds_little(change) else Severity.HIGH,
        as_long_as=not_true,
    )
    created = protects(
        "*",
        path,
        says,
        advice,
        as_long_as=not_true,
        actions=frozenset(),
        unless=_holds_little,
        born=Severity.LOW,
    )
    return changed, created


RULE = Rule(
    "force-destroy-on",
    Severity.HIGH,
    "Forced deletion is turned on",
    "A bucket or repository that is not empty cannot be destroyed, unless this is on.",
    watches=(*_forced("force_destroy"), *_forced("force_delete")),
    examples=(
        Fires("aws_s3_bucket", {"force_destroy": False}, {"force_destroy": True}),
        Fires("aws_iam_role", {"force_destroy": False}, {"force_destroy": True}, Severity.MEDIUM),
        Fires("aws_ecr_repository", None, {"force_delete": True}, Severity.LOW),
        Silent("aws_s3_bucket", None, {"bucket": "reports", "force_destroy": False}),
    ),
)
