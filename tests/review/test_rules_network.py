"""Who can reach what: networks, groups and ports as sets, public addresses, access lists, routes."""

from __future__ import annotations

import ipaddress
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review.model import Finding
from orchestrator.review.rules.facts.network.traffic import Traffic, not_covered
from orchestrator.review.rules.kit import discovery
from orchestrator.review.values import UNKNOWN, Sensitive
from tests.review.plans import STRANGER, change, findings, known_account, plan, said

RULES = discovery.group("network")


def of(*changes: dict[str, Any]) -> list[str]:
    return said(RULES, known_account(), *changes)


def found(*changes: dict[str, Any], **more: Any) -> list[Finding]:
    return findings(RULES, plan(known_account(), *changes, **more))


def block(ports: Any = 22, source: Any = "0.0.0.0/0", protocol: str = "tcp", **more: Any) -> dict[str, Any]:
    first, last = ports if isinstance(ports, tuple) else (ports, ports)
    return {
        "from_port": first,
        "to_port": last,
        "protocol": protocol,
        "cidr_blocks": [source] if isinstance(source, str) else source,
        "ipv6_cidr_blocks": [],
        "prefix_list_ids": [],
        "security_groups": [],
        "self": False,
        "description": "",
        **more,
    }


def group(before: list[dict[str, Any]] | None, after: list[dict[str, Any]] | None, **more: Any) -> dict[str, Any]:
    values = [
        None
        if listed is None
        else ({"id": "sg-1"} if before is not None else {}) | {"ingress": listed, "egress": []} | more
        for listed in (before, after)
    ]
    return change("aws_security_group.g", *values)


def rule(
    name: str, before: dict[str, Any] | None, after: dict[str, Any] | None, group_id: str | None = "sg-1"
) -> dict[str, Any]:
    more = {"type": "ingress"} | ({"security_group_id": group_id} if group_id else {})
    values = [None if item is None else {**item, **more} for item in (before, after)]
    return change(f"aws_security_group_rule.{name}", *values, unknown=None if group_id else {"security_group_id": True})


# The whole internet


