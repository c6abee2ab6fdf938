"""Ports that the whole internet can reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.reading.configuration import without_keys
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.words import TO_PORT
from orchestrator.review.rules.facts.network.ports import described, sensitive
from orchestrator.review.rules.facts.network.traffic import Traffic
from orchestrator.review.rules.facts.newly_allowed import TYPES, newly_allowed
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.rows import Reads
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
    weighed = sorted(((_weight(item, resource, plan), item) for item in found), key=lambda pair: -pair[0])
    worst = weighed[0][0]
    yield Finding(
        "ingress-open-world",
        worst,
        resource.address,
        f"The whole internet can reach {listed(described(item) for _, item in weighed)}.",
        (
            "Nothing to do if it is meant to answer pings."
            if weighed[0][1].icmp
            else "Nothing to do if it is a public website."
        )
        if worst is Severity.LOW
        else TO_PORT.of(resource.type),
        weighed[0][1].path,
        None,
        str(weighed[0][1].source),
    )


def _weight(item: Traffic, resource: Resource, plan: Plan) -> Severity:
    if item.icmp:
        return Severity.LOW
    if item.last - item.first > _MANY or sensitive(item):
        return Severity.CRITICAL
    if item.protocol in ("tcp", "udp") and set(range(item.first, item.last + 1)) <= _WEB:
        users = _used_by(plan).get(without_keys(resource.address), set())
        return Severity.MEDIUM if users & _COMPUTE and not users & _BALANCERS else Severity.LOW
    return Severity.HIGH


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


WHO = "who can reach it"


def _rule(port: int, cidr: str) -> dict[str, object]:
    return {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": port, "to_port": port, "cidr_ipv4": cidr}


_RULE = "aws_vpc_security_group_ingress_rule"

RULE = Rule(
    "ingress-open-world",
    Severity.CRITICAL,
    "The whole internet can reach a port",
    "Open ports are found and probed within minutes.",
    looks=_world,
    watches=(
        *rows_for("ingress-open-world"),
        Reads("aws_security_group aws_default_security_group aws_network_acl", "ingress", WHO, computed=True),
        Reads("aws_security_group_rule", "cidr_blocks ipv6_cidr_blocks from_port to_port protocol", WHO),
        Reads(_RULE, "cidr_ipv4 cidr_ipv6 from_port to_port ip_protocol", WHO),
        Reads("aws_network_acl_rule", "cidr_block ipv6_cidr_block rule_action", WHO),
        Reads("google_compute_firewall", "source_ranges", WHO),
        Reads("azurerm_network_security_rule", "source_address_prefix source_address_prefixes", WHO),
        Reads(" ".join(sorted(TYPES))),
    ),
    fix=TO_PORT.together,
    examples=(
        Fires(_RULE, _rule(22, "10.0.0.0/8"), _rule(22, "0.0.0.0/0")),
        Fires(_RULE, None, _rule(8080, "0.0.0.0/0"), Severity.HIGH),
        Fires(_RULE, None, _rule(443, "0.0.0.0/0"), Severity.LOW),
        Silent(_RULE, None, _rule(22, "10.0.0.0/8")),
    ),
)
