"""Parts of a table or a plan that go while the whole stays: replicas, indexes, streams, backup rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, blocks, hidden, number
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rule import Rule

_HIGH, _MEDIUM = Severity.HIGH, Severity.MEDIUM


def _table(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is not Action.UPDATE:
        return
    replicas = _gone(resource, "replica", "region_name")
    if replicas:
        yield _finding(
            "data-part-removed",
            _HIGH,
            resource,
            "replica",
            f"The copy of the table in {listed(replicas)} is deleted: what reads or writes there fails.",
            "Move its users to another region first.",
        )
    indexes = _gone(resource, "global_secondary_index", "name")
    if indexes:
        yield _finding(
            "data-part-removed",
            _MEDIUM,
            resource,
            "global_secondary_index",
            f"The index {listed(indexes)} is deleted: queries that use it fail, and to make it again takes time.",
            "Deploy the code that does without it first.",
        )
    if at(resource.before, "stream_enabled") is True and at(resource.after, "stream_enabled") in (False, None):
        yield _finding(
            "data-part-removed",
            _MEDIUM,
            resource,
            "stream_enabled",
            "The stream of the table's changes is switched off: what is not read yet is read no more, and a new stream "
            "has another ARN.",
            "Make sure that nobody reads it.",
        )


def _gone(resource: Resource, name: str, key: str) -> list[str]:
    if hidden(at(resource.after, name)):
        return []
    after = [item.get(key) for item in blocks(resource.after, name)]
    if any(hidden(value) for value in after):
        return []
    return [str(value) for item in blocks(resource.before, name) if (value := item.get(key)) not in after]


def fewer_backups(resource: Resource) -> Iterator[Finding]:
    """A backup plan with fewer rules, or that keeps what they make for less time."""
    if resource.action is not Action.UPDATE:
        return
    gone = _gone(resource, "rule", "rule_name")
    if gone:
        says = f"The backup plan loses a rule: {listed(gone)}. No new backups are made by it; those made stay."
        yield _finding("backup-off", _MEDIUM, resource, "rule", says, "Make sure that the other rules are enough.")
    after = {str(item.get("rule_name")): item for item in blocks(resource.after, "rule")}
    for rule in blocks(resource.before, "rule"):
        old, new = _kept(rule), _kept(after.get(str(rule.get("rule_name")), rule))
        if new is not None and (old is None or new < old):
            yield _finding(
                "backup-off",
                _MEDIUM,
                resource,
                "rule",
                f"Backups of the rule {rule.get('rule_name')} are kept for {new:g} days instead of "
                f"{f'{old:g}' if old else 'ever'}.",
                "Keep them as long as a mistake may stay unnoticed.",
            )


def _kept(rule: Mapping[str, Any]) -> float | None:
    return number(at(rule, "lifecycle.delete_after")) or None


def not_copied(resource: Resource) -> Iterator[Finding]:
    """Replication of a bucket of which a rule goes or is disabled."""
    if resource.action is not Action.UPDATE or hidden(at(resource.after, "rule")):
        return
    now = {str(rule.get("id")) for rule in blocks(resource.after, "rule") if rule.get("status") == "Enabled"}
    then = [str(rule.get("id")) for rule in blocks(resource.before, "rule") if rule.get("status") == "Enabled"]
    gone = [name for name in then if name not in now]
    # A rule under another name may copy the same.
    if gone and len(now) < len(then):
        says = f"New objects are no longer copied by the rule {listed(gone)}."
        yield _finding("backup-off", _MEDIUM, resource, "rule", says, 'Leave status = "Enabled".')


def _finding(rule: str, severity: Severity, resource: Resource, name: str, says: str, advice: str) -> Finding:
    before, after = at(resource.before, name), at(resource.after, name)
    return Finding(rule, severity, resource.address, says, advice, (name,), before, after)


RULES: tuple[Rule, ...] = (
    Rule(
        "data-part-removed",
        _HIGH,
        "A part of a table goes",
        "A copy, an index or a stream that somebody uses is missed at once.",
        _table,
        frozenset({"aws_dynamodb_table"}),
    ),
)
