"""What the firewall rules of all clouds have in common: protocols, ports, sources."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from orchestrator.review.rules.facts.network.traffic import LAST_PORT, Network, Traffic
from orchestrator.review.values import AttributePath, Sensitive, Unknown

Values = Mapping[str, Any]
PROTOCOLS = {
    "6": "tcp",
    "17": "udp",
    "1": "icmp",
    "58": "icmpv6",
    "ipv6-icmp": "icmpv6",
    "all": "-1",
    "any": "-1",
    "*": "-1",
    "": "-1",
}
EVERYWHERE = "0.0.0.0/0"
EVERYWHERE_6 = "::/0"


def between(
    protocol: Any, first: Any, last: Any, path: AttributePath, group: str, *, egress: bool = False
) -> Traffic | None:
    """Traffic from nowhere yet, for ports given as two numbers; None if it is not known yet."""
    if not isinstance(protocol, str) or any(isinstance(port, Unknown | Sensitive) for port in (first, last)):
        return None
    name = PROTOCOLS.get(protocol.lower(), protocol.lower())
    if name == "-1" or not isinstance(first, int) or first < 0:
        first, last = 0, LAST_PORT
    if name.startswith("icmp"):
        last = first if first else LAST_PORT
    return Traffic(name, first, last if isinstance(last, int) else first, "", group, egress, path=path)


def written(protocol: Any, ports: Any, path: AttributePath, group: str, *, egress: bool = False) -> Traffic | None:
    """Traffic from nowhere yet, for ports in one text (`443`, `8000-8999`, `8000/8999`); None if that is none."""
    if not isinstance(protocol, str) or isinstance(ports, Unknown | Sensitive):
        return None
    name = PROTOCOLS.get(protocol.lower(), protocol.lower())
    text = str(ports if ports is not None else "").strip().lower()
    if text in ("", "*", "all", "any", "0", "-1", "-1/-1"):
        return Traffic(name, 0, LAST_PORT, "", group, egress, path=path)
    first, _, last = text.replace("/", "-").partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return None
    return Traffic(name, int(first), int(last or first), "", group, egress, path=path)


def sourced(base: Traffic | None, values: Values, *keys: str) -> Iterator[Traffic]:
    """The traffic from each of the networks that these attributes name."""
    for key in keys if base is not None else ():
        for text in texts(values.get(key)):
            yield come_from(base, text, key)  # type: ignore[arg-type]


def come_from(base: Traffic, text: str, key: str) -> Traffic:
    """The traffic from one network."""
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


def listed_blocks(value: Any) -> list[Values]:
    """Nested blocks, or the one."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [block for block in listed if isinstance(block, Mapping)]


def texts(value: Any) -> list[str]:
    """The texts in a list, or the one."""
    if not value:
        return []
    listed = value if isinstance(value, list | tuple) else [value]
    return [item for item in listed if isinstance(item, str) and item]


def text_of(value: Any) -> str:
    """The value if it is a text."""
    return value if isinstance(value, str) else ""
