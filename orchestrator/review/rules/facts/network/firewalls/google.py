"""Firewalls of Google Cloud's networks."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.rules.facts.network.firewalls.reading import (
    Values,
    come_from,
    listed_blocks,
    text_of,
    texts,
    written,
)
from orchestrator.review.rules.facts.network.traffic import Traffic


def firewall(values: Values) -> Iterator[Traffic | None]:
    """A firewall, as far as it lets something in."""
    if values.get("direction") == "EGRESS" or values.get("disabled"):
        return
    for index, allowed in enumerate(listed_blocks(values.get("allow"))):
        protocol = str(allowed.get("protocol") or "all").lower()
        for ports in texts(allowed.get("ports")) or [""]:
            base = written(protocol, ports, ("allow", index), text_of(values.get("name")))
            for text in texts(values.get("source_ranges")):
                yield come_from(base, text, "source_ranges") if base else None


READERS = {"google_compute_firewall": firewall}
