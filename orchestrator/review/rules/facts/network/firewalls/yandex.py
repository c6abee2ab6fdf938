"""Security groups of Yandex Cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.review.rules.facts.network.firewalls.reading import (
    Values,
    between,
    come_from,
    listed_blocks,
    text_of,
    texts,
)
from orchestrator.review.rules.facts.network.traffic import Traffic
from orchestrator.review.rules.kit.attributes import hidden
from orchestrator.review.values import AttributePath

_TARGETS = {"self_security_group": "self"}


def group(values: Values) -> Iterator[Traffic | None]:
    """A group with its rules inside."""
    for direction in ("ingress", "egress"):
        for index, block in enumerate(listed_blocks(values.get(direction))):
            yield from _rule(block, (direction, index), text_of(values.get("id")), egress=direction == "egress")


def rule(values: Values) -> Iterator[Traffic | None]:
    """A rule of its own."""
    yield from _rule(
        values, (), text_of(values.get("security_group_binding")), egress=values.get("direction") == "egress"
    )


READERS = {
    "yandex_vpc_security_group": group,
    "yandex_vpc_default_security_group": group,
    "yandex_vpc_security_group_rule": rule,
}


def _rule(block: Values, path: AttributePath, group: str, *, egress: bool) -> Iterator[Traffic | None]:
    first, last = block.get("from_port"), block.get("to_port")
    one = block.get("port")
    # One port, or from and to; -1 is what the provider sets where there is none.
    if hidden(one) or (isinstance(one, int) and one >= 0):
        first, last = one, one
    base = between(block.get("protocol"), first, last, path, group, egress=egress)
    if base is None:
        return
    for key in ("v4_cidr_blocks", "v6_cidr_blocks"):
        for text in texts(block.get(key)):
            yield come_from(base, text, key)
    for key in ("security_group_id", "predefined_target"):
        if text := text_of(block.get(key)):
            own = text == group != ""
            yield replace(base, source="self" if own else _TARGETS.get(text, text), path=(*path, key))
