"""Security groups of OpenStack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.review.rules.facts.network.firewalls.reading import (
    EVERYWHERE,
    EVERYWHERE_6,
    Values,
    between,
    come_from,
    listed_blocks,
    text_of,
)
from orchestrator.review.rules.facts.network.traffic import Traffic
from orchestrator.review.rules.kit.attributes import hidden

_ENDS = ("remote_ip_prefix", "remote_group_id", "remote_address_group_id")


def rule(values: Values) -> Iterator[Traffic | None]:
    """A rule; one that names neither a network nor a group is for everybody (Networking API, security group rules)."""
    group = text_of(values.get("security_group_id"))
    first, last = values.get("port_range_min"), values.get("port_range_max")
    egress = values.get("direction") == "egress"
    protocol = values.get("protocol")
    name = "all" if protocol in (None, "") else "icmpv6" if protocol == "icmp" and _is_6(values) else protocol
    base = between(name, first or None, last or None, (), group, egress=egress)
    if base is None:
        return
    if prefix := text_of(values.get("remote_ip_prefix")):
        # The provider calls the other ends unknown then, for all that a rule has one.
        yield come_from(base, prefix, "remote_ip_prefix")
        return
    if any(hidden(values.get(key)) for key in _ENDS):
        return
    for key in _ENDS[1:]:
        if text := text_of(values.get(key)):
            yield replace(base, source="self" if text == group else text, path=(key,))
    if not any(values.get(key) for key in _ENDS):
        yield come_from(base, EVERYWHERE_6 if _is_6(values) else EVERYWHERE, "remote_ip_prefix")


def compute_group(values: Values) -> Iterator[Traffic | None]:
    """A group of the old kind, with its rules inside. They only let something in."""
    for index, block in enumerate(listed_blocks(values.get("rule"))):
        path = ("rule", index)
        base = between(
            block.get("ip_protocol"), block.get("from_port"), block.get("to_port"), path, text_of(values.get("id"))
        )
        if base is None:
            continue
        if cidr := text_of(block.get("cidr")):
            yield come_from(base, cidr, "cidr")
        if other := text_of(block.get("from_group_id")):
            yield replace(base, source=other, path=(*path, "from_group_id"))
        if block.get("self") is True:
            yield replace(base, source="self", path=(*path, "self"))


READERS = {"openstack_networking_secgroup_rule_v2": rule, "openstack_compute_secgroup_v2": compute_group}


def _is_6(values: Values) -> bool:
    return values.get("ethertype") == "IPv6"
