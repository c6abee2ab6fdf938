"""DNS records that stop sending people somewhere, or go on sending them to what is broken."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden, number

_WEIGHT = "weighted_routing_policy.weight"


def unchecked(resource: Resource) -> Iterator[Finding]:
    """A record that is answered whether its target is well or not."""
    before, after = at(resource.before, "health_check_id"), at(resource.after, "health_check_id")
    if resource.action is Action.UPDATE and isinstance(before, str) and before and not after and not hidden(after):
        yield Finding(
            "health-check-weakened",
            Severity.MEDIUM,
            resource.address,
            "The record has no health check any more: DNS sends people there, also when what is there is broken.",
            "Keep the health check, or set evaluate_target_health on an alias.",
            ("health_check_id",),
            before,
            after,
        )


def without_weight(resource: Resource) -> Iterator[Finding]:
    """A record that gets no share of the requests any more."""
    before, after = at(resource.before, _WEIGHT), at(resource.after, _WEIGHT)
    if resource.action is Action.UPDATE and number(before) and number(after) == 0:
        yield Finding(
            "capacity-zero",
            Severity.MEDIUM,
            resource.address,
            f"The weight of the record goes from {before} to 0: nobody is sent there, unless all weights are 0.",
            "Make sure that those to whom the rest goes can bear it.",
            attribute_path(resource, _WEIGHT),
            before,
            after,
        )
