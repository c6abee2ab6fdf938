"""Security groups of Alibaba Cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.review.rules.facts.network.firewalls.reading import Values, come_from, text_of, written
from orchestrator.review.rules.facts.network.traffic import Traffic

_NAMED = ("source_security_group_id", "prefix_list_id")


def rule(values: Values) -> Iterator[Traffic | None]:
    """A rule; `port_range` is `22/22`, or `-1/-1` for all ports."""
    if values.get("policy") == "drop":
        return
    group = text_of(values.get("security_group_id"))
    base = written(
        values.get("ip_protocol"), values.get("port_range"), (), group, egress=values.get("type") == "egress"
    )
    if base is None:
        return
    if base.icmp:
        base = replace(base, last=0)
    for key in ("cidr_ip", "ipv6_cidr_ip"):
        if text := text_of(values.get(key)):
            yield come_from(base, text, key)
    for key in _NAMED:
        if text := text_of(values.get(key)):
            yield replace(base, source="self" if text == group else text, path=(key,))


READERS = {"alicloud_security_group_rule": rule}
