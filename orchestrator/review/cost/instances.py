"""EC2 instances, alone and in Auto Scaling groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from orchestrator.review.cost.parts import NotKnown, Part, Side, seen

TEMPLATES = ("aws_launch_template", "aws_launch_configuration")
_STORAGE = "the disks of instances"


def instance(side: Side) -> Iterator[Part]:
    """One instance with Linux, and its public address if it asks for one."""
    _ordinary(side.values)
    yield _of(str(side.get("instance_type")), Decimal(1))
    if side.values.get("associate_public_ip_address") is True:
        yield Part("public-ipv4", Decimal(1), "a public IPv4 address")


def group(side: Side) -> Iterator[Part]:
    """As many instances as a group is to have, of its launch template's type."""
    if side.get("mixed_instances_policy"):
        raise NotKnown("it mixes types of instances")
    size = side.get("desired_capacity")
    wanted = side.number("min_size" if size is None else "desired_capacity")
    if not wanted:
        return
    values = _template(side)
    _ordinary(values)
    if seen(values.get("instance_market_options"), "instance_market_options") or values.get("spot_price"):
        raise NotKnown("it runs on Spot instances, whose price moves")
    kind = seen(values.get("instance_type"), "instance_type")
    if not kind:
        raise NotKnown("its launch template names no type of instance")
    yield _of(str(kind), wanted)


def _of(kind: str, number: Decimal) -> Part:
    what = f"{number} Linux {'instance' if number == 1 else 'instances'} of {kind}"
    return Part(f"ec2-{kind.replace('.', '-')}", number, what, _STORAGE)


def _ordinary(values: Mapping[str, Any]) -> None:
    if values.get("tenancy") in ("dedicated", "host"):
        raise NotKnown("it runs on dedicated hardware")
    if values.get("instance_market_options"):
        raise NotKnown("it is a Spot instance, whose price moves")


def _template(side: Side) -> Mapping[str, Any]:
    found = side.neighbours.referred(side.resource, *TEMPLATES)
    if len(found) != 1:
        raise NotKnown("its launch template is not in this plan")
    return side.of(found[0])
