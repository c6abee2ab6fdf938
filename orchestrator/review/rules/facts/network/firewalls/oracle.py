"""Security lists and network security groups of Oracle Cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.review.rules.facts.network.firewalls.reading import (
    Values,
    between,
    come_from,
    listed_blocks,
    text_of,
)
from orchestrator.review.rules.facts.network.traffic import Traffic
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.values import AttributePath

_LISTS = {"ingress_security_rules": "source", "egress_security_rules": "destination"}


def security_list(values: Values) -> Iterator[Traffic | None]:
    """The rules of a subnet. They only allow: what none of them names is refused."""
    for name, end in _LISTS.items():
        for index, block in enumerate(listed_blocks(values.get(name))):
            yield from _rule(block, (name, index), text_of(values.get("id")), end, "")


def group_rule(values: Values) -> Iterator[Traffic | None]:
    """One rule of a network security group."""
    end = "destination" if values.get("direction") == "EGRESS" else "source"
    group = text_of(values.get("network_security_group_id"))
    yield from _rule(values, (), group, end, "destination_port_range.")


READERS = {
    "oci_core_security_list": security_list,
    "oci_core_default_security_list": security_list,
    "oci_core_network_security_group_security_rule": group_rule,
}


def _rule(block: Values, path: AttributePath, group: str, end: str, ports: str) -> Iterator[Traffic | None]:
    options = {"6": "tcp_options", "17": "udp_options"}.get(text_of(block.get("protocol")), "")
    first, last = (at(block, f"{options}.{ports}{name}") if options else None for name in ("min", "max"))
    # No ports, or 0, are all of them.
    base = between(block.get("protocol"), first or None, last, path, group, egress=end == "destination")
    other = text_of(block.get(end))
    if base is None or not other:
        return
    if block.get(f"{end}_type") in (None, "", "CIDR_BLOCK"):
        yield come_from(base, other, end)
    else:
        yield replace(base, source="self" if other == group else other, path=(*path, end))
