"""Encryption on the way."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.rules.facts.network.tls_policies import strength
from orchestrator.review.rules.kit.discovery import group
from tests.review.changes import destroyed
from tests.review.plans import change, findings, plan, said

RULES = group("transport")

STAYS = change("aws_iam_role.stays", {"name": "stays"}, {"name": "stays"})
BALANCER = {"arn": "arn:aws:lb", "internal": False}
REDIRECT = [{"type": "redirect", "redirect": [{"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}]}]
FORWARD = [{"type": "forward", "target_group_arn": "arn:aws:tg"}]
USUAL = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def test_policies_of_load_balancers_are_in_the_order_of_their_strength() -> None:
    from_weak_to_strong = [
        "ELBSecurityPolicy-TLS-1-0-2015-04",
        "ELBSecurityPolicy-2016-08",
        "ELBSecurityPolicy-FS-2018-06",
        "ELBSecurityPolicy-TLS13-1-0-2021-06",
        "ELBSecurityPolicy-TLS-1-1-2017-01",
        "ELBSecurityPolicy-FS-1-1-2019-08",
        "ELBSecurityPolicy-TLS13-1-1-2021-06",
        "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
        "ELBSecurityPolicy-FS-1-2-2019-08",
        "ELBSecurityPolicy-FS-1-2-Res-2020-10",
        "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
        USUAL,
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-TLS13-1-3-2021-06",
    ]
    found = [strength(name) for name in from_weak_to_strong]
    assert all(found)
    assert found == sorted(found, key=lambda item: (item.least, item.offers_1_3, item.ciphers) if item else ())
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("policy", "version"),
    [
        ("ELBSecurityPolicy-2016-08", "TLS 1.0"),
        ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "TLS 1.2"),
        ("ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04", "TLS 1.2"),
        ("SSLv3", "SSL 3"),
        ("TLSv1", "TLS 1.0"),
        ("TLSv1_2016", "TLS 1.0"),
        ("TLSv1.1_2016", "TLS 1.1"),
        ("TLSv1.2_2021", "TLS 1.2"),
        ("TLS_1_0", "TLS 1.0"),
        ("TLS_1_2", "TLS 1.2"),
        ("TLS1_0", "TLS 1.0"),
        ("TLS1_2", "TLS 1.2"),
        ("1.2", "TLS 1.2"),
        ("Policy-Min-TLS-1-0-2019-07", "TLS 1.0"),
        ("Policy-Min-TLS-1-2-PFS-2023-10", "TLS 1.2"),
    ],
)
def test_the_oldest_version_is_read_from_the_name(policy: str, version: str) -> None:
    found = strength(policy)
    assert found is not None
    assert found.version == version


@pytest.mark.parametrize("policy", ["", "my-own-policy", "Disabled", "12.3"])
def test_a_name_that_is_not_known_has_no_strength(policy: str) -> None:
    assert strength(policy) is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (USUAL, "ELBSecurityPolicy-2016-08", ["high tls-weakened"]),
        (USUAL, "ELBSecurityPolicy-TLS13-1-0-2021-06", ["high tls-weakened"]),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", USUAL, ["medium tls-weakened"]),
        (USUAL, "ELBSecurityPolicy-FS-1-2-Res-2020-10", ["medium tls-weakened"]),
        (USUAL, "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", ["medium tls-weakened"]),
        ("ELBSecurityPolicy-2016-08", USUAL, []),
        (USUAL, "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", []),
        (USUAL, "somebodys-own", []),
    ],
)
def test_a_listeners_policy_is_held_against_what_it_was(before: str, after: str, expected: list[str]) -> None:
    values = {"protocol": "HTTPS", "default_action": FORWARD}
    given = change("aws_lb_listener.https", {**values, "ssl_policy": before}, {**values, "ssl_policy": after})
    assert said(RULES, given) == expected


def test_a_policy_that_becomes_unknown_cannot_be_judged() -> None:
    given = change("aws_lb_listener.https", {"ssl_policy": USUAL}, {}, unknown={"ssl_policy": True})
    assert said(RULES, given) == ["medium not-judgeable"]


def _cloudfront(
    version: str = "TLSv1.2_2021", viewers: str = "redirect-to-https", path: str = "https-only"
) -> dict[str, Any]:
    return {
        "viewer_certificate": [{"minimum_protocol_version": version}],
        "default_cache_behavior": [{"viewer_protocol_policy": viewers}],
        "ordered_cache_behavior": [{"path_pattern": "/api/*", "viewer_protocol_policy": path}],
    }


def _parameter(name: str, value: str) -> dict[str, Any]:
    return {"parameter": [{"name": "work_mem", "value": "1"}, {"name": name, "value": value}]}


WEAKER = [
    ("aws_cloudfront_distribution", _cloudfront(), _cloudfront(version="TLSv1"), "high tls-weakened"),
    ("aws_cloudfront_distribution", _cloudfront(), _cloudfront(version="TLSv1.2_2018"), "medium tls-weakened"),
    ("aws_cloudfront_distribution", _cloudfront(), _cloudfront(viewers="allow-all"), "high transit-unencrypted"),
    ("aws_cloudfront_distribution", _cloudfront(), _cloudfront(path="allow-all"), "high transit-unencrypted"),
    ("aws_api_gateway_domain_name", {"security_policy": "TLS_1_2"}, {"security_policy": "TLS_1_0"},
     "high tls-weakened"),
    ("aws_opensearch_domain",
     {"domain_endpoint_options": [{"tls_security_policy": "Policy-Min-TLS-1-2-2019-07"}]},
     {"domain_endpoint_options": [{"tls_security_policy": "Policy-Min-TLS-1-0-2019-07"}]}, "high tls-weakened"),
    ("aws_opensearch_domain", {"domain_endpoint_options": [{"enforce_https": True}]},
     {"domain_endpoint_options": [{"enforce_https": False}]}, "high transit-unencrypted"),
    ("aws_transfer_server", {"security_policy_name": "TransferSecurityPolicy-2024-01"},
     {"security_policy_name": "TransferSecurityPolicy-2018-11"}, "medium tls-weakened"),
    ("aws_transfer_server", {"protocols": ["SFTP"]}, {"protocols": ["SFTP", "FTP"]}, "high transit-unencrypted"),
    ("aws_elasticache_replication_group", {"transit_encryption_enabled": True}, {"transit_encryption_enabled": False},
     "high transit-unencrypted"),
    ("aws_elasticache_replication_group", {"transit_encryption_mode": "required"},
     {"transit_encryption_mode": "preferred"}, "medium transit-unencrypted"),
    ("aws_db_proxy", {"require_tls": True}, {"require_tls": False}, "high transit-unencrypted"),
    ("aws_db_parameter_group", _parameter("rds.force_ssl", "1"), _parameter("rds.force_ssl", "0"),
     "high transit-unencrypted"),
    ("aws_rds_cluster_parameter_group", _parameter("require_secure_transport", "ON"), {"parameter": []},
     "high transit-unencrypted"),
    ("aws_docdb_cluster_parameter_group", _parameter("tls", "enabled"), _parameter("tls", "disabled"),
     "high transit-unencrypted"),
    ("azurerm_storage_account", {"https_traffic_only_enabled": True}, {"https_traffic_only_enabled": False},
     "high transit-unencrypted"),
    ("aws_lb_listener", {"protocol": "HTTPS", "default_action": FORWARD, "certificate_arn": "arn:c"},
     {"protocol": "HTTP", "default_action": FORWARD, "certificate_arn": None}, "high listener-unencrypted"),
    ("aws_lb_listener", {"protocol": "HTTP", "default_action": REDIRECT},
     {"protocol": "HTTP", "default_action": FORWARD}, "high listener-unencrypted"),
    ("aws_lb_listener", {"protocol": "HTTPS", "mutual_authentication": [{"mode": "verify"}]},
     {"protocol": "HTTPS", "mutual_authentication": [{"mode": "off"}]}, "high client-certificates-off"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "before", "after", "expected"), WEAKER)
def test_what_is_weakened_is_one_finding(type_: str, before: Any, after: Any, expected: str) -> None:
    assert said(RULES, change(f"{type_}.this", before, after)) == [expected]


@pytest.mark.parametrize(("type_", "before", "after", "expected"), WEAKER)
def test_strengthening_it_is_no_finding(type_: str, before: Any, after: Any, expected: str) -> None:
    assert said(RULES, change(f"{type_}.this", after, before)) == []


@pytest.mark.parametrize(("type_", "before", "after", "expected"), WEAKER)
def test_what_is_already_so_is_no_finding(type_: str, before: Any, after: Any, expected: str) -> None:
    assert said(RULES, change(f"{type_}.this", {**after, "tags": None}, {**after, "tags": {"a": "b"}})) == []


@pytest.mark.parametrize(
    ("after", "balancer", "expected"),
    [
        ({"protocol": "HTTP", "default_action": FORWARD}, BALANCER, ["low listener-unencrypted"]),
        ({"protocol": "HTTP", "default_action": FORWARD}, {**BALANCER, "internal": True}, []),
        ({"protocol": "HTTP", "default_action": REDIRECT}, BALANCER, []),
        ({"protocol": "HTTPS", "default_action": FORWARD, "ssl_policy": USUAL}, BALANCER, []),
        (
            {"protocol": "HTTPS", "default_action": FORWARD, "ssl_policy": "ELBSecurityPolicy-2016-08"},
            BALANCER,
            ["low tls-weakened"],
        ),
        ({"protocol": "TCP", "default_action": FORWARD}, BALANCER, []),
    ],
)
def test_a_new_listener_is_judged_by_whom_it_answers(after: Any, balancer: Any, expected: list[str]) -> None:
    listener = change("aws_lb_listener.new", None, {"load_balancer_arn": "arn:aws:lb", **after})
    assert said(RULES, listener, change("aws_lb.this", balancer, balancer)) == expected


@pytest.mark.parametrize(("internal", "expected"), [(False, ["low listener-unencrypted"]), (True, [])])
def test_a_load_balancer_that_is_made_with_its_listener_is_known_too(internal: bool, expected: list[str]) -> None:
    after = {"protocol": "HTTP", "default_action": FORWARD}
    listener = change("aws_lb_listener.new", None, after, unknown={"load_balancer_arn": True})
    balancer = change("aws_lb.this", None, {"internal": internal}, unknown={"arn": True})
    assert said(RULES, listener, balancer) == expected


def test_another_certificate_is_worth_a_word_and_none_is_an_outage() -> None:
    before = {"protocol": "HTTPS", "certificate_arn": "arn:aws:old"}
    listener = "aws_lb_listener.https"
    other = change(listener, before, {**before, "certificate_arn": "arn:aws:new"})
    assert said(RULES, other) == ["low certificate-changed"]
    made = change(listener, before, {"protocol": "HTTPS"}, unknown={"certificate_arn": True})
    assert said(RULES, made) == ["low certificate-changed"]
    none = change(listener, before, {**before, "certificate_arn": None})
    assert said(RULES, none) == ["high certificate-removed"]


def test_a_further_certificate_is_missed_unless_its_listener_goes() -> None:
    further = destroyed(
        "aws_lb_listener_certificate.more", {"listener_arn": "arn:aws:l", "certificate_arn": "arn:aws:c"}
    )
    assert said(RULES, further, STAYS) == ["medium certificate-removed"]
    assert said(RULES, further, destroyed("aws_lb_listener.https", {"arn": "arn:aws:l"}), STAYS) == []


def test_a_parameter_that_becomes_unknown_cannot_be_judged() -> None:
    given = change(
        "aws_db_parameter_group.this",
        _parameter("rds.force_ssl", "1"),
        {"parameter": [{"name": "work_mem", "value": "1"}, {"name": "rds.force_ssl"}]},
        unknown={"parameter": [{}, {"value": True}]},
    )
    assert said(RULES, given) == ["medium not-judgeable"]


def test_a_weakened_policy_names_both() -> None:
    (found,) = findings(
        RULES, plan(change("aws_lb_listener.https", {"ssl_policy": USUAL}, {"ssl_policy": "ELBSecurityPolicy-2016-08"}))
    )
    assert "TLS 1.0 is accepted; until now nothing older than TLS 1.2 was." in found.reason
    assert f"ssl_policy: {USUAL} → ELBSecurityPolicy-2016-08" in found.reason
