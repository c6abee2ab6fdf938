"""Who can reach what: security groups, subnet rules, routes, and everything that gets a public address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from orchestrator.review.configuration import without_keys
from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules import acls, exposure, prefixes, routes
from orchestrator.review.rules.facts.newly_allowed import TYPES, is_fresh, newly_allowed, no_longer_refused
from orchestrator.review.rules.facts.ports import described, sensitive
from orchestrator.review.rules.facts.traffic import Traffic
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.rule import Rule

_WEB = frozenset((80, 443))
_MANY = 1_000
"""A range of more ports than this is as good as all of them."""

_COMPUTE = frozenset(("aws_instance", "aws_launch_template", "aws_launch_configuration", "aws_ecs_service"))
_BALANCERS = frozenset(("aws_lb", "aws_alb", "aws_elb"))


def _world(resource: Resource, plan: Plan) -> Iterator[Finding]:
    found = [item for item in newly_allowed(resource, plan) if item.world and not (item.egress or item.acl)]
    if not found:
        return
    weighed = sorted(((_weight_of_world(item, resource, plan), item) for item in found), key=lambda pair: -pair[0])
    worst = weighed[0][0]
    yield Finding(
        "ingress-open-world",
        worst,
        resource.address,
        f"The whole internet can reach {listed(described(item) for _, item in weighed)}.",
        (
            "Nothing to do if it shall answer pings."
            if weighed[0][1].icmp
            else "Nothing to do if it is a public website."
        )
        if worst is Severity.LOW
        else "Name the networks or security groups that need it; reach machines through Session Manager, databases "
        "from inside the VPC.",
        weighed[0][1].path,
        None,
        str(weighed[0][1].source),
    )


def _widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in prefixes.TYPES:
        yield from prefixes.widened(resource, plan)
        return
    fresh = is_fresh(resource)
    found = [item for item in newly_allowed(resource, plan) if not item.egress and not (item.world and not item.acl)]
    weighed = [(severity, item) for item in found if (severity := _weight(item, fresh=fresh))]
    opened = [] if fresh else no_longer_refused(resource, plan)
    if weighed:
        weighed.sort(key=lambda pair: -pair[0])
        yield Finding(
            "ingress-widened",
            weighed[0][0],
            resource.address,
            f"Newly let in: {listed(item for _, item in weighed)}.",
            "Check that each source needs each port.",
            weighed[0][1].path,
            None,
            str(weighed[0][1].source),
        )
    elif opened:
        yield Finding(
            "ingress-widened",
            Severity.MEDIUM,
            resource.address,
            f"The subnet no longer refuses {listed(opened)}.",
            "Check that a security group keeps it out, or keep the deny rule.",
        )


def _egress(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if is_fresh(resource):
        return
    found = [item for item in newly_allowed(resource, plan) if item.egress and item.world]
    if found:
        yield Finding(
            "egress-widened",
            Severity.LOW,
            resource.address,
            f"What was kept inside may now go out to the whole internet: {listed(item.ports for item in found)}.",
            "Name the destinations, if the group was closed on purpose.",
            found[0].path,
            None,
            str(found[0].source),
        )


def _weight_of_world(item: Traffic, resource: Resource, plan: Plan) -> Severity:
    if item.icmp:
        return Severity.LOW
    if item.last - item.first > _MANY or sensitive(item):
        return Severity.CRITICAL
    if item.protocol in ("tcp", "udp") and set(range(item.first, item.last + 1)) <= _WEB:
        users = _used_by(plan).get(without_keys(resource.address), set())
        return Severity.MEDIUM if users & _COMPUTE and not users & _BALANCERS else Severity.LOW
    return Severity.HIGH


def _weight(item: Traffic, *, fresh: bool) -> Severity | None:
    if item.acl:
        # Subnets are open by default and security groups decide: only a change of one that was closed is worth a look.
        return None if fresh else Severity.MEDIUM
    if item.source == "self":
        return None if fresh else Severity.LOW
    if isinstance(item.source, str) or not item.source.is_global:
        return None if fresh else Severity.MEDIUM
    if item.source.prefixlen <= (8 if item.source.version == 4 else 20):
        return Severity.HIGH
    return Severity.LOW if fresh else Severity.MEDIUM


@per_plan
def _used_by(plan: Plan) -> dict[str, set[str]]:
    """By the address of a group or of a rule in it: the types of what refers to the group in the configuration."""
    users: dict[str, set[str]] = defaultdict(set)
    for edge in plan.edges:
        if _kind(edge.target) == "aws_security_group" and _kind(edge.source) not in TYPES:
            users[edge.target].add(_kind(edge.source))
    for edge in plan.edges:
        if edge.target in users and _kind(edge.source) in TYPES:
            users[edge.source] |= users[edge.target]
    return users


def _kind(address: str) -> str:
    return address.split(".")[-2] if "." in address else ""


RULES: tuple[Rule, ...] = (
    Rule(
        "ingress-open-world",
        Severity.CRITICAL,
        "The whole internet can reach a port",
        "What is open to everybody is found and tried within minutes.",
        _world,
        TYPES,
    ),
    Rule(
        "ingress-widened",
        Severity.MEDIUM,
        "More networks can reach a port",
        "Networks, groups and ports are compared as sets: rules that only move or split are no change.",
        _widened,
        TYPES | prefixes.TYPES,
    ),
    Rule(
        "egress-widened",
        Severity.LOW,
        "What was kept inside may go out",
        "A group that could not call out can now be used to carry data away.",
        _egress,
        TYPES,
    ),
    *exposure.RULES,
    *acls.RULES,
    *routes.RULES,
)
