"""What firewall rules let through, as data: one form for inline rules, rules of their own, and other clouds' rules."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from orchestrator.review.values import AttributePath

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Traffic:
    """One source may reach (or with `egress` be reached at) the ports of one protocol.

    `source` is a network, or the name of a group, a prefix list or `self`. `group` is the id of what the rule is in,
    empty where it is not known yet. `acl` marks subnet rules, `deny` what they refuse.
    """

    protocol: str
    first: int
    last: int
    source: Network | str
    group: str = ""
    egress: bool = False
    acl: bool = False
    deny: bool = False
    path: AttributePath = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.ports} {'to' if self.egress else 'from'} {self.source}"

    @property
    def ports(self) -> str:
        """Protocol and ports as people say them."""
        if self.protocol == "-1":
            return "all ports"
        if self.first <= 0 and self.last >= LAST_PORT:
            return f"all {self.protocol} ports" if not self.icmp else self.protocol
        return f"{self.protocol} {self.first}" + (f"-{self.last}" if self.last != self.first else "")

    @property
    def icmp(self) -> bool:
        return self.protocol.startswith("icmp")

    @property
    def world(self) -> bool:
        """True if the source is the whole internet, or a large part of it."""
        if isinstance(self.source, str):
            return False
        return self.source.prefixlen <= (1 if self.source.version == 4 else 3)


def not_covered(reach: Traffic, old: Iterable[Traffic]) -> list[Traffic]:
    """The parts of `reach` that nothing in `old` lets through already, ports put together where they can be."""
    known = []
    for item in old:
        if item.last < reach.first or item.first > reach.last or not _kin(item, reach):
            continue
        if item.source == reach.source and item.first <= reach.first and item.last >= reach.last:
            return []
        known.append(item)
    edges = {reach.first, reach.last + 1}
    for item in known:
        edges.update(edge for edge in (item.first, item.last + 1) if reach.first < edge <= reach.last)
    found: list[Traffic] = []
    for first, following in zip(ordered := sorted(edges), ordered[1:], strict=False):
        there = [item for item in known if item.first <= first and item.last >= following - 1]
        for source in _sources_left(reach, there):
            whole = first == reach.first and following - 1 == reach.last and source is reach.source
            part = reach if whole else replace(reach, first=first, last=following - 1, source=source)
            joint = next((i for i, p in enumerate(found) if p.last == first - 1 and p.source == source), None)
            if joint is None:
                found.append(part)
            else:
                found[joint] = replace(found[joint], last=part.last)
    return found


def _kin(old: Traffic, new: Traffic) -> bool:
    return (
        (old.protocol == new.protocol or old.protocol == "-1")
        and old.egress is new.egress
        and old.acl is new.acl
        and old.deny is new.deny
    )


def _sources_left(reach: Traffic, known: Iterable[Traffic]) -> list[Network | str]:
    if isinstance(reach.source, str):
        # Who is let in from everywhere is let in from a group too.
        return [] if any(item.source == reach.source or item.world for item in known) else [reach.source]
    left: list[Network] = [reach.source]
    for item in known:
        if not isinstance(item.source, str) and item.source.version == reach.source.version:
            left = [rest for network in left for rest in _without(network, item.source)]
    # A hole in the middle makes dozens of parts: the source as it is written says more.
    return list(left) if len(left) <= 2 else [reach.source]


def _without(network: Network, gone: Network) -> list[Network]:
    if network.subnet_of(gone):  # type: ignore[arg-type]
        return []
    if gone.subnet_of(network):  # type: ignore[arg-type]
        return list(network.address_exclude(gone))  # type: ignore[arg-type]
    return [network]
