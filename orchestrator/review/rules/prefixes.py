"""Managed prefix lists: networks by one name, which security groups and routes refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.firewalls import network
from orchestrator.review.rules.facts.traffic import Network, Traffic
from orchestrator.review.rules.kit.attributes import at, blocks
from orchestrator.review.rules.kit.listing import listed

LIST, ENTRY = "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry"
TYPES = frozenset((LIST, ENTRY))


def widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Networks that are added to a list that others refer to."""
    if resource.after is None or (resource.type == LIST and resource.before is None):
        return
    # An entry of a list that is made by this plan adds to nothing that is in use.
    if resource.type == ENTRY and not isinstance(at(resource.after, "prefix_list_id"), str):
        return
    before = _networks(resource.before)
    new = [item for item in _networks(resource.after) if not any(_within(item, old) for old in before)]
    if new:
        world = [item for item in new if Traffic("-1", 0, 0, item).world]
        yield Finding(
            "ingress-widened",
            Severity.HIGH if world else Severity.MEDIUM,
            resource.address,
            f"The list newly has {listed(world or new)}"
            + (", the whole internet" if world else "")
            + ": whatever lets the list in lets it in too.",
            "Look up which security groups refer to the list (`aws ec2 get-managed-prefix-list-associations`).",
            ("cidr",) if resource.type == ENTRY else ("entry",),
            None,
            str((world or new)[0]),
        )


def _networks(values: Mapping[str, Any] | None) -> list[Network]:
    texts = [at(item, "cidr") for item in (values, *blocks(values, "entry"))]
    found = (network(text) for text in texts if isinstance(text, str))
    return [item for item in found if not isinstance(item, str)]


def _within(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
