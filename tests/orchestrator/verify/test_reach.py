"""Whether tasks reach a service of AWS, judged of a network that is data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.verify.network import reach, rules
from orchestrator.verify.network.model import (
    ANYWHERE,
    UNKNOWN,
    Endpoint,
    Entry,
    Group,
    Nat,
    Network,
    Route,
    Rule,
    Subnet,
    Table,
    Tasks,
    Vpc,
)

OUT = Rule("tcp", 443, 443, frozenset({ANYWHERE}))
OPEN = (Entry(100, True, True), Entry(100, True, False), Entry(32767, False, True), Entry(32767, False, False))
TASKS = Tasks("words", ("private",), frozenset({"sg-tasks"}))
HEALTHY = Network(
    vpcs={"vpc": Vpc()},
    subnets={"public": Subnet("vpc", "10.0.240.0/24", "acl-public"), "private": Subnet("vpc", "10.0.0.0/20", "acl")},
    tables={
        "rtb-public": Table("vpc", (Route("10.0.0.0/16", "local"), Route(ANYWHERE, "igw-1")), frozenset({"public"})),
        "rtb": Table("vpc", (Route("10.0.0.0/16", "local"), Route(ANYWHERE, "nat-1")), frozenset({"private"})),
    },
    nats={"nat-1": Nat("public")},
    gateways={"igw-1": frozenset({"vpc"})},
    endpoints={"vpce-s3": Endpoint("vpc", "s3", True, tables=frozenset({"rtb"}), prefix_list="pl-s3")},
    groups={
        "sg-tasks": Group(egress=(OUT,)),
        "sg-endpoint": Group(ingress=(Rule("tcp", 443, 443, groups=frozenset({"sg-tasks"})),)),
    },
    acls={"acl": OPEN, "acl-public": OPEN},
)
API = Endpoint(
    "vpc", "ecr.api", False, private_dns=True, subnets=frozenset({"private"}), groups=frozenset({"sg-endpoint"})
)


def changed(network: Network = HEALTHY, **parts: Mapping[str, Any]) -> Network:
    """The network with single items of its parts replaced; those that are None are taken away."""
    given = {
        name: {key: item for key, item in {**getattr(network, name), **items}.items() if item is not None}
        for name, items in parts.items()
    }
    return replace(network, **given)


def table(*routes: Route) -> Table:
    return Table("vpc", (Route("10.0.0.0/16", "local"), *routes), frozenset({"private"}))


WITH_ENDPOINT = changed(endpoints={"vpce-api": API}, tables={"rtb": table()})


@pytest.mark.parametrize(
    ("network", "service", "why"),
    [
        (HEALTHY, "ecr.api", "through nat-1"),
        (HEALTHY, "s3", "through vpce-s3"),
        (changed(endpoints={"vpce-s3": None}), "s3", "through nat-1"),
        (
            changed(tables={"rtb": table(Route("0.0.0.0/1", "nat-1"), Route("128.0.0.0/1", "nat-1"))}),
            "logs",
            "through nat-1",
        ),
        (
            changed(tables={"rtb": replace(table(Route(ANYWHERE, "nat-1")), subnets=frozenset(), is_main=True)}),
            "logs",
            "through nat-1",
        ),
        (changed(groups={"sg-tasks": Group(egress=(Rule(cidrs=frozenset({ANYWHERE})),))}), "logs", "through nat-1"),
        (
            changed(groups={"sg-tasks": Group(egress=(replace(OUT, cidrs=frozenset({"0.0.0.0/1", "128.0.0.0/1"})),))}),
            "logs",
            "through nat-1",
        ),
        (WITH_ENDPOINT, "ecr.api", "through vpce-api"),
        (
            changed(
                WITH_ENDPOINT,
                groups={"sg-tasks": Group(egress=(Rule("tcp", 443, 443, groups=frozenset({"sg-endpoint"})),))},
            ),
            "ecr.api",
            "through vpce-api",
        ),
        (
            changed(
                WITH_ENDPOINT,
                groups={"sg-endpoint": Group(ingress=(Rule("tcp", 443, 443, frozenset({"10.0.0.0/16"})),))},
            ),
            "ecr.api",
            "through vpce-api",
        ),
        (
            changed(
                WITH_ENDPOINT,
                groups={"sg-tasks": Group(egress=(Rule("tcp", 443, 443, prefix_lists=frozenset({"pl-s3"})),))},
            ),
            "s3",
            "through vpce-s3",
        ),
        (changed(endpoints={"vpce-api": replace(API, private_dns=False)}), "ecr.api", "through nat-1"),
        # An entry that fits a part of the addresses alone decides nothing.
        (changed(acls={"acl": (Entry(50, False, True, "192.0.2.0/24"), *OPEN)}), "logs", "through nat-1"),
    ],
)
def test_reached(network: Network, service: str, why: str) -> None:
    way = reach.way(network, TASKS, service)
    assert (way.reached, way.why) == (True, why)


DENY_OUT, DENY_IN = Entry(50, False, True, protocol="6", first=443, last=443), Entry(50, False, False)


@pytest.mark.parametrize(
    ("network", "service", "words", "restored"),
    [
        (changed(nats={"nat-1": None}), "logs", "leads to nat-1, which is not there", True),
        (changed(nats={"nat-1": Nat("public", "deleted")}), "logs", "leads to nat-1, which is not there", True),
        (
            changed(nats={"nat-1": Nat("public", "failed")}),
            "logs",
            "nat-1, the way of private to AWS, is failed",
            False,
        ),
        (changed(nats={"nat-1": Nat("gone")}), "logs", "gone, the subnet of nat-1, is not there", True),
        (changed(tables={"rtb": table(Route(ANYWHERE, "nat-1", active=False))}), "logs", "is a black hole", True),
        (changed(tables={"rtb": table()}), "logs", "rtb, the route table of private, has no route", True),
        (changed(tables={"rtb": table(Route("0.0.0.0/1", "nat-1"))}), "logs", "has no route", True),
        (
            changed(tables={"rtb": table(Route("0.0.0.0/1", "nat-1"), Route("128.0.0.0/1", "nat-2"))}),
            "logs",
            "nat-2",
            True,
        ),
        (
            changed(tables={"rtb-public": Table("vpc", (), frozenset({"public"}))}),
            "logs",
            "does not lead to an internet",
            True,
        ),
        (changed(gateways={"igw-1": frozenset()}), "logs", "igw-1 is not attached to vpc", True),
        (changed(gateways={"igw-1": None}), "logs", "igw-1, which is not attached", True),
        (changed(tables={"rtb": table(Route(ANYWHERE, "igw-1"))}), "logs", "have no public addresses", True),
        (changed(groups={"sg-tasks": Group()}), "s3", "sg-tasks lets no HTTPS out", True),
        (
            changed(groups={"sg-tasks": Group(egress=(Rule("tcp", 80, 80, frozenset({ANYWHERE})),))}),
            "s3",
            "no HTTPS out",
            True,
        ),
        (
            changed(groups={"sg-tasks": Group(egress=(Rule("udp", 443, 443, frozenset({ANYWHERE})),))}),
            "s3",
            "no HTTPS out",
            True,
        ),
        (changed(groups={"sg-tasks": None}), "s3", "security group sg-tasks of its tasks is not there", True),
        (changed(subnets={"private": None}), "s3", "subnet private of its tasks is not there", True),
        (changed(acls={"acl": (DENY_OUT, *OPEN)}), "logs", "acl of private does not let HTTPS out", False),
        (changed(acls={"acl": (DENY_IN, *OPEN)}), "s3", "acl of private does not let answers in", False),
        (changed(acls={"acl": ()}), "logs", "acl of private does not let HTTPS out", False),
        (changed(acls={"acl-public": (DENY_OUT, *OPEN)}), "logs", "acl-public of public does not let HTTPS out", False),
        (
            changed(acls={"acl-public": (replace(DENY_OUT, egress=False), *OPEN)}),
            "logs",
            "HTTPS in from 10.0.0.0/20",
            False,
        ),
        (changed(acls={"acl-public": (Entry(50, False, True, "10.0.0.0/16"), *OPEN)}), "logs", "answers out to", False),
        (
            changed(acls={"acl-public": (Entry(50, True, False, "10.0.0.0/16"), Entry(60, True, True))}),
            "logs",
            "answers in",
            False,
        ),
        (
            changed(
                endpoints={"vpce-s3": replace(HEALTHY.endpoints["vpce-s3"], tables=frozenset())},
                tables={"rtb": table()},
            ),
            "s3",
            "vpce-s3 for s3 is not in rtb",
            True,
        ),
        (
            changed(WITH_ENDPOINT, endpoints={"vpce-api": replace(API, private_dns=False)}),
            "ecr.api",
            "private DNS name off, and rtb",
            True,
        ),
        (changed(WITH_ENDPOINT, vpcs={"vpc": Vpc(dns_hostnames=False)}), "ecr.api", "DNS names are off in vpc", True),
        (changed(WITH_ENDPOINT, vpcs={"vpc": Vpc(dns_support=False)}), "ecr.api", "DNS names are off in vpc", True),
        (
            changed(WITH_ENDPOINT, endpoints={"vpce-api": replace(API, state="pendingAcceptance")}),
            "ecr.api",
            "is pendingAcceptance",
            False,
        ),
        (
            changed(WITH_ENDPOINT, endpoints={"vpce-api": replace(API, subnets=frozenset())}),
            "ecr.api",
            "is in no subnet",
            True,
        ),
        (changed(WITH_ENDPOINT, groups={"sg-endpoint": Group()}), "ecr.api", "lets no HTTPS in from sg-tasks", True),
        (
            changed(
                WITH_ENDPOINT, groups={"sg-tasks": Group(egress=(replace(OUT, cidrs=frozenset({"192.0.2.0/24"})),))}
            ),
            "ecr.api",
            "lets no HTTPS out to vpce-api",
            True,
        ),
        (
            changed(
                WITH_ENDPOINT,
                groups={"sg-tasks": Group(egress=(Rule("tcp", 443, 443, groups=frozenset({"sg-endpoint"})),))},
            ),
            "s3",
            "lets no HTTPS out to s3",
            True,
        ),
        (
            changed(
                WITH_ENDPOINT,
                endpoints={"vpce-api": replace(API, subnets=frozenset({"public"}))},
                acls={"acl-public": (DENY_IN, *OPEN)},
            ),
            "ecr.api",
            "acl-public of public does not let HTTPS in",
            False,
        ),
        (WITH_ENDPOINT, "logs", "has no route to the internet", True),
    ],
)
def test_not_reached(network: Network, service: str, words: str, restored: bool) -> None:
    way = reach.way(network, TASKS, service)
    assert way.reached is False
    assert words in way.why
    assert way.next_step and way.restored is restored


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (changed(tables={"rtb": table(Route(ANYWHERE, "tgw-1"))}), "leads to tgw-1, which is not followed"),
        (changed(nats={"nat-1": Nat("public", is_public=False)}), "nat-1 is a private NAT gateway"),
        (
            changed(groups={"sg-tasks": Group(egress=(replace(OUT, cidrs=frozenset({"52.0.0.0/8"})),))}),
            "some addresses only",
        ),
        (changed(tables={"rtb": None}), "the route table of private is not known"),
    ],
)
def test_not_known(network: Network, words: str) -> None:
    way = reach.way(network, TASKS, "logs")
    assert way.reached is None
    assert words in way.why


def test_one_subnet_of_several_is_enough_for_trouble() -> None:
    both = replace(TASKS, subnets=("private", "other"))
    network = changed(subnets={"other": Subnet("vpc", "10.0.16.0/20", "acl")})
    assert reach.way(network, both, "logs").reached is None  # no table has it
    cut_off = changed(network, tables={"rtb-other": replace(table(), subnets=frozenset({"other"}))})
    assert reach.way(cut_off, both, "logs").why.startswith("rtb-other, the route table of other, has no route")


def test_tasks_with_public_addresses_leave_by_the_internet_gateway() -> None:
    public = Tasks("words", ("public",), frozenset({"sg-tasks"}), public_address=True)
    assert reach.way(HEALTHY, public, "logs").why == "through igw-1"


def test_what_a_plan_does_not_know_yet_is_taken_to_fit() -> None:
    network = changed(
        WITH_ENDPOINT,
        groups={"sg-tasks": Group(egress=(Rule("tcp", 443, 443, groups=frozenset({UNKNOWN})),))},
        endpoints={"vpce-api": replace(API, subnets=frozenset({UNKNOWN}))},
    )
    assert reach.way(network, TASKS, "ecr.api").reached is True


LAYERS = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"


def allowing(resource: str = "*", action: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    ("statements", "service", "allowed"),
    [
        ([allowing()], "s3", True),
        ([allowing(LAYERS, "s3:GetObject")], "s3", True),
        ([allowing("arn:aws:s3:::own/*", "s3:*")], "s3", False),
        ([allowing(LAYERS, "s3:PutObject")], "s3", False),
        ([allowing(), allowing(Effect="Deny")], "s3", False),
        ([allowing(), allowing(LAYERS, Effect="Deny")], "s3", True),  # of one region: which is not known
        ([allowing(), allowing(Effect="Deny", Condition={"StringEquals": {"aws:PrincipalOrgID": "o"}})], "s3", True),
        ([allowing("*", "ecr:*")], "ecr.api", True),
        ([allowing("*", "ecr:GetAuthorizationToken")], "ecr.api", True),
        ([allowing("*", "s3:*")], "ecr.api", False),
        ([allowing(), allowing("*", "ecr:*", Effect="Deny")], "ecr.dkr", False),
    ],
)
def test_the_policy_of_an_endpoint(statements: list[dict[str, Any]], service: str, allowed: bool) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    assert rules.policy_allows(policy, service) is allowed


def test_a_policy_that_cannot_be_read_is_not_judged() -> None:
    assert rules.policy_allows("no policy", "s3") is None
    assert rules.policy_allows("", "s3") is True


@pytest.mark.parametrize(
    "spoil",
    [
        lambda endpoint: replace(endpoint, policy=json.dumps({"Statement": [allowing("*", "sqs:*")]})),
        lambda endpoint: replace(endpoint, state="failed"),
    ],
)
def test_an_endpoint_that_refuses_is_no_way_round_by_nat(spoil: Callable[[Endpoint], Endpoint]) -> None:
    network = changed(endpoints={"vpce-s3": spoil(HEALTHY.endpoints["vpce-s3"])})
    way = reach.way(network, TASKS, "s3")
    assert way.reached is False and not way.restored