@pytest.mark.parametrize(
    ("given_block", "severity"),
    [
        (block(22), "critical"),
        (block(5432), "critical"),
        (block((0, 65535)), "critical"),
        (block(0, protocol="-1"), "critical"),
        (block((20, 30)), "critical"),
        (block(22, [], ipv6_cidr_blocks=["::/0"]), "critical"),
        (block(8080), "high"),
        (block(443), "low"),
        (block(80), "low"),
        (block((80, 81)), "high"),
        (block(-1, protocol="icmp"), "low"),
        (block(22, ["0.0.0.0/1", "128.0.0.0/1"]), "critical"),
        (block(22, ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"]), "critical"),
    ],
)
def test_what_the_whole_internet_can_reach_is_weighed_by_its_port(given_block: dict[str, Any], severity: str) -> None:
    assert of(group(None, [given_block])) == [f"{severity} ingress-open-world"]
    assert of(group([], [given_block])) == [f"{severity} ingress-open-world"]
    assert of(rule("r", None, given_block)) == [f"{severity} ingress-open-world"]


def test_the_finding_names_port_service_and_source_and_leads_to_the_attribute() -> None:
    (one,) = found(group([], [block(443), block(5432)]))
    assert "tcp 5432 (PostgreSQL) from 0.0.0.0/0" in one.reason
    assert one.path == ("ingress", 1, "cidr_blocks")


def test_what_was_open_before_and_is_not_touched_is_no_finding() -> None:
    assert of(group([block(22)], [block(22), block(5432, "10.0.0.0/24")])) == ["medium ingress-widened"]
    assert of(group([block(22)], [{**block(22), "description": "ssh"}])) == []


def test_a_web_port_of_machines_is_medium_where_the_configuration_shows_that_they_are_meant() -> None:
    def configured(kind: str) -> dict[str, Any]:
        resources = [
            {"address": f"{kind}.web", "type": kind, "name": "web", "mode": "managed"}
            | {
                "expressions": {
                    "vpc_security_group_ids": {"references": ["aws_security_group.g.id", "aws_security_group.g"]}
                }
            },
            {"address": "aws_security_group.g", "type": "aws_security_group", "name": "g", "mode": "managed"}
            | {"expressions": {}},
        ]
        return {"root_module": {"resources": resources}}

    for kind, severity in (("aws_instance", "medium"), ("aws_lb", "low")):
        changes = (group(None, [block(443)]), change(f"{kind}.web", None, {"name": "web"}))
        assert [str(one.severity) for one in found(*changes, configuration=configured(kind))] == [severity]


# As sets


def test_rules_in_another_order_split_or_joined_are_no_finding() -> None:
    before = [block((80, 90), ["10.0.0.0/24", "10.0.1.0/24"]), block(443, "10.9.0.0/16")]
    after = [block(443, "10.9.0.0/16"), block((80, 85), "10.0.0.0/23"), block((86, 90), ["10.0.1.0/24", "10.0.0.0/24"])]
    assert of(group(before, after)) == []
    assert of(group(after, before)) == []


def test_an_inline_rule_that_moves_to_a_resource_of_its_own_is_no_finding() -> None:
    assert of(group([block(22)], []), rule("ssh", None, block(22))) == []
    modern = {
        "cidr_ipv4": "0.0.0.0/0",
        "from_port": 22,
        "to_port": 22,
        "ip_protocol": "tcp",
        "security_group_id": "sg-1",
    }
    assert of(group([block(22)], []), change("aws_vpc_security_group_ingress_rule.ssh", None, modern)) == []


def test_a_rule_destroyed_here_and_created_there_is_no_finding_but_in_another_group_it_is() -> None:
    assert of(rule("old", block(22), None), rule("new", None, block(22))) == []
    assert of(rule("old", block(22), None), rule("new", None, block(22), "sg-2")) == ["critical ingress-open-world"]


def test_a_rule_of_a_group_that_is_replaced_is_no_finding() -> None:
    ssh = rule("ssh", block(22), block(22))
    ssh["change"]["after_unknown"] = {"security_group_id": True}
    ssh["change"]["actions"] = ["delete", "create"]
    assert of(ssh) == []


def test_more_private_addresses_are_medium_and_say_only_what_is_new() -> None:
    (one,) = found(group([block(5432, "10.0.1.0/24")], [block(5432, ["10.0.1.0/24", "10.0.2.0/24"])]))
    assert (str(one.severity), one.rule) == ("medium", "ingress-widened")
    assert "tcp 5432 from 10.0.2.0/24" in one.reason and "10.0.1.0" not in one.reason


def test_private_rules_of_a_new_group_are_no_finding() -> None:
    listed = [block(8000, "10.0.0.0/16"), block(8000, [], security_groups=["sg-9"]), block(8000, [], self=True)]
    assert of(group(None, listed)) == []
    assert of(rule("r", None, block(8000, "10.0.0.0/16"), None)) == []
    assert of(change("aws_security_group.g", None, {"ingress": [block(1, [])]}, unknown={"id": True})) == []


@pytest.mark.parametrize(
    ("given_block", "expected"),
    [
        (block(8000, [], security_groups=["sg-9"]), ["medium ingress-widened"]),
        (block(8000, [], prefix_list_ids=["pl-1"]), ["medium ingress-widened"]),
        (block(8000, [], self=True), ["low ingress-widened"]),
        (block(22, "203.0.113.0/24"), ["medium ingress-widened"]),
        (block(22, "52.0.0.0/8"), ["high ingress-widened"]),
    ],
)
def test_what_comes_to_a_group_that_was_there_is_weighed_by_its_source(
    given_block: dict[str, Any], expected: list[str]
) -> None:
    assert of(group([], [given_block])) == expected


def test_narrower_rules_and_rules_that_go_are_no_finding() -> None:
    assert of(group([block((0, 65535))], [block(22, "10.0.0.0/8")])) == []
    assert of(rule("r", block(22), None)) == []


def test_what_goes_out_to_the_world_is_low_for_a_group_that_was_closed_and_nothing_for_a_new_one() -> None:
    out = {"egress": [block(0, protocol="-1")]}
    assert of(group(None, [], **out)) == []
    before = {"id": "sg-1", "ingress": [], "egress": []}
    assert of(change("aws_security_group.g", before, {**before, **out})) == ["low egress-widened"]
    assert of(change("aws_security_group.g", {**before, **out}, {**before, **out, "tags": {}})) == []


def acl(number: int, action: str, source: str = "0.0.0.0/0") -> dict[str, Any]:
    return {
        "rule_no": number,
        "action": action,
        "protocol": "-1",
        "from_port": 0,
        "to_port": 0,
        "cidr_block": source,
        "ipv6_cidr_block": "",
    }


def test_a_subnets_rules_are_judged_only_where_they_were_closed() -> None:
    allowed, refused = [acl(100, "allow")], [acl(90, "deny", "198.51.100.0/24"), acl(100, "allow")]
    closed = [acl(100, "allow", "10.0.0.0/8")]

    def table(before: Any, after: Any) -> dict[str, Any]:
        values = [None if x is None else {"id": "acl-1", "ingress": x, "egress": []} for x in (before, after)]
        return change("aws_network_acl.a", *values)

    assert of(table(None, allowed)) == []
    assert of(table(closed, allowed)) == ["medium ingress-widened"]
    assert of(table(refused, allowed)) == ["medium ingress-widened"]
    assert of(table(allowed, refused)) == []


def test_other_clouds_firewalls_are_read_too() -> None:
    google = {"name": "ssh", "direction": "INGRESS", "source_ranges": ["0.0.0.0/0"]}
    assert of(
        change("google_compute_firewall.f", None, {**google, "allow": [{"protocol": "tcp", "ports": ["22"]}]})
    ) == ["critical ingress-open-world"]
    assert of(
        change("google_compute_firewall.f", None, {**google, "allow": [{"protocol": "tcp", "ports": ["443"]}]})
    ) == ["low ingress-open-world"]
    azure = {"direction": "Inbound", "access": "Allow", "protocol": "Tcp", "destination_port_range": "3389"}
    assert of(change("azurerm_network_security_rule.r", None, {**azure, "source_address_prefix": "*"})) == [
        "critical ingress-open-world"
    ]
    denied = {**azure, "access": "Deny", "source_address_prefix": "*"}
    assert of(change("azurerm_network_security_rule.r", None, denied)) == []


@pytest.mark.parametrize("odd", [UNKNOWN, Sensitive("x"), None, "0.0.0.0/0", 5, {}, [None], [UNKNOWN], ["no-network"]])
@pytest.mark.parametrize("key", ["cidr_blocks", "from_port", "protocol", "security_groups", "self"])
def test_whatever_stands_in_a_rule_nothing_is_raised(key: str, odd: Any) -> None:
    given = group([], [{**block(22), key: None}])
    given["change"]["after"]["ingress"][0][key] = None if odd is UNKNOWN or isinstance(odd, Sensitive) else odd
    if odd is UNKNOWN:
        given["change"]["after_unknown"] = {"ingress": [{key: True}]}
    if isinstance(odd, Sensitive):
        given["change"]["after_sensitive"] = {"ingress": [{key: True}]}
    if odd == [UNKNOWN]:
        given["change"]["after"]["ingress"][0][key] = [None]
        given["change"]["after_unknown"] = {"ingress": [{key: [True]}]}
    found(given)


NETWORKS = st.sampled_from(
    [
        ipaddress.ip_network(text)
        for text in ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "11.0.0.0/8")
    ]
)
REACHES = st.builds(
    lambda protocol, first, more, source: Traffic(protocol, first, first + more, source),
    st.sampled_from(["tcp", "udp", "-1"]),
    st.integers(0, 6),
    st.integers(0, 4),
    NETWORKS,
)


def points(listed: list[Traffic]) -> set[tuple[str, int, str]]:
    """Some of what is let in, point by point."""
    addresses = [ipaddress.ip_address(text) for text in ("9.9.9.9", "10.1.2.3", "10.2.0.1", "10.200.0.1", "11.0.0.1")]
    return {
        (protocol, port, str(address))
        for item in listed
        for protocol in (["tcp", "udp", "gre"] if item.protocol == "-1" else [item.protocol])
        for port in range(item.first, item.last + 1)
        for address in addresses
        if not isinstance(item.source, str) and address in item.source
    }


@settings(deadline=None)
@given(REACHES, st.lists(REACHES, max_size=4))
def test_nothing_newly_let_in_is_passed_over(now: Traffic, old: list[Traffic]) -> None:
    assert points([now]) - points(old) <= points(not_covered(now, old)) <= points([now])


@settings(deadline=None)
@given(st.lists(REACHES, max_size=4), st.randoms())
def test_what_was_let_in_before_is_never_new(listed: list[Traffic], random: Random) -> None:
    assert [part for item in listed for part in not_covered(item, random.sample(listed, len(listed)))] == []


# Public addresses and lists


@pytest.mark.parametrize(
    ("address", "shut", "opened", "born", "turned"),
    [
        ("aws_db_instance.d", {"publicly_accessible": False}, {"publicly_accessible": True}, "high", "critical"),
        (
            "aws_instance.i",
            {"associate_public_ip_address": False},
            {"associate_public_ip_address": True},
            "medium",
            "medium",
        ),
        (
            "aws_ecs_service.s",
            {"network_configuration": [{"assign_public_ip": False}]},
            {"network_configuration": [{"assign_public_ip": True}]},
            "medium",
            "medium",
        ),
        ("aws_subnet.s", {"map_public_ip_on_launch": False}, {"map_public_ip_on_launch": True}, "", "medium"),
        ("aws_lb.l", {"internal": True}, {"internal": False}, "", "high"),
        (
            "aws_eks_cluster.c",
            {"vpc_config": [{"endpoint_public_access": False, "public_access_cidrs": []}]},
            {"vpc_config": [{"endpoint_public_access": True, "public_access_cidrs": ["0.0.0.0/0"]}]},
            "medium",
            "high",
        ),
        ("aws_opensearch_domain.d", {"vpc_options": [{}]}, {"vpc_options": []}, "medium", "high"),
    ],
)
def test_a_public_address_is_told_when_it_is_new(
    address: str, shut: dict[str, Any], opened: dict[str, Any], born: str, turned: str
) -> None:
    assert of(change(address, None, opened)) == ([f"{born} public-address"] if born else [])
    assert of(change(address, shut, opened)) == [f"{turned} public-address"]
    assert of(change(address, opened, {**opened, "tags": {"a": "b"}})) == []
    assert of(change(address, opened, shut)) == []
    assert of(change(address, None, shut)) == []


def test_an_address_that_is_unknown_is_not_taken_for_public() -> None:
    assert of(change("aws_instance.i", None, {}, unknown={"associate_public_ip_address": True})) == []


@pytest.mark.parametrize(
    ("address", "shut", "opened", "severity"),
    [
        ("aws_s3_bucket_acl.a", {"acl": "private"}, {"acl": "public-read"}, "high"),
        ("aws_s3_bucket_acl.a", {"acl": "private"}, {"acl": "public-read-write"}, "critical"),
        ("aws_db_snapshot.s", {"shared_accounts": []}, {"shared_accounts": ["all"]}, "critical"),
        ("aws_ami_launch_permission.p", {"group": None}, {"group": "all"}, "critical"),
        (
            "aws_s3_bucket_acl.a",
            {"access_control_policy": [{"grant": []}]},
            {
                "access_control_policy": [
                    {
                        "grant": [
                            {
                                "permission": "READ",
                                "grantee": [
                                    {"uri": "http://acs.amazonaws.com/groups/global/AllUsers", "type": "Group"}
                                ],
                            }
                        ]
                    }
                ]
            },
            "high",
        ),
    ],
)
def test_an_access_list_for_everybody_is_told_when_it_is_new(
    address: str, shut: dict[str, Any], opened: dict[str, Any], severity: str
) -> None:
    assert of(change(address, shut, opened)) == [f"{severity} acl-public"]
    assert of(change(address, None, opened)) == [f"{severity} acl-public"]
    assert of(change(address, opened, {**opened, "x": 1})) == []
    assert of(change(address, opened, shut)) == []


def test_a_snapshot_for_another_account_is_high() -> None:
    values = {"snapshot_id": "snap-1", "account_id": STRANGER}
    assert of(change("aws_snapshot_create_volume_permission.p", None, values)) == ["high acl-public"]


# Routes


def test_a_route_table_that_was_private_and_leads_to_the_internet_is_medium() -> None:
    nat = {"route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1", "gateway_id": ""}]}
    igw = {"route": [{"cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"}]}
    assert of(change("aws_route_table.t", nat, igw)) == ["medium route-to-internet"]
    assert of(change("aws_route_table.t", igw, nat)) == []
    assert of(change("aws_route_table.t", None, igw)) == []


