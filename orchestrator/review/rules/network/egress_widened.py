"""Groups that may connect to more than before."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.newly_allowed import TYPES, is_fresh, newly_allowed
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Name the destinations, if the group was restricted on purpose."


def _egress(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if is_fresh(resource):
        return
    found = [item for item in newly_allowed(resource, plan) if item.egress and item.world]
    if found:
        yield Finding(
            "egress-widened",
            Severity.LOW,
            resource.address,
            f"Outbound traffic to the whole internet is now allowed: {listed(item.ports for item in found)}.",
            _ADVICE,
            found[0].path,
            None,
            str(found[0].source),
        )


_GROUP = {"id": "sg-1", "egress": []}
_OUT = {"from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}

RULE = Rule(
    "egress-widened",
    Severity.LOW,
    "Outbound traffic to the internet is allowed",
    "A group that could not connect to the internet can now be used to exfiltrate data.",
    looks=_egress,
    watches=(*rows_for("egress-widened"), Reads(" ".join(sorted(TYPES)), "egress")),
    fix=_ADVICE,
    examples=(
        Fires("aws_security_group", _GROUP, _GROUP | {"egress": [_OUT]}),
        Silent("aws_security_group", None, _GROUP | {"egress": [_OUT]}),
    ),
)
