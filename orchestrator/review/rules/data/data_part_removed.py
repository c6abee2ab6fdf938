"""Parts of a table that are removed while the table stays: replicas, indexes, the stream of changes."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.change import change_of, finding
from orchestrator.review.rules.kit.listing import listed, missing_items
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_TABLE = "aws_dynamodb_table"


def _parts(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is not Action.UPDATE:
        return
    replicas = missing_items(resource, "replica", "region_name")
    if replicas:
        yield finding(
            change_of(resource, plan, "replica"),
            f"The table's replica in {listed(replicas)} is deleted: whoever reads or writes there fails.",
            "Move its users to another region first.",
            Severity.HIGH,
        )
    indexes = missing_items(resource, "global_secondary_index", "name")
    if indexes:
        yield finding(
            change_of(resource, plan, "global_secondary_index"),
            f"The index {listed(indexes)} is deleted: queries that use it fail, and recreating it takes time.",
            "Deploy the code that works without it first.",
            Severity.MEDIUM,
        )
    if at(resource.before, "stream_enabled") is True and at(resource.after, "stream_enabled") in (False, None):
        yield finding(
            change_of(resource, plan, "stream_enabled"),
            "The table's stream of changes is turned off: changes that were not read yet are lost to its readers, and "
            "a new stream has another ARN.",
            "Make sure that nobody reads it.",
            Severity.MEDIUM,
        )


RULE = Rule(
    "data-part-removed",
    Severity.HIGH,
    "A replica, index or stream of a table is removed",
    "Everything that uses it fails immediately.",
    looks=_parts,
    watches=(Reads(_TABLE, "replica global_secondary_index stream_enabled"),),
    fix="Move whoever uses it first.",
    examples=(
        Fires(_TABLE, {"replica": [{"region_name": "eu-west-1"}]}, {"replica": []}),
        Fires(
            _TABLE,
            {"global_secondary_index": [{"name": "by-author"}]},
            {"global_secondary_index": []},
            Severity.MEDIUM,
        ),
        Silent(_TABLE, None, {"name": "stories", "stream_enabled": False}),
    ),
)
