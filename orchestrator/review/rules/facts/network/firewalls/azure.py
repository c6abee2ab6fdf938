"""Network security groups of Azure."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.rules.facts.network.firewalls.reading import (
    EVERYWHERE,
    Values,
    come_from,
    listed_blocks,
    text_of,
    texts,
    written,
)
from orchestrator.review.rules.facts.network.traffic import Traffic
from orchestrator.review.values import AttributePath

_WORLD = ("*", "internet", "any")


def rule(values: Values) -> Iterator[Traffic | None]:
    """A rule of its own."""
    yield from _rule(values, (), text_of(values.get("network_security_group_name")))


def group(values: Values) -> Iterator[Traffic | None]:
    """A group with its rules inside."""
    for index, block in enumerate(listed_blocks(values.get("security_rule"))):
        yield from _rule(block, ("security_rule", index), text_of(values.get("name")))


READERS = {"azurerm_network_security_rule": rule, "azurerm_network_security_group": group}


def _rule(block: Values, path: AttributePath, group: str) -> Iterator[Traffic | None]:
    if text_of(block.get("direction")).lower() != "inbound" or text_of(block.get("access")).lower() != "allow":
        return
    for ports in texts(block.get("destination_port_range")) + texts(block.get("destination_port_ranges")):
        base = written(text_of(block.get("protocol")).lower(), ports, path, group)
        for key in ("source_address_prefix", "source_address_prefixes"):
            for text in texts(block.get(key)):
                yield come_from(base, EVERYWHERE if text.lower() in _WORLD else text, key) if base else None
