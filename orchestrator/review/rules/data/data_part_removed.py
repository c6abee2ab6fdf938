"""Parts of a table that are removed while the table stays: replicas, indexes, the stream of changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.change import change_of, finding
from orchestrator.review.rules.kit.listing import listed, missing_items
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_TABLE = "aws_dynamodb_table"
_INDEX = "global_secondary_index"


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
    indexes = missing_items(resource, _INDEX, "name")
    rebuilt, made = _rebuilt(resource), _made(resource)
    if indexes or rebuilt:
        says = []
        if indexes:
            says.append(
                f"The index {listed(indexes)} is deleted: queries that use it fail, and recreating it takes time."
            )
        if rebuilt:
            says.append(
                f"The index {listed(rebuilt)} is deleted and created again, because its keys or its attributes change: "
                "until the new one is filled from the whole table, queries that use it fail."
            )
        if indexes and made:
            says.append(
                f"In the same apply {listed(made)} is added. DynamoDB changes one index at a time, so the old one is "
                "gone before the new one is filled and answers."
            )
        yield finding(
            change_of(resource, plan, _INDEX),
            " ".join(says),
            "Add the new index under another name first, wait until it is active, deploy the code that uses it, and "
            "remove the old one in a later change."
            if rebuilt or made
            else "Deploy the code that works without it first.",
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


_IN_PLACE = frozenset(("read_capacity", "write_capacity", "on_demand_throughput", "warm_throughput"))


def _rebuilt(resource: Resource) -> list[str]:
    """The indexes that keep their name and change in what only a new index can have."""
    if hidden(at(resource.after, _INDEX)):
        return []
    after = {str(item.get("name")): item for item in blocks(resource.after, _INDEX)}
    return [
        name
        for item in blocks(resource.before, _INDEX)
        if (name := str(item.get("name"))) in after and _differ(item, after[name])
    ]


def _differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    keys = (one.keys() | other.keys()) - _IN_PLACE
    return any(
        _unordered(one.get(key)) != _unordered(other.get(key))
        for key in keys
        if not hidden(one.get(key)) and not hidden(other.get(key))
    )


def _unordered(value: Any) -> Any:
    return sorted(value, key=repr) if isinstance(value, list) else value or []


def _made(resource: Resource) -> list[str]:
    before = [item.get("name") for item in blocks(resource.before, _INDEX)]
    return [str(name) for item in blocks(resource.after, _INDEX) if (name := item.get("name")) not in before]


def _table(index: Mapping[str, Any], *more: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": "stories", _INDEX: [index, *more]}


_BY_AUTHOR = {"name": "by-author", "hash_key": "author", "projection_type": "ALL", "read_capacity": 5}

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
            {_INDEX: [{"name": "by-author"}]},
            {_INDEX: []},
            Severity.MEDIUM,
        ),
        Fires(_TABLE, _table(_BY_AUTHOR), _table(_BY_AUTHOR | {"hash_key": "writer"}), Severity.MEDIUM, both_ways=True),
        Fires(_TABLE, _table(_BY_AUTHOR), _table(_BY_AUTHOR | {"name": "by-writer"}), Severity.MEDIUM, both_ways=True),
        Silent(_TABLE, None, {"name": "stories", "stream_enabled": False}),
        Silent(_TABLE, _table(_BY_AUTHOR), _table(_BY_AUTHOR | {"read_capacity": 9})),
        Silent(_TABLE, _table(_BY_AUTHOR), _table(_BY_AUTHOR, {"name": "by-day", "hash_key": "day"})),
    ),
)
