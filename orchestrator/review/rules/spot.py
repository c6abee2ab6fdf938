"""Capacity that AWS may take back at any time, where it was one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, attribute_path, blocks, hidden, number

_DISTRIBUTION = "mixed_instances_policy.instances_distribution"
_SAYS = "Everything runs on Spot from now on: AWS takes it back with two minutes' notice, often much at once."
_ADVICE = "Keep a base of on-demand capacity that bears the load for a while."


def only_spot(resource: Resource) -> Iterator[Finding]:
    """A service or group that had capacity of its own, and has none any more."""
    if resource.action is not Action.UPDATE:
        return
    if resource.type == "aws_ecs_service":
        path = "capacity_provider_strategy"
        before, after = _on_demand(resource.before, path), _on_demand(resource.after, path)
        changes = before is True and after is False
    else:
        path = f"{_DISTRIBUTION}.on_demand_percentage_above_base_capacity"
        changes = _own(resource.before) is True and _own(resource.after) is False
    if changes:
        yield Finding(
            "availability-reduced",
            Severity.MEDIUM,
            resource.address,
            _SAYS,
            _ADVICE,
            attribute_path(resource, path),
            at(resource.before, path),
            at(resource.after, path),
        )


def _on_demand(values: Mapping[str, Any] | None, path: str) -> bool | None:
    """None if the capacity's kind is not told: a provider of one's own may be either."""
    if hidden(at(values, path)):
        return None
    providers = [item.get("capacity_provider") for item in blocks(values, path)]
    if not providers:
        return True if at(values, "launch_type") == "FARGATE" else None
    return False if all(name == "FARGATE_SPOT" for name in providers) else True if "FARGATE" in providers else None


def _own(values: Mapping[str, Any] | None) -> bool | None:
    """Whether some of a group's servers are on demand. Without the block all of them are."""
    if not blocks(values, "mixed_instances_policy"):
        return None if hidden(at(values, "mixed_instances_policy")) else True
    base = number(at(values, f"{_DISTRIBUTION}.on_demand_base_capacity"))
    share = number(at(values, f"{_DISTRIBUTION}.on_demand_percentage_above_base_capacity"))
    if base is None and share is None:
        return None
    # The provider's defaults: no base, and all above it on demand.
    return bool(base or (100 if share is None else share))
