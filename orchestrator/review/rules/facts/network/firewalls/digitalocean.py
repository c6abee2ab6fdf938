"""Firewalls of DigitalOcean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.review.rules.facts.network.firewalls.reading import Values, listed_blocks, sourced, text_of, written
from orchestrator.review.rules.facts.network.traffic import Traffic

_DIRECTIONS = {"inbound_rule": "source", "outbound_rule": "destination"}
_NAMED = ("droplet_ids", "kubernetes_ids", "load_balancer_uids", "tags")


def firewall(values: Values) -> Iterator[Traffic | None]:
    """A firewall with its rules inside."""
    for name, end in _DIRECTIONS.items():
        for index, block in enumerate(listed_blocks(values.get(name))):
            group = text_of(values.get("id"))
            base = written(block.get("protocol"), block.get("port_range"), (name, index), group, egress=end != "source")
            if base is None:
                continue
            yield from sourced(base, block, f"{end}_addresses")
            for kind in _NAMED:
                others = block.get(f"{end}_{kind}")
                for other in others if isinstance(others, list | tuple) else ():
                    if isinstance(other, str | int):
                        path = (*base.path, f"{end}_{kind}")
                        yield replace(base, source=f"{kind.partition('_')[0].rstrip('s')} {other}", path=path)


READERS = {"digitalocean_firewall": firewall}
