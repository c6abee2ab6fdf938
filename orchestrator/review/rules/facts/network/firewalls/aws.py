"""Security groups and network ACLs of AWS: inline rules, and rules of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.review.rules.facts.network.firewalls.reading import (
    Values,
    between,
    come_from,
    listed_blocks,
    text_of,
    texts,
)
from orchestrator.review.rules.facts.network.traffic import Traffic
from orchestrator.review.values import AttributePath

_NETWORKS = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
_NAMED = (
    "security_groups",
    "source_security_group_id",
    "referenced_security_group_id",
    "prefix_list_ids",
    "prefix_list_id",
)


def group(values: Values) -> Iterator[Traffic | None]:
    """A security group with its rules inside."""
    for path, egress, block in _inline(values):
        yield from _each(_reach(block, path, egress=egress, group=text_of(values.get("id"))), block)


def group_rule(values: Values) -> Iterator[Traffic | None]:
    """A rule that says itself in which direction it lets something through."""
    yield from _one(values, egress=values.get("type") == "egress")


def ingress_rule(values: Values) -> Iterator[Traffic | None]:
    """A rule that lets something in."""
    yield from _one(values, egress=False)


def egress_rule(values: Values) -> Iterator[Traffic | None]:
    """A rule that lets something out."""
    yield from _one(values, egress=True)


def acl(values: Values) -> Iterator[Traffic | None]:
    """A subnet's list with its rules inside."""
    for path, egress, block in _inline(values):
        yield from _acl(_reach(block, path, egress=egress, group=text_of(values.get("id"))), block)


def acl_rule(values: Values) -> Iterator[Traffic | None]:
    """One rule of a subnet's list."""
    egress = values.get("egress") is True
    yield from _acl(_reach(values, (), egress=egress, group=text_of(values.get("network_acl_id"))), values)


READERS = {
    "aws_security_group": group,
    "aws_default_security_group": group,
    "aws_security_group_rule": group_rule,
    "aws_vpc_security_group_ingress_rule": ingress_rule,
    "aws_vpc_security_group_egress_rule": egress_rule,
    "aws_network_acl": acl,
    "aws_default_network_acl": acl,
    "aws_network_acl_rule": acl_rule,
}


def _inline(values: Values) -> Iterator[tuple[AttributePath, bool, Values]]:
    for direction in ("ingress", "egress"):
        for index, block in enumerate(listed_blocks(values.get(direction))):
            yield (direction, index), direction == "egress", block


def _one(values: Values, *, egress: bool) -> Iterator[Traffic | None]:
    yield from _each(_reach(values, (), egress=egress, group=text_of(values.get("security_group_id"))), values)


def _reach(block: Values, path: AttributePath, *, egress: bool, group: str) -> Traffic | None:
    protocol = block.get("protocol", block.get("ip_protocol"))
    return between(protocol, block.get("from_port"), block.get("to_port"), path, group, egress=egress)


def _each(base: Traffic | None, block: Values) -> Iterator[Traffic | None]:
    if base is None:
        return
    for key in _NETWORKS:
        for text in texts(block.get(key)):
            yield come_from(base, text, key)
    for key in _NAMED:
        for text in texts(block.get(key)):
            own = text == base.group != ""
            yield replace(base, source="self" if own else text, path=(*base.path, key))
    if block.get("self") is True:
        yield replace(base, source="self", path=(*base.path, "self"))


def _acl(base: Traffic | None, block: Values) -> Iterator[Traffic | None]:
    action = block.get("action", block.get("rule_action"))
    if base is None or not isinstance(action, str):
        return
    for key in ("cidr_block", "ipv6_cidr_block"):
        for text in texts(block.get(key)):
            yield come_from(replace(base, acl=True, deny=action.lower() == "deny"), text, key)
