"""Whether security groups let one service's tasks connect to another's, as the network of AWS decides it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Any

Group = Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """One end of a connection."""

    groups: Sequence[Group]
    networks: Sequence[str]
    """The CIDR blocks of the subnets that its tasks are in."""


def allows(client: Side, server: Side, port: int) -> bool:
    """True if the client may connect to that port of the server. One without groups is in the VPC's default group."""
    return _passes(client, "IpPermissionsEgress", server, port) and _passes(server, "IpPermissions", client, port)


def _passes(own: Side, direction: str, other: Side, port: int) -> bool:
    if not own.groups:
        # The default group lets everything out, and in what is in the same group.
        return direction == "IpPermissionsEgress" or not other.groups
    rules = [rule for group in own.groups for rule in group.get(direction) or []]
    return any(_is_for(rule, port) and _names(rule, other) for rule in rules)


def _is_for(rule: Group, port: int) -> bool:
    protocol = str(rule.get("IpProtocol", "-1")).lower()
    if protocol == "-1":
        return True
    return protocol in ("tcp", "6") and int(rule.get("FromPort", -1)) <= port <= int(rule.get("ToPort", -1))


def _names(rule: Group, other: Side) -> bool:
    wanted = {pair.get("GroupId") for pair in rule.get("UserIdGroupPairs") or []}
    if wanted & {group["GroupId"] for group in other.groups}:
        return True
    blocks = [_network(one.get("CidrIp")) for one in rule.get("IpRanges") or []]
    return any(_covers(block, other.networks) for block in blocks)


def _network(text: Any) -> IPv4Network:
    found = ip_network(str(text), strict=False)
    return found if isinstance(found, IPv4Network) else IPv4Network("0.0.0.0/32")


def _covers(block: IPv4Network, networks: Iterable[str]) -> bool:
    if block.prefixlen == 0:
        return True
    inside = [_network(network) for network in networks]
    return bool(inside) and all(network.subnet_of(block) for network in inside)
