"""The quotas that an environment can hit: what the account has, what an apply would add, how much is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.project.schema.service import Service
from orchestrator.verify import check
from orchestrator.verify.asking import Missing, Unread, ask
from orchestrator.verify.check import Check
from orchestrator.verify.quotas import fargate
from orchestrator.verify.quotas.fargate import CPU_UNITS

GROUP = "quotas"
_AT_ONCE = 8
_VPCS, _GATEWAYS = ("describe_vpcs", "Vpcs"), ("describe_internet_gateways", "InternetGateways")
# A rule of its own for each path; https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
_BALANCER_LIMITS = (
    "application-load-balancers",
    "rules-per-application-load-balancer",
    "target-groups-per-application-load-balancer",
)


@dataclass(frozen=True)
class Limit:
    """How much is allowed; `is_default` where it is AWS's default, as the account's own is not known.

    `raise_it` are the words of `aws service-quotas` that name it.
    """

    value: float
    is_default: bool = False
    raise_it: str = ""


@dataclass(frozen=True)
class Use:
    """Something that is counted: what the account has of it, and how many more an apply would make."""

    name: str
    there: int
    more: int


@dataclass(frozen=True)
class Wanted:
    """What an environment has of everything that has a quota."""

    zones: tuple[str, ...]
    nat_zones: tuple[str, ...]
    rules: int
    target_groups: int
    vcpus: float


def wanted(settings: Mapping[str, Any], services: Sequence[Service]) -> Wanted:
    """What the checkout makes in the environment."""
    zones = tuple(settings.get("availability_zones") or ())
    nat = {"nat_single": zones[:1], "endpoints": ()}.get(str(settings.get("egress", "nat_per_zone")), zones)
    routes = [route for service in services for route in service.routes]
    counts = settings.get("counts") if isinstance(settings.get("counts"), dict) else {}
    cpu = sum(_tasks(service, counts or {}) * service.cpu for service in services if _on_fargate(service, settings))
    # The listener's own default takes `/`.
    rules = sum(len([path for path in route.paths if path != "/"]) for route in routes)
    return Wanted(zones, nat, rules, len(routes), cpu / CPU_UNITS)


def _tasks(service: Service, counts: Mapping[str, Any]) -> int:
    if service.scaling is not None:
        return service.scaling.min  # a deploy needs no more
    return int(counts.get(service.name, service.count))


def _on_fargate(service: Service, settings: Mapping[str, Any]) -> bool:
    kind = service.capacity.kind if service.capacity is not None else str(settings.get("capacity_provider", "FARGATE"))
    return service.runs and kind.lower() == "fargate"


def judge(use: Use, limit: Limit, region: str) -> Check:
    """Whether what an apply adds still fits. Decides only."""
    total = use.there + use.more
    of = f"{total} of {limit.value:g}"
    known = "" if not limit.is_default else ", AWS's default: the account's own quota could not be read"
    if total <= limit.value:
        added = f", {use.more} of them new" if use.more and use.there else ""
        return check.ok(GROUP, use.name, f"{of}{added}{known}")
    if limit.is_default:
        return check.skipped(GROUP, use.name, f"{of}{known}")
    why = f"{use.there} there, {use.more} more are needed, and the quota in {region} is {limit.value:g}"
    step = f"remove what is not needed, or ask for more in the console: Service Quotas, {use.name}"
    if limit.raise_it:
        step = (
            f"remove what is not needed, or ask for more: aws service-quotas request-service-quota-increase "
            f"--region {region} {limit.raise_it} --desired-value {total}"
        )
    # What is there beyond a quota stays, so an apply that adds nothing ends well.
    return check.wrong(GROUP, use.name, why, step, blocks=use.more > 0)


def judge_vcpus(needed: float, own_now: float, room: fargate.Room, region: str) -> Check:
    """Whether the tasks fit beside those of others, and twice while versions are replaced. Decides only."""
    name = "vCPUs on Fargate"
    others = max((room.used or 0.0) - own_now, 0.0)
    beside = f" beside {others:g} in use by others" if others else ""
    step = (
        f"aws service-quotas request-service-quota-increase --region {region} --service-code fargate "
        f"--quota-code {room.code} --desired-value {int(2 * needed + others) + 1}"
    )
    if needed + others > room.quota:
        why = f"the tasks need {needed:g}{beside}, and the quota in {region} is {room.quota:g}"
        return check.wrong(GROUP, name, why, step)
    if 2 * needed + others > room.quota:
        why = (
            f"a deploy starts new tasks beside the old ones, up to {2 * needed:g}{beside}, and the quota in {region} "
            f"is {room.quota:g}"
        )
        return check.wrong(GROUP, name, why, step, blocks=False)
    unknown = "" if room.used is not None else ", what others use is not known"
    return check.ok(
        GROUP, name, f"{needed:g}, up to {2 * needed:g} while versions are replaced, of {room.quota:g}{beside}{unknown}"
    )


def checks(
    aws: Aws,
    settings: Mapping[str, Any],
    services: Sequence[Service],
    *,
    has_network: bool,
    has_balancer: bool,
    vcpus_now: float,
) -> list[Check]:
    """The checks of the quotas; `has_network` and `has_balancer` say what need not be made."""
    want = wanted(settings, services)
    looks: list[Callable[[], list[Check]]] = [
        lambda: _network(aws, want, is_there=has_network),
        lambda: _balancer(aws, want, is_there=has_balancer),
        lambda: [_fargate(aws, want, vcpus_now)],
    ]
    with ThreadPoolExecutor(max_workers=len(looks)) as pool:
        return [found for part in pool.map(lambda look: look(), looks) for found in part]


def _network(aws: Aws, want: Wanted, *, is_there: bool) -> list[Check]:
    ec2, region = aws.client("ec2"), aws.environment.region
    new = 0 if is_there else 1
    counted: list[tuple[str, int, str, float, Callable[[], int]]] = [
        ("VPCs", new, "L-F678F1CE", 5, lambda: _count(ec2, *_VPCS)),
        ("internet gateways", new, "L-A4707A72", 5, lambda: _count(ec2, *_GATEWAYS)),
        ("Elastic IPs", new * len(want.nat_zones), "L-0263D0A3", 5, lambda: len(ec2.describe_addresses()["Addresses"])),
        *(
            (f"NAT gateways in {zone}", new, "L-FE5A380F", 5, lambda zone=zone: _nats(ec2, zone))
            for zone in want.nat_zones
        ),
    ]  # fmt: skip

    def one(item: tuple[str, int, str, float, Callable[[], int]]) -> Check:
        name, more, code, usual, count = item
        there = ask(name, count)
        if isinstance(there, Unread | Missing):
            return check.skipped(GROUP, name, there.why if isinstance(there, Unread) else "not known")
        return judge(
            Use(name, there, more), _limit(aws, "ec2" if name == "Elastic IPs" else "vpc", code, usual), region
        )

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return list(pool.map(one, counted))


def _count(ec2: Any, operation: str, key: str) -> int:
    return sum(len(page[key]) for page in ec2.get_paginator(operation).paginate())


def _nats(ec2: Any, zone: str) -> int:
    """The NAT gateways in a zone: they say their subnets alone."""
    pages = ec2.get_paginator("describe_nat_gateways").paginate(
        Filter=[{"Name": "state", "Values": ["pending", "available", "failed"]}]
    )
    subnets = [str(item["SubnetId"]) for page in pages for item in page["NatGateways"]]
    if not subnets:
        return 0
    told = ec2.describe_subnets(SubnetIds=sorted(set(subnets)))["Subnets"]
    here = {item["SubnetId"] for item in told if item["AvailabilityZone"] == zone}
    return sum(subnet in here for subnet in subnets)


def _limit(aws: Aws, service: str, code: str, usual: float) -> Limit:
    told = ask(
        "quotas",
        lambda: aws.client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"],
        "NoSuchResourceException",
    )
    words = f"--service-code {service} --quota-code {code}"
    return Limit(usual, is_default=True) if isinstance(told, Unread | Missing) else Limit(float(told), raise_it=words)


def _balancer(aws: Aws, want: Wanted, *, is_there: bool) -> list[Check]:
    client, region = aws.client("elbv2"), aws.environment.region
    told = ask("the limits of load balancers", lambda: client.describe_account_limits()["Limits"])
    balancers = ask(
        "load balancers",
        lambda: [
            item for page in client.get_paginator("describe_load_balancers").paginate()
            for item in page["LoadBalancers"] if item.get("Type", "application") == "application"
        ],
    )  # fmt: skip
    if isinstance(told, Unread | Missing) or isinstance(balancers, Unread | Missing):
        why = next(item.why for item in (told, balancers) if isinstance(item, Unread))
        return [check.skipped(GROUP, "load balancer", why)]
    limits = {str(item["Name"]): float(item["Max"]) for item in told}
    uses = dict(zip(_BALANCER_LIMITS, (
        Use("Application Load Balancers", len(balancers), 0 if is_there else 1),
        Use("rules of the load balancer", 0, want.rules),
        Use("target groups of the load balancer", 0, want.target_groups),
    ), strict=True))  # fmt: skip
    return [judge(use, Limit(limits[name]), region) for name, use in uses.items() if name in limits]


def _fargate(aws: Aws, want: Wanted, now: float) -> Check:
    room = fargate.ask(aws, "FARGATE")
    if isinstance(room, str):
        return check.skipped(GROUP, "vCPUs on Fargate", f"the quota could not be read: {room}")
    return judge_vcpus(want.vcpus, now, room, aws.environment.region)
