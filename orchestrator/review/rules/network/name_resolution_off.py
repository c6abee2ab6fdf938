"""Name resolution inside of a network that is turned off."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.comparisons import State
from orchestrator.review.rules.kit.rows import UPDATED, protects
from orchestrator.review.rules.kit.rule import Rule

_NETWORKS = "aws_vpc aws_default_vpc"
_ON = State("on", lambda value: value is True, (True, False))

RULE = Rule(
    "name-resolution-off",
    Severity.HIGH,
    "Name resolution in a network is turned off",
    "Applications find databases, AWS services and each other by name.",
    watches=(
        protects(
            _NETWORKS,
            "enable_dns_support",
            "The network's DNS server (AWS's own) stops answering: whatever runs there and uses it resolves no name "
            "any more, neither of databases and AWS services nor of the internet.",
            "Leave enable_dns_support on, unless every machine has another DNS server already.",
            as_long_as=_ON,
            actions=UPDATED,
        ),
        protects(
            _NETWORKS,
            "enable_dns_hostnames",
            "Private DNS names stop working in the network: interface endpoints, private hosted zones, EFS file "
            "systems and service discovery rely on them; its public instances lose their public names.",
            "Leave enable_dns_hostnames on as long as there is an interface endpoint, a private zone or EFS in it.",
            Severity.MEDIUM,
            as_long_as=_ON,
            actions=UPDATED,
        ),
        protects(
            "aws_vpc_endpoint",
            "private_dns_enabled",
            "The service's own name leads to its public addresses again, no longer to this endpoint: without a way to "
            "the internet, requests to it time out.",
            "Leave private_dns_enabled on, or give everybody who uses it the endpoint's own name first.",
            Severity.MEDIUM,
            as_long_as=_ON,
            actions=UPDATED,
        ),
    ),
    # Without DNS the private names go too: one fact.
    first_only=True,
    examples=(
        Fires("aws_vpc", {"enable_dns_support": True}, {"enable_dns_support": False}),
        Fires("aws_vpc", {"enable_dns_hostnames": True}, {"enable_dns_hostnames": False}, Severity.MEDIUM),
        Silent("aws_vpc", None, {"enable_dns_support": True, "enable_dns_hostnames": False}),
        Silent("aws_vpc", {"enable_dns_hostnames": False}, {"enable_dns_hostnames": True}),
    ),
)
