"""An example as a plan: as `terraform show -json` writes one, read as any other."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import Plan
from orchestrator.review.reading.reading import read
from orchestrator.review.rules.examples.examples import Example, Values


def address_of(example: Example) -> str:
    """The address of the resource that an example is about."""
    return f"{example.type}.this"


def plan_of(example: Example) -> Plan:
    """The plan in which an example's resource changes, with what is beside it."""
    address = address_of(example)
    entry = _entry(address, example.before, example.after)
    change = entry["change"]
    change["after_unknown"] = dict.fromkeys(example.unknown, True)
    if example.replaced:
        change |= {"actions": ["delete", "create"], "replace_paths": [[example.replaced]]}
        entry["action_reason"] = "replace_because_cannot_update"
    if example.forgotten:
        change["actions"] = ["forget"]
    beside = [_entry(other.address, other.before, other.after) for other in example.beside]
    if not example.outside:
        return _plan([entry, *beside], [])
    now = (
        _entry(address, None, example.before)
        if example.after is None
        else _entry(address, example.after, example.after)
    )
    return _plan([now, *beside], [entry])


def _plan(changes: list[dict[str, Any]], drift: list[dict[str, Any]]) -> Plan:
    return read(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "resource_changes": changes,
            "resource_drift": drift,
            "configuration": {},
        }
    )


def _entry(address: str, before: Values | None, after: Values | None) -> dict[str, Any]:
    type_, _, name = address.partition(".")
    actions = "create" if before is None else "delete" if after is None else "no-op" if before == after else "update"
    return {
        "address": address,
        "mode": "managed",
        "type": type_,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": [actions],
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
        },
    }
