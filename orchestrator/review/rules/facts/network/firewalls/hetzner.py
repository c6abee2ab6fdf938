"""Firewalls of Hetzner Cloud."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.rules.facts.network.firewalls.reading import Values, listed_blocks, sourced, text_of, written
from orchestrator.review.rules.facts.network.traffic import Traffic


def firewall(values: Values) -> Iterator[Traffic | None]:
    """A firewall with its rules inside."""
    for index, block in enumerate(listed_blocks(values.get("rule"))):
        egress = block.get("direction") == "out"
        base = written(
            block.get("protocol"), block.get("port"), ("rule", index), text_of(values.get("id")), egress=egress
        )
        yield from sourced(base, block, "destination_ips" if egress else "source_ips")


READERS = {"hcloud_firewall": firewall}
