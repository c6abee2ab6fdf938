"""What words and values say of types that no rule knows, in resources of many providers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.review.model import Finding, Severity
from orchestrator.review.reading.parse import parse
from orchestrator.review.reading.reading import read
from orchestrator.review.review import review
from orchestrator.review.rules.facts.unknown import known
from tests.review.plans import change
from tests.review.test_reported import EXPECTED, FOLDER

WORLD = "0.0.0.0/0"
STAYS = change("acme_project.stays", {"id": "p-1"}, {"id": "p-1"})


@pytest.fixture(autouse=True)
def no_rule_knows_these_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of their own that types may have by now would keep the words from being looked at."""
    monkeypatch.setattr(known, "named", lambda: frozenset())


def found(*changes: dict[str, Any]) -> list[Finding]:
    reviewed = review(read({"format_version": "1.2", "resource_changes": [*changes, STAYS]}))
    return [item for item in reviewed.findings if item.rule.startswith("unknown-type-")]


def said(type_: str, before: Any, after: Any) -> list[str]:
    return [f"{item.severity} {item.rule.removeprefix('unknown-type-')}" for item in
            found(change(f"{type_}.a", before, after))]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.startswith("unknown-type-")])
def test_a_reported_plan_is_found_out_by_its_words_alone(name: str) -> None:
    file = FOLDER / f"{name}.json"
    (item,) = found(*parse(file.read_bytes(), file.name)["resource_changes"])
    assert item.severity is Severity.HIGH and [item.address] == EXPECTED[name]["flag"]
    assert "is unknown and was judged by its words" in item.reason


@pytest.mark.parametrize(
    ("type_", "values", "severity"),
    [
        ("digitalocean_firewall", {"inbound_rule": [
            {"protocol": "tcp", "port_range": "22", "source_addresses": [WORLD, "::/0"]}]}, "high"),
        ("digitalocean_firewall", {"inbound_rule": [
            {"protocol": "tcp", "port_range": "1-65535", "source_addresses": ["::/0"]}]}, "high"),
        ("hcloud_firewall", {"rule": [{"direction": "in", "port": "3389", "source_ips": [WORLD]}]}, "high"),
        ("hcloud_firewall", {"rule": [{"direction": "in", "protocol": "icmp", "source_ips": [WORLD]}]}, "low"),
        ("openstack_networking_secgroup_rule_v2", {"direction": "ingress", "port_range_min": 22,
            "port_range_max": 22, "protocol": "tcp", "remote_ip_prefix": WORLD}, "high"),
        ("openstack_networking_secgroup_rule_v2", {"direction": "ingress", "port_range_min": 443,
            "port_range_max": 443, "protocol": "tcp", "remote_ip_prefix": WORLD}, "low"),
        ("scaleway_instance_security_group", {"inbound_rule": [
            {"action": "accept", "port": 5432, "ip_range": WORLD}]}, "high"),
        ("alicloud_security_group_rule", {"type": "ingress", "policy": "accept", "port_range": "22/22",
            "ip_protocol": "tcp", "cidr_ip": WORLD}, "high"),
        ("mongodbatlas_project_ip_access_list", {"cidr_block": WORLD}, "high"),
        ("acme_allowlist", {"cidr": WORLD}, "medium"),
        ("acme_firewall", {"allow": [{"cidr": "0.0.0.0/1"}, {"cidr": "128.0.0.0/1"}]}, "medium"),
        ("acme_sql_firewall_rule", {"start_ip": "0.0.0.0", "end_ip": "255.255.255.255"}, "high"),
        ("acme_nsg_rule", {"access": "Allow", "direction": "Inbound", "destination_port_range": "22",
            "source_address_prefix": "*", "source_port_range": "*"}, "high"),
        ("oci_core_network_security_group_security_rule", {"direction": "INGRESS", "source": WORLD, "protocol": "6",
            "tcp_options": [{"destination_port_range": [{"min": 22, "max": 22}]}]}, "high"),
        ("acme_security_group", {"ingress": [{"cidr": WORLD, "protocol": "all"}]}, "high"),
        ("acme_security_group", {"ingress": [{"cidr": WORLD, "protocol": "tcp", "port": 8080}]}, "medium"),
    ],
)  # fmt: skip
def test_a_door_that_is_open_to_the_world(type_: str, values: dict[str, Any], severity: str) -> None:
    assert said(type_, None, values) == [f"{severity} open"]
    assert said(type_, {"name": "a"}, values | {"name": "a"}) == [f"{severity} open"]
    assert said(type_, values, values | {"tags": ["a"], "size": 2}) == []
    assert said(type_, values | {"size": 1}, json.loads(json.dumps(values).replace(WORLD, "10.0.0.0/8"))) == []


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("digitalocean_firewall", {"outbound_rule": [{"protocol": "tcp", "destination_addresses": [WORLD]}]}),
        ("hcloud_firewall", {"rule": [{"direction": "out", "port": "22", "destination_ips": [WORLD]}]}),
        ("openstack_networking_secgroup_rule_v2", {"direction": "egress", "remote_ip_prefix": WORLD}),
        ("openstack_networking_router_route_v2", {"destination_cidr": WORLD, "next_hop": "10.0.0.1"}),
        ("yandex_vpc_route_table", {"static_route": [{"destination_prefix": WORLD, "gateway_id": "g"}]}),
        ("oci_core_route_table", {"route_rules": [{"cidr_block": WORLD, "network_entity_id": "n"}]}),
        ("acme_nat_rule", {"source_cidr": WORLD}),
        ("acme_firewall_rule", {"source": WORLD, "action": "drop"}),
        ("acme_firewall_rule", {"source": WORLD, "action": "allow", "enabled": False}),
        ("acme_firewall", {"rules": [{"denied_sources": [WORLD]}]}),
        ("acme_security_group", {"ingress": [{"cidr": "10.0.0.0/8", "port": 22}], "description": f"not {WORLD}"}),
        ("acme_network", {"ip_range": WORLD}),
    ],
)
def test_what_lets_nobody_in_is_no_door(type_: str, values: dict[str, Any]) -> None:
    assert said(type_, None, values) == []