def test_joined_networks_are_worth_a_low_remark() -> None:
    assert of(change("aws_vpc_peering_connection.p", None, {"peer_owner_id": None})) == ["low network-joined"]
    assert of(change("aws_vpc_peering_connection.p", None, {"peer_owner_id": STRANGER})) == ["medium network-joined"]


def test_a_rule_that_lets_more_out_is_told_also_if_the_group_still_has_what_aws_gave_it() -> None:
    values = {"id": "sg-1", "ingress": [], "egress": [block(0, protocol="-1")]}
    https = {
        "cidr_ipv4": "0.0.0.0/0",
        "from_port": 443,
        "to_port": 443,
        "ip_protocol": "tcp",
        "security_group_id": "sg-1",
    }
    everything = {**https, "from_port": None, "to_port": None, "ip_protocol": "-1"}
    out = change("aws_vpc_security_group_egress_rule.out", https, everything)
    assert of(change("aws_security_group.g", values, values), out) == ["low egress-widened"]


PREFIXES = {"name": "offices", "entry": [{"cidr": "10.0.0.0/8"}]}


@pytest.mark.parametrize(
    ("address", "before", "after", "wanted"),
    [
        ("aws_ec2_managed_prefix_list.p", PREFIXES, {"name": "offices", "entry": [{"cidr": "0.0.0.0/0"}]},
         ["high ingress-widened"]),
        ("aws_ec2_managed_prefix_list.p", PREFIXES, {"name": "offices", "entry": [{"cidr": "10.1.0.0/16"}]}, []),
        ("aws_ec2_managed_prefix_list.p", None, PREFIXES, []),
        ("aws_ec2_managed_prefix_list_entry.e", None, {"prefix_list_id": "pl-1", "cidr": "192.0.2.0/24"},
         ["medium ingress-widened"]),
    ],
)  # fmt: skip
def test_a_network_that_is_added_to_a_list_in_use_is_let_in_wherever_the_list_is(
    address: str, before: dict[str, Any] | None, after: dict[str, Any], wanted: list[str]
) -> None:
    assert said(RULES, change(address, before, after)) == wanted


def test_a_document_for_machines_that_is_shared_with_everybody_is_public() -> None:
    shared = {"name": "d", "permissions": {"type": "Share", "account_ids": "All"}}
    assert said(RULES, change("aws_ssm_document.d", {"name": "d", "permissions": None}, shared)) == [
        "critical acl-public"
    ]


def test_pings_are_not_called_a_website() -> None:
    rule = {"type": "ingress", "protocol": "icmp", "from_port": -1, "to_port": -1, "cidr_blocks": ["0.0.0.0/0"],
            "security_group_id": "sg-1"}  # fmt: skip
    assert "pings" in findings(RULES, plan(change("aws_security_group_rule.p", None, rule)))[0].advice


def test_a_rule_that_another_group_has_already_is_new_in_this_one() -> None:
    web = {"protocol": "tcp", "from_port": 5432, "to_port": 5432, "cidr_blocks": ["198.51.100.0/24"], "self": False}
    one = change("aws_security_group.one", {"id": "sg-1", "ingress": []}, {"id": "sg-1", "ingress": [web]})
    other = change("aws_security_group.two", {"id": "sg-2", "ingress": [web]}, {"id": "sg-2", "ingress": [web]})
    assert said(RULES, one, other) == ["medium ingress-widened"]
