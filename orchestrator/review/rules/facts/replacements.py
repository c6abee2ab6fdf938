"""Replacements: whether one only follows another, and what is in the new object."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.review.model import Action, Plan, Resource, Severity
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.tables.holder import Holder, Kind
from orchestrator.review.rules.kit.attributes import at, blocks
from orchestrator.review.rules.kit.per_plan import per_plan


def follows(resource: Resource, plan: Plan, holder: Holder) -> bool:
    """True if it is replaced only because what it stands on is, which has a finding of its own.

    An address that is not given again is a fact of its own: others have it built in.
    """
    if holder.severity >= Severity.CRITICAL:
        return False
    values = [at(resource.before, path) for path in resource.replace_paths]
    return bool(values) and all(
        isinstance(value, str) and _replaced_too(plan).get(value, Severity.LOW) >= holder.severity for value in values
    )


@per_plan
def _replaced_too(plan: Plan) -> Mapping[str, Severity]:
    """The ids and ARNs of what is replaced, with the severity of what is lost with it."""
    return {
        name: found.severity
        for item in plan.resources
        if item.managed and item.action is Action.REPLACE and item.before
        if (found := holders.holder_of(item.type)) is not None and found.kind is not Kind.HARMLESS
        for key in ("id", "arn")
        if isinstance(name := item.before.get(key), str) and name
    }


_SOURCES = ("snapshot_identifier", "snapshot_id", "snapshot_name", "replicate_source_db", "restore_source_name")


def new_one(resource: Resource, holder: Holder) -> str:
    """What is in the new one: nothing, or what it is restored from."""
    for name in _SOURCES:
        source = at(resource.after, name)
        if isinstance(source, str) and source:
            return f" The new one has what is in {source} ({name}), and nothing newer."
    filled = any(blocks(resource.after, name) for name in ("restore_to_point_in_time", "s3_import"))
    return " The new one is empty." if holder.loses.startswith("every ") and not filled else ""
