"""Ways between networks that were apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.accounts import is_foreign
from orchestrator.review.rules.kit.rule import Rule

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_ROUTES = ("aws_route", "aws_route_table", "aws_default_route_table")
_JOINS = {
    "aws_vpc_peering_connection": "peer_owner_id",
    "aws_ec2_transit_gateway_vpc_attachment": "transit_gateway_owner_id",
    "aws_ram_principal_association": "principal",
}


def _routed(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A route to the internet in a table that was there before."""
    table = (resource.after or {}).get("route_table_id")
    there = resource.before is not None or (resource.type == "aws_route" and isinstance(table, str))
    if there and _to_internet(resource.after) and not _to_internet(resource.before):
        yield Finding(
            "route-to-internet",
            Severity.MEDIUM,
            resource.address,
            "The subnets of this route table become public: their way out is the internet gateway, which also lets in.",
            "Keep private subnets behind a NAT gateway.",
        )


def _to_internet(values: Mapping[str, Any] | None) -> bool:
    if values is None:
        return False
    routes = values.get("route")
    for route in [values, *(routes if isinstance(routes, list | tuple) else ())]:
        if not isinstance(route, Mapping):
            continue
        to = [route.get(key) for key in ("destination_cidr_block", "cidr_block", "destination_ipv6_cidr_block")]
        gateway = route.get("gateway_id")
        if any(target in _EVERYWHERE for target in to) and isinstance(gateway, str) and gateway.startswith("igw-"):
            return True
    return False


def _joined(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.before is not None or resource.after is None:
        return
    owner = resource.after.get(_JOINS[resource.type])
    foreign = isinstance(owner, str) and is_foreign(owner, plan)
    yield Finding(
        "network-joined",
        Severity.MEDIUM if foreign else Severity.LOW,
        resource.address,
        f"The network is joined with one of account {owner}, which is not the one that this plan works in."
        if foreign
        else "Two networks that were apart are joined.",
        "Check the routes and security groups on both sides.",
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "route-to-internet",
        Severity.MEDIUM,
        "Private subnets become public",
        "A subnet is public if its route table leads to an internet gateway.",
        _routed,
        frozenset(_ROUTES),
    ),
    Rule(
        "network-joined",
        Severity.LOW,
        "Networks that were apart are joined",
        "What was out of reach can be reached, as far as routes and security groups let it.",
        _joined,
        frozenset(_JOINS),
    ),
)
