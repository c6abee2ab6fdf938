"""Connections between networks that were separate."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import ACCOUNT, OWN_ACCOUNT, STRANGER, Fires, Silent
from orchestrator.review.rules.facts.iam.accounts import is_foreign
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_OWNERS = {
    "aws_vpc_peering_connection": "peer_owner_id",
    "aws_ec2_transit_gateway_vpc_attachment": "transit_gateway_owner_id",
    "aws_ram_principal_association": "principal",
}
_ADVICE = "Check the routes and security groups on both sides."


def _joined(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.before is not None or resource.after is None:
        return
    owner = resource.after.get(_OWNERS[resource.type])
    foreign = isinstance(owner, str) and is_foreign(owner, plan)
    yield Finding(
        "network-joined",
        Severity.MEDIUM if foreign else Severity.LOW,
        resource.address,
        f"The network is connected to one of account {owner}, which is not the one that this plan works in."
        if foreign
        else "Two separate networks are connected.",
        _ADVICE,
    )


RULE = Rule(
    "network-joined",
    Severity.LOW,
    "Two separate networks are connected",
    "Resources become reachable from the other network, as far as routes and security groups allow.",
    looks=_joined,
    watches=tuple(Reads(type_, attribute) for type_, attribute in _OWNERS.items()),
    fix=_ADVICE,
    examples=(
        Fires("aws_vpc_peering_connection", None, {"peer_owner_id": ACCOUNT}, beside=(OWN_ACCOUNT,)),
        Fires("aws_vpc_peering_connection", None, {"peer_owner_id": STRANGER}, Severity.MEDIUM, beside=(OWN_ACCOUNT,)),
        Silent("aws_vpc_peering_connection", {"peer_owner_id": ACCOUNT}, {"peer_owner_id": ACCOUNT, "tags": {}}),
    ),
)