def test_a_door_that_gets_narrower_is_none_and_one_that_gets_wider_is() -> None:
    rules = [{"ingress": [{"cidr": WORLD, "from_port": low, "to_port": high}]} for low, high in ((22, 22), (1, 9999))]
    assert said("acme_security_group", rules[1], rules[0]) == []
    assert said("acme_security_group", rules[0], rules[1]) == ["high open"]


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (None, {"policy_data": json.dumps({"bindings": [{"role": "r", "members": ["allUsers"]}]})}, "high"),
        (None, {"grants": [{"uri": "http://acs.example.com/groups/global/AllUsers"}]}, "high"),
        ({"subject": [{"name": "dev"}]}, {"subject": [{"name": "system:anonymous"}]}, "high"),
        ({"visibility": "internal"}, {"visibility": "public"}, "high"),
        ({"acl": "private"}, {"acl": "public-read"}, "high"),
        (None, {"public_network_access_enabled": True}, "medium"),
        ({"block_public_access": True}, {"block_public_access": False}, "high"),
        ({"authentication": "oidc"}, {"authentication": "none"}, "high"),
    ],
)
def test_what_is_opened_to_everybody(before: Any, after: Any, severity: str) -> None:
    assert said("acme_store", before, after) == [f"{severity} public"]
    assert said("acme_store", after, before or {"name": "a"}) == []


@pytest.mark.parametrize(
    "values",
    [
        {"visibility": "private", "public_key": "ssh-rsa AAAA", "subnet_type": "public"},
        {"public_subnets": True, "restrict_public_buckets": True},
        {"policy": json.dumps({"Statement": [{"Effect": "Deny", "Principal": "allUsers"}]})},
        {"description": "public"},
    ],
)
def test_what_only_has_the_word_is_not_public(values: dict[str, Any]) -> None:
    assert said("acme_store", None, values) == []


