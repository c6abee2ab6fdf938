"""The change of the monthly cost, summed up over a plan's resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from orchestrator.review.cost import instances, network, others, prices, regions, tasks
from orchestrator.review.cost.parts import ByUse, Neighbours, NotKnown, Part, Parts, Side
from orchestrator.review.cost.result import Cost, CostLine, Unpriced
from orchestrator.review.cost.unpriced import FIXED, SIZES, USAGE
from orchestrator.review.model import Action, Plan, Resource

TYPES: Mapping[str, Parts] = {
    "aws_alb": network.load_balancer,
    "aws_autoscaling_group": instances.group,
    "aws_cloudwatch_dashboard": others.dashboard,
    "aws_cloudwatch_metric_alarm": others.alarm,
    "aws_dynamodb_table": others.table,
    "aws_ecs_service": tasks.service,
    "aws_eip": network.address,
    "aws_instance": instances.instance,
    "aws_kms_external_key": others.key,
    "aws_kms_key": others.key,
    "aws_kms_replica_key": others.key,
    "aws_lb": network.load_balancer,
    "aws_nat_gateway": network.nat_gateway,
    "aws_secretsmanager_secret": others.secret,
    "aws_vpc_endpoint": network.endpoint,
}
_PAID = (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE)


def of_plan(plan: Plan) -> Cost | None:
    """What the plan changes. None if nothing changes that has a price by the hour or month."""
    elsewhere, neighbours = regions.of_plan(plan), Neighbours(plan)
    lines: list[CostLine] = []
    unknown: list[Unpriced] = []
    others: list[Unpriced] = []
    notes: dict[str, None] = {}
    used: set[str] = set()
    for item in plan.changed:
        if item.action not in _PAID or item.deposed:
            continue
        if item.type not in TYPES:
            others += _without_price(item)
            continue
        region = regions.of_resource(item, elsewhere)
        try:
            before, after = _changed(item, neighbours)
            if change := _sum(after, region) - _sum(before, region):
                lines.append(CostLine(item.address, _what(item, before, after), change))
                notes.update(dict.fromkeys(part.extra for part in (*before, *after) if part.extra))
                used.add(region)
        except ByUse as reason:
            others.append(Unpriced(item.address, str(reason)))
        except NotKnown as reason:
            unknown.append(Unpriced(item.address, str(reason)))
        except Exception:  # whatever it is: a value of a kind that no provider has must not cost the whole review
            unknown.append(Unpriced(item.address, "its values are not as the provider writes them"))
    if not lines and not unknown:
        return None
    return Cost(
        monthly=sum((line.monthly for line in lines), Decimal(0)),
        regions=tuple(sorted(used)),
        compiled=prices.compiled(),
        lines=tuple(sorted(lines, key=lambda line: (-abs(line.monthly), line.address))),
        unpriced=(*unknown, *others),
        notes=tuple(notes),
    )


def _without_price(item: Resource) -> Iterator[Unpriced]:
    # What costs by its use does so before and after a change of a setting: only a new or lost one is told.
    if item.type in FIXED and _may_cost_other(item):
        yield Unpriced(item.address, f"there is no price here for {FIXED[item.type]}")
    elif item.type in USAGE and item.action in (Action.CREATE, Action.DELETE):
        yield Unpriced(item.address, f"it depends on {USAGE[item.type]}")


def _may_cost_other(item: Resource) -> bool:
    """True if it comes or goes, or if its size changes."""
    return item.action in (Action.CREATE, Action.DELETE) or any(
        other.path[0] in SIZES for other in item.differences if not other.noise
    )


def _changed(item: Resource, neighbours: Neighbours) -> tuple[list[Part], list[Part]]:
    """The parts of both sides, empty if they are the same ones. Raises `NotKnown`, but only if something may change."""
    try:
        before, after = _parts(item, neighbours, is_after=False), _parts(item, neighbours, is_after=True)
    except NotKnown:
        if _may_cost_other(item):
            raise
        return [], []
    old, new = ([(part.name, part.quantity) for part in side] for side in (before, after))
    return ([], []) if old == new else (before, after)


def _parts(item: Resource, neighbours: Neighbours, *, is_after: bool) -> list[Part]:
    values = item.after if is_after else item.before
    if values is None:
        return []
    return [part for part in TYPES[item.type](Side(item, values, neighbours, is_after)) if part.quantity]


def _sum(parts: list[Part], region: str) -> Decimal:
    """The parts' price. Raises `NotKnown` if one of them has none."""
    whole = Decimal(0)
    for part in parts:
        if not region:
            raise NotKnown("the plan does not say in which region it is")
        price = prices.monthly(part.name, region)
        if price is None:
            raise NotKnown(f"there is no price here for {part.what} in {region}")
        whole += part.quantity * price
    return whole


def _what(item: Resource, before: list[Part], after: list[Part]) -> str:
    old, new = (" with ".join(dict.fromkeys(part.what for part in side)) for side in (before, after))
    if old and new and old != new:
        return f"{new} instead of {old}"
    return new or (f"{old}, gone" if item.action is Action.DELETE else f"no longer {old}")
