"""NAT gateways, addresses, load balancers, endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orchestrator.review.cost.parts import NotKnown, Part, Side, count

_DATA = "the data that NAT gateways and endpoints process"
_UNITS = "the capacity units (LCUs) of load balancers"


def nat_gateway(side: Side) -> Iterator[Part]:
    """A NAT gateway; its address is an `aws_eip` of its own."""
    yield Part("nat-gateway", Decimal(1), "a NAT gateway", _DATA)


def address(side: Side) -> Iterator[Part]:
    """An Elastic IP address, attached or not. An address that somebody brought along costs nothing."""
    pool = side.values.get("public_ipv4_pool")
    if isinstance(pool, str) and pool not in ("", "amazon"):
        return
    if side.values.get("customer_owned_ipv4_pool"):
        return
    yield Part("public-ipv4", Decimal(1), "a public IPv4 address")


def load_balancer(side: Side) -> Iterator[Part]:
    """A load balancer, and the addresses that one on the internet has, one per subnet."""
    kind = side.get("load_balancer_type") or "application"
    if kind not in ("application", "network"):
        raise NotKnown(f"there is no price here for a {kind} load balancer")
    yield Part(f"load-balancer-{kind}", Decimal(1), f"an {kind} load balancer".replace("an n", "a n"), _UNITS)
    if side.get("internal") is True or side.values.get("ip_address_type") == "dualstack-without-public-ipv4":
        return
    mapped = side.values.get("subnet_mapping")
    if isinstance(mapped, list) and any(entry.get("allocation_id") for entry in mapped if isinstance(entry, dict)):
        return  # Elastic IP addresses, which are counted by themselves
    try:
        subnets = count(side, "subnets")
    except NotKnown:
        # How many there are is known only after apply; two are the fewest that an application load balancer has.
        subnets = Decimal(2 if kind == "application" else 1)
    if subnets:
        yield Part("public-ipv4", subnets, f"its public IPv4 addresses in {subnets} subnets or more")


def endpoint(side: Side) -> Iterator[Part]:
    """An interface endpoint in each of its subnets. Gateway endpoints cost nothing."""
    kind = side.get("vpc_endpoint_type") or "Gateway"
    if kind == "Gateway":
        return
    if kind != "Interface":
        raise NotKnown(f"there is no price here for an endpoint of the type {kind}")
    subnets = count(side, "subnet_ids")
    yield Part("interface-endpoint", subnets, f"an interface endpoint in {subnets} subnets", _DATA)
