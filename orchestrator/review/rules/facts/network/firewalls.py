"""Firewall rules as Terraform's resources hold them: inline, of their own, and of other clouds."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from orchestrator.review.rules.facts.network.traffic import LAST_PORT, Network, Traffic
from orchestrator.review.values import AttributePath, Sensitive, Unknown

_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1", "*": "-1", "": "-1"}
_GROUPS = ("aws_security_group", "aws_default_security_group")
_ACLS = ("aws_network_acl", "aws_default_network_acl")
_NETWORKS = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
_NAMED = (
    "security_groups",
    "source_security_group_id",
    "referenced_security_group_id",
    "prefix_list_ids",
    "prefix_list_id",
)
_WORLD = ("*", "internet", "any")


def allowed_traffic(kind: str, values: Mapping[str, Any] | None) -> list[Traffic]:
    """What a resource of this type lets through. What is not known yet is left out."""
    if values is None:
        return []
    return [item for item in _reaches(kind, values) if item is not None]


def _reaches(kind: str, values: Mapping[str, Any]) -> Iterator[Traffic | None]:
    if kind in _GROUPS or kind in _ACLS:
        for direction in ("ingress", "egress"):
            for index, block in enumerate(_blocks(values.get(direction))):
                path: AttributePath = (direction, index)
                base = _reach(block, path, egress=direction == "egress", group=_text(values.get("id")))
                yield from _acl(base, block) if kind in _ACLS else _each(base, block)
    elif kind == "aws_security_group_rule":
        egress = values.get("type") == "egress"
        yield from _each(_reach(values, (), egress=egress, group=_text(values.get("security_group_id"))), values)
    elif kind in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"):
        egress = kind.endswith("egress_rule")
        yield from _each(_reach(values, (), egress=egress, group=_text(values.get("security_group_id"))), values)
    elif kind == "aws_network_acl_rule":
        egress = values.get("egress") is True
        yield from _acl(_reach(values, (), egress=egress, group=_text(values.get("network_acl_id"))), values)
    elif kind == "google_compute_firewall" and values.get("direction") != "EGRESS" and not values.get("disabled"):
        yield from _google(values)
    elif kind == "azurerm_network_security_rule":
        yield from _azure(values, (), _text(values.get("network_security_group_name")))
    elif kind == "azurerm_network_security_group":
        for index, block in enumerate(_blocks(values.get("security_rule"))):
            yield from _azure(block, ("security_rule", index), _text(values.get("name")))


def _reach(block: Mapping[str, Any], path: AttributePath, *, egress: bool, group: str) -> Traffic | None:
    protocol = block.get("protocol", block.get("ip_protocol"))
    first, last = block.get("from_port"), block.get("to_port")
    if not isinstance(protocol, str) or any(isinstance(port, Unknown | Sensitive) for port in (first, last)):
        return None
    name = _PROTOCOLS.get(protocol.lower(), protocol.lower())
    if name == "-1" or not isinstance(first, int) or first < 0:
        first, last = 0, LAST_PORT
    if name.startswith("icmp"):
        last = first if first else LAST_PORT
    return Traffic(name, first, last if isinstance(last, int) else first, "", group, egress, path=path)


def _each(base: Traffic | None, block: Mapping[str, Any]) -> Iterator[Traffic | None]:
    if base is None:
        return
    for key in _NETWORKS:
        for text in _texts(block.get(key)):
            yield _from(base, text, key)
    for key in _NAMED:
        for text in _texts(block.get(key)):
            own = text == base.group != ""
            yield replace(base, source="self" if own else text, path=(*base.path, key))
    if block.get("self") is True:
        yield replace(base, source="self", path=(*base.path, "self"))


def _acl(base: Traffic | None, block: Mapping[str, Any]) -> Iterator[Traffic | None]:
    action = block.get("action", block.get("rule_action"))
    if base is None or not isinstance(action, str):
        return
    for key in ("cidr_block", "ipv6_cidr_block"):
        for text in _texts(block.get(key)):
            yield _from(replace(base, acl=True, deny=action.lower() == "deny"), text, key)


def _google(values: Mapping[str, Any]) -> Iterator[Traffic | None]:
    for index, allowed in enumerate(_blocks(values.get("allow"))):
        protocol = str(allowed.get("protocol") or "all").lower()
        for ports in _texts(allowed.get("ports")) or [""]:
            base = _ported(protocol, ports, ("allow", index), _text(values.get("name")))
            for text in _texts(values.get("source_ranges")):
                yield _from(base, text, "source_ranges") if base else None


def _azure(block: Mapping[str, Any], path: AttributePath, group: str) -> Iterator[Traffic | None]:
    if _text(block.get("direction")).lower() != "inbound" or _text(block.get("access")).lower() != "allow":
        return
    for ports in _texts(block.get("destination_port_range")) + _texts(block.get("destination_port_ranges")):
        base = _ported(_text(block.get("protocol")).lower(), ports, path, group)
        for key in ("source_address_prefix", "source_address_prefixes"):
            for text in _texts(block.get(key)):
                yield _from(base, "0.0.0.0/0" if text.lower() in _WORLD else text, key) if base else None


def _ported(protocol: str, ports: str, path: AttributePath, group: str) -> Traffic | None:
    first, _, last = ports.partition("-")
    name = _PROTOCOLS.get(protocol, protocol)
    if ports in ("", "*"):
        return Traffic(name, 0, LAST_PORT, "", group, path=path)
    if not first.isdigit() or (last and not last.isdigit()):
        return None
    return Traffic(name, int(first), int(last or first), "", group, path=path)


def _from(base: Traffic, text: str, key: str) -> Traffic:
    return Traffic(  # and not `replace`: this is what a plan with many rules spends its time in
        base.protocol,
        base.first,
        base.last,
        network(text),
        base.group,
        base.egress,
        base.acl,
        base.deny,
        (*base.path, key),
    )


@lru_cache(maxsize=32_768)
def network(text: str) -> Network | str:
    """The text as a network, or itself if it is none."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return text


def _blocks(value: Any) -> list[Mapping[str, Any]]:
    listed = value if isinstance(value, list | tuple) else [value]
    return [block for block in listed if isinstance(block, Mapping)]


def _texts(value: Any) -> list[str]:
    if not value:
        return []
    listed = value if isinstance(value, list | tuple) else [value]
    return [item for item in listed if isinstance(item, str) and item]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
