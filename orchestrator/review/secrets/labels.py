"""Names that the configuration gives to modules and resources: source text, shown whole beside whatever is secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from itertools import pairwise

from orchestrator.review.model import Plan
from orchestrator.review.reading.configuration import without_keys

_NAME = re.compile(r"[\w-]+")


def labels(plan: Plan) -> frozenset[str]:
    """`aws_s3_bucket.logs`, `module.web`: each part of the plan's addresses, without instance keys."""
    return frozenset(pair for address in _addresses(plan) for pair in _pairs(without_keys(address)))


def _addresses(plan: Plan) -> Iterator[str]:
    for item in (*plan.resources, *plan.drift, *plan.drifted_elsewhere):
        yield item.address
        yield item.moved_from
    yield from (check.address for check in plan.checks)
    yield from (one.address for one in plan.invocations)
    yield from (address for edge in plan.edges for address in (edge.source, edge.target))


def _pairs(address: str) -> Iterator[str]:
    parts = address.split(".")
    # Any two neighbours may be a kind and a label; a pair that is none of these is in no text.
    yield from (f"{one}.{other}" for one, other in pairwise(parts) if _NAME.fullmatch(one) and _NAME.fullmatch(other))


def expression(names: Collection[str]) -> str:
    """What finds these names where they stand as a whole; empty if there are none."""
    if not names:
        return ""
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    # An address may come after a colon in a link's target.
    return rf"(?:(?<![\w-])|(?<=%3A))(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])"


def outside(text: str, names: Collection[str], clean: Callable[[str], str]) -> str:
    """The text, made clean everywhere but in these names."""
    found = expression([name for name in names if name in text])
    if not found:
        return clean(text)
    parts = re.split(f"({found})", text)
    return "".join(part if place % 2 else clean(part) for place, part in enumerate(parts))
