"""In which region a resource is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator.review.model import Plan, Resource

_REGION = re.compile(
    r"[a-z]{2,4}(?:-gov|-iso[a-z]?)?-(?:central|north|south|east|west|northeast|northwest|southeast|southwest)-\d"
)
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]+):")


def of_resource(item: Resource, elsewhere: str) -> str:
    """The region, in this order of what says so: the resource itself, its provider's configuration, and `elsewhere`."""
    told = set(_told(item))
    return told.pop() if len(told) == 1 else item.region or elsewhere


def of_plan(plan: Plan) -> str:
    """The one region that all resources of AWS name; empty if they name none or several."""
    told = {region for item in plan.resources for region in (item.region, *_told(item)) if region}
    return told.pop() if len(told) == 1 else ""


def _told(item: Resource) -> Iterator[str]:
    """The regions that a resource's own values name. Of ARNs only its own: others may lead elsewhere."""
    if item.type.startswith("aws_"):
        for values in filter(None, (item.before, item.after)):
            yield from _named(values)


def _named(values: Mapping[str, Any]) -> Iterator[str]:
    texts: Iterable[tuple[str, Any]] = ((name, values.get(name)) for name in ("region", "arn", "availability_zone"))
    for name, value in texts:
        if not isinstance(value, str):
            continue
        if name == "arn":
            found = _ARN.match(value)
            value = found[1] if found else ""
        elif name == "availability_zone":
            value = value[:-1]
        if _REGION.fullmatch(value):
            yield value
