"""Private subnets that become public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_ADVICE = "Keep private subnets behind a NAT gateway."


def _routed(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A route to the internet in a table that was there before."""
    table = (resource.after or {}).get("route_table_id")
    there = resource.before is not None or (resource.type == "aws_route" and isinstance(table, str))
    if there and _to_internet(resource.after) and not _to_internet(resource.before):
        yield Finding(
            "route-to-internet",
            Severity.MEDIUM,
            resource.address,
            "The subnets of this route table become public: an internet gateway routes traffic in as well as out.",
            _ADVICE,
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


RULE = Rule(
    "route-to-internet",
    Severity.MEDIUM,
    "Private subnets become public",
    "A subnet is public if its route table leads to an internet gateway.",
    looks=_routed,
    watches=(
        Reads("aws_route", "gateway_id destination_cidr_block destination_ipv6_cidr_block"),
        Reads("aws_route_table aws_default_route_table", "route"),
    ),
    fix=_ADVICE,
    examples=(
        Fires(
            "aws_route",
            None,
            {"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"},
        ),
        Fires(
            "aws_route_table",
            {"route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1", "gateway_id": ""}]},
            {"route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "", "gateway_id": "igw-1"}]},
        ),
        Silent(
            "aws_route",
            None,
            {"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1"},
        ),
    ),
)