@pytest.mark.parametrize(
    ("after", "severity"),
    [
        ({"policy": 'path "secret/*" { capabilities = ["read", "sudo"] }'}, "medium"),
        ({"policy": 'path "*" { capabilities = ["read"] }'}, "medium"),
        ({"rules": 'key_prefix "" {\n  policy = "write"\n}\nnode_prefix "" { policy = "read" }'}, "high"),
        ({"statements": ["Allow any-user to use buckets in tenancy"]}, "high"),
        ({"statements": ["Allow group Dev to manage all-resources in tenancy"]}, "high"),
        ({"privileges": ["ALL"], "objects": ["orders"]}, "medium"),
        ({"rule": [{"verbs": ["*"], "resources": ["*"], "api_groups": ["*"]}]}, "high"),
        ({"role": "owner"}, "medium"),
        ({"privileged": True}, "medium"),
    ],
)
def test_rights_on_everything_or_for_everybody(after: dict[str, Any], severity: str) -> None:
    assert said("acme_grant", None, after) == [f"{severity} powerful"]
    assert said("acme_grant", after, after | {"name": "b"}) == []


@pytest.mark.parametrize(
    "values",
    [
        {"policy": 'path "secret/data/app/*" { capabilities = ["read", "list"] }'},
        {"policy": 'path "*" { capabilities = ["deny"] }'},
        {"cors": [{"allowed_methods": ["*"]}], "record": "*", "hosts": ["*"]},
        {"role": "reader", "verbs": ["get"], "resources": ["*"]},
    ],
)
def test_a_star_that_gives_no_right_is_passed_over(values: dict[str, Any]) -> None:
    assert said("acme_grant", None, values) == []


@pytest.mark.parametrize(
    ("type_", "severity"),
    [
        ("acme_management_lock", "high"),
        ("acme_branch_protection", "high"),
        ("acme_waf_policy", "medium"),
        ("acme_subnet_network_association", "medium"),
        ("acme_audit_sink_policy", "medium"),
    ],
)
def test_a_guard_that_is_destroyed(type_: str, severity: str) -> None:
    before = {"name": "a", "scope": "p-1"}
    assert said(type_, before, None) == [f"{severity} unguarded"]
    whole = change("acme_scope.p", {"id": "p-1"}, None)
    assert found(whole, change(f"{type_}.a", {"name": "a", "scope": "p-1"}, None)) == []
    assert found(change(f"{type_}.a", before, None), change(f"{type_}.b", None, before)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"mfa_required": True}, {"mfa_required": False}),
        ({"enabled": True}, {"enabled": False}),
        ({"tls": [{"skip_verify": False}]}, {"tls": [{"skip_verify": True}]}),
        ({"allow_force_pushes": False}, {"allow_force_pushes": True}),
        ({"backup_retention_days": 30}, {"backup_retention_days": 1}),
        ({"enforcement": "active"}, {"enforcement": "disabled"}),
        ({"required_reviews": [{"count": 2}]}, {"required_reviews": []}),
        ({"rules": [{"action": "deny", "source": "a"}, {"action": "allow", "source": "b"}]},
         {"rules": [{"action": "allow", "source": "b"}]}),
        ({"proxied": True}, {"proxied": False}),
    ],
)  # fmt: skip
def test_a_guard_that_is_switched_off(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert said("acme_thing", before, after) == ["medium unguarded"]
    assert said("acme_thing", after, before) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"auto_merge": True}, {"auto_merge": False}),
        ({"has_wiki": True}, {"has_wiki": False}),
        ({"allow_merge_commit": False}, {"allow_merge_commit": True}),
        ({"days": 30}, {"days": 1}),
        ({"cache": [{"ttl": 60}]}, {"cache": []}),
        ({"mode": "full"}, {"mode": "partial"}),
        ({"logging_level": "debug"}, {"logging_level": "info"}),
    ],
)
def test_what_guards_nothing_may_be_switched_off(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert said("acme_thing", before, after) == []


def test_a_type_that_a_rule_knows_or_that_is_harmless_is_not_judged_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "named", lambda: frozenset({"acme_firewall"}))
    assert said("acme_firewall", None, {"source": WORLD}) == []
    assert said("terraform_data", {"input": {"source_cidr": "10.0.0.0/8"}}, {"input": {"source_cidr": WORLD}}) == []


def test_a_destroyed_guard_is_said_once() -> None:
    reviewed = review(read({"format_version": "1.2", "resource_changes": [
        change("acme_deny.a", {"scope": "s"}, None), STAYS]}))  # fmt: skip
    assert [item.rule for item in reviewed.findings] == ["unknown-type-unguarded"]
