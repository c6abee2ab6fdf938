"""Where the whole internet is let in, as far as words and values tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.network.ports import SENSITIVE
from orchestrator.review.rules.facts.unknown.words import Leaf, leaves, words
from orchestrator.review.rules.kit.attributes import number
from orchestrator.review.values import AttributePath

_NETWORK = re.compile(r"[0-9.]{7,15}/[01]|[0:]{2,39}/[01]")
_LIST = re.compile(r"[0-9a-fA-F.:/,\s]+")
_LONGEST = 2_000
_ANYBODY = frozenset(("*", "any", "internet"))
_IN = frozenset((
    "acl", "access", "accept", "allow", "allowed", "allowlist", "allowlisted", "authorized", "cidr", "cidrs",
    "firewall", "inbound", "ingress", "permit", "permitted", "remote", "security", "source", "sources", "src",
    "trusted", "whitelist", "whitelisted",
))  # fmt: skip
_OUT = frozenset((
    "blacklist", "blocked", "blocklist", "denied", "deny", "denylist", "dest", "destination", "destinations", "dst",
    "egress", "except", "exclude", "excluded", "masquerade", "nat", "outbound", "route", "router", "routes", "routing",
    "snat", "target", "tunnel", "vpn", "wireguard",
))  # fmt: skip
_SOURCE = frozenset(("source", "sources", "src"))
_INNER = frozenset((
    "admin", "api", "cluster", "console", "control", "database", "db", "kubernetes", "master", "rdp", "sql", "ssh",
))  # fmt: skip
_STORES = ("cassandra", "elastic", "kafka", "mongo", "mysql", "postgres", "redis")
_BOUNDS = frozenset(("begin", "end", "first", "from", "last", "max", "min", "start", "to"))
_PINGS = frozenset(("icmp", "icmpv6", "ipv6-icmp", "1", "58"))
_WEB = frozenset((80, 443))
_MANY = 1_000
_LAST = 65_535


@dataclass(frozen=True, slots=True)
class Door:
    """A place at which everybody is let in; `ports` are ranges, empty if there is no word of ports."""

    path: AttributePath
    value: str
    names: tuple[str, ...]
    ports: tuple[tuple[int, int], ...]
    protocol: str
    inner: bool

    @property
    def severity(self) -> Severity:
        """As bad as what is behind it, as far as that can be seen."""
        if self.protocol in _PINGS and not self.ports:
            return Severity.LOW
        if not self.ports:
            return Severity.HIGH if self.protocol or self.inner else Severity.MEDIUM
        if any(last - first > _MANY for first, last in self.ports) or self.behind:
            return Severity.HIGH
        web = all(first == last and first in _WEB for first, last in self.ports)
        return Severity.LOW if web else Severity.MEDIUM

    @property
    def behind(self) -> list[str]:
        """What is behind its ports, as far as it is for administrators or a database."""
        return [name for port, name in SENSITIVE.items() if any(first <= port <= last for first, last in self.ports)]

    def covers(self, other: Door) -> bool:
        """True if whoever comes in by the other one came in by this one before."""
        if self.names != other.names or (self.protocol in _PINGS and other.protocol not in _PINGS):
            return False
        return not self.ports or all(
            any(low <= first and last <= high for low, high in self.ports)
            for first, last in other.ports or ((0, _LAST),)
        )

    def __str__(self) -> str:
        if not self.ports:
            return "every port" if self.protocol and self.protocol not in _PINGS else self.protocol or "it"
        listed = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in self.ports[:4])
        wide = any(last - first > _MANY for first, last in self.ports)
        behind = f" ({self.behind[0]})" if self.behind and not wide else ""
        many = len(self.ports) > 1 or self.ports[0][0] != self.ports[0][1]
        return f"port{'s' if many else ''} {listed}{behind}"


def doors(type_: str, found: Iterable[Leaf]) -> Iterator[Door]:
    """The doors in a resource's values."""
    named = words(type_)
    for leaf in found:
        if not isinstance(leaf.value, str) or not (leaf.words | named) & _IN or (leaf.words | named) & _OUT:
            continue
        if _is_everybody(leaf) and not leaf.denied and not any(map(_goes_out, leaf.blocks)):
            block = _with_ports(leaf)
            yield Door(
                leaf.path,
                leaf.value,
                leaf.names,
                tuple(dict.fromkeys(_ports(block))),
                _protocol(block),
                any(word in _INNER or word.startswith(_STORES) for word in leaf.words | named),
            )


def _is_everybody(leaf: Leaf) -> bool:
    text = leaf.value.strip()
    if words(leaf.name) & _SOURCE and text.lower() in _ANYBODY:
        return True
    if text == "255.255.255.255":  # the end of a range that begins with the first address
        return bool(leaf.blocks) and "0.0.0.0" in leaf.blocks[-1].values()
    if len(text) > _LONGEST or not _LIST.fullmatch(text):
        return False
    return any(_NETWORK.fullmatch(part) for part in re.split(r"[,\s]+", text))


def _goes_out(block: Mapping[str, Any]) -> bool:
    for key, value in block.items():
        text = value.lower() if isinstance(value, str) else ""
        if key in ("direction", "type", "traffic_type", "chain") and text in ("egress", "out", "outbound", "output"):
            return True
        if (key == "egress" and value is True) or (key in ("ingress", "is_ingress") and value is False):
            return True
    return False


def _with_ports(leaf: Leaf) -> Mapping[str, Any]:
    """The block that says which ports, the innermost if none does. The resource as a whole has other blocks' ports."""
    inner = leaf.blocks[1:] or leaf.blocks
    return next((block for block in reversed(inner) if any(_ports(block))), inner[-1] if inner else {})


def _ports(block: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    bounds: dict[AttributePath, list[int]] = {}
    for leaf in leaves(block):
        if not leaf.words & {"port", "ports", "tcp", "udp"} or leaf.words & _SOURCE:
            continue
        texts = re.split(r"[,\s]+", leaf.value) if isinstance(leaf.value, str) else [leaf.value]
        for text in texts[:50]:
            found = [_port(part) for part in text.split("-")] if isinstance(text, str) else [_port(text)]
            numbers = [port for port in found if port is not None]
            if len(numbers) == 2:
                yield numbers[0], numbers[1]
            elif len(numbers) == 1 and words(leaf.name) & _BOUNDS:
                bounds.setdefault(leaf.path[:-1], []).append(numbers[0])
            elif len(numbers) == 1:
                yield (numbers[0], numbers[0]) if numbers[0] > 0 else (0, _LAST)
    for numbers in bounds.values():
        yield (0, _LAST) if max(numbers) <= 0 else (max(min(numbers), 0), max(numbers))


def _port(value: Any) -> int | None:
    found = number(value)
    return int(found) if found is not None and -1 <= found <= _LAST and found == int(found) else None


def _protocol(block: Mapping[str, Any]) -> str:
    value = next((block[key] for key in ("protocol", "ip_protocol", "proto") if key in block), None)
    return str(value).lower() if isinstance(value, str | int) else ""
