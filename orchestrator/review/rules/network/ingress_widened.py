"""More networks that can reach a port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.clouds import denies
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.network.firewalls.reading import network
from orchestrator.review.rules.facts.network.traffic import Network, Traffic
from orchestrator.review.rules.facts.newly_allowed import TYPES, is_fresh, newly_allowed, no_longer_refused
from orchestrator.review.rules.kit.attributes import at, blocks
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Check that each source needs each port."
_LIST, _ENTRY = "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry"


def _widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield from _by_list(resource) if resource.type in (_LIST, _ENTRY) else _by_rules(resource, plan)


def _by_rules(resource: Resource, plan: Plan) -> Iterator[Finding]:
    fresh = is_fresh(resource)
    found = [item for item in newly_allowed(resource, plan) if not item.egress and not (item.world and not item.acl)]
    weighed = [(severity, item) for item in found if (severity := _weight(item, fresh=fresh))]
    opened = [] if fresh else no_longer_refused(resource, plan)
    if not newly_allowed(resource, plan):
        yield from denies.no_longer_denied(resource, plan)
    if weighed:
        weighed.sort(key=lambda pair: -pair[0])
        yield Finding(
            "ingress-widened",
            weighed[0][0],
            resource.address,
            f"Newly allowed: {listed(item for _, item in weighed)}.",
            _ADVICE,
            weighed[0][1].path,
            None,
            str(weighed[0][1].source),
        )
    elif opened:
        yield Finding(
            "ingress-widened",
            Severity.MEDIUM,
            resource.address,
            f"The subnet no longer refuses {listed(opened)}.",
            "Check that a security group keeps it out, or keep the deny rule.",
        )


def _weight(item: Traffic, *, fresh: bool) -> Severity | None:
    if item.acl:
        # Subnets are open by default and security groups decide: only a change of one that was closed is worth a look.
        return None if fresh else Severity.MEDIUM
    if item.source == "self":
        return None if fresh else Severity.LOW
    if isinstance(item.source, str) or not item.source.is_global:
        return None if fresh else Severity.MEDIUM
    if item.source.prefixlen <= (8 if item.source.version == 4 else 20):
        return Severity.HIGH
    return Severity.LOW if fresh else Severity.MEDIUM


def _by_list(resource: Resource) -> Iterator[Finding]:
    """Networks that are added to a list that others refer to."""
    if resource.after is None or (resource.type == _LIST and resource.before is None):
        return
    # An entry of a list that is made by this plan adds to nothing that is in use.
    if resource.type == _ENTRY and not isinstance(at(resource.after, "prefix_list_id"), str):
        return
    before = _networks(resource.before)
    new = [item for item in _networks(resource.after) if not any(_within(item, old) for old in before)]
    if new:
        world = [item for item in new if Traffic("-1", 0, 0, item).world]
        yield Finding(
            "ingress-widened",
            Severity.HIGH if world else Severity.MEDIUM,
            resource.address,
            f"The list now has {listed(world or new)}"
            + (", the whole internet" if world else "")
            + ": every rule that refers to the list allows it too.",
            "Look up which security groups refer to the list (`aws ec2 get-managed-prefix-list-associations`).",
            ("cidr",) if resource.type == _ENTRY else ("entry",),
            None,
            str((world or new)[0]),
        )


def _networks(values: Mapping[str, Any] | None) -> list[Network]:
    texts = [at(item, "cidr") for item in (values, *blocks(values, "entry"))]
    found = (network(text) for text in texts if isinstance(text, str))
    return [item for item in found if not isinstance(item, str)]


def _within(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _from(*networks: str) -> dict[str, Any]:
    rule = {"from_port": 8080, "to_port": 8080, "protocol": "tcp", "cidr_blocks": list(networks)}
    return {"id": "sg-1", "ingress": [rule]}


RULE = Rule(
    "ingress-widened",
    Severity.MEDIUM,
    "More networks can reach a port",
    "Networks, groups and ports are compared as sets: rules that only move or split are no change.",
    looks=_widened,
    watches=(
        *rows_for("ingress-widened"),
        Reads(" ".join(sorted(TYPES)), "ingress"),
        Reads(_LIST, "entry"),
        Reads(_ENTRY, "cidr"),
    ),
    fix=_ADVICE,
    examples=(
        Fires("aws_security_group", _from("10.0.1.0/24"), _from("10.0.1.0/24", "10.0.2.0/24")),
        Fires(_LIST, {"entry": [{"cidr": "10.0.1.0/24"}]}, {"entry": [{"cidr": "10.0.0.0/16"}]}),
        Fires(
            "azurerm_network_security_rule",
            {
                "name": "deny-internet",
                "direction": "Inbound",
                "access": "Deny",
                "protocol": "*",
                "source_address_prefix": "Internet",
                "destination_port_range": "*",
            },
            None,
            Severity.HIGH,
            beside=(same("azurerm_network_security_group.web", {"name": "web"}),),
        ),
        Silent("aws_security_group", _from("10.0.1.0/24"), _from("10.0.1.0/25", "10.0.1.128/25")),
        Silent("aws_security_group", None, _from("10.0.1.0/24")),
    ),
)
