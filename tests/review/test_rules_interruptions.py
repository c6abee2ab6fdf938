"""What stops for a while though nothing is destroyed."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.rules.kit.discovery import group
from tests.review.changes import destroyed, replaced
from tests.review.plans import change, findings, plan, said

RULES = group("data")

STAYS = change("aws_iam_role.stays", {"name": "stays"}, {"name": "stays"})
GONE = "delete_because_no_resource_config"
Values = dict[str, Any]


def _changed(type_: str, before: Values, after: Values) -> list[str]:
    return said(RULES, change(f"{type_}.this", before, {**before, **after}))


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_db_instance", {"engine": "postgres", "engine_version": "14.10"}, {"engine_version": "16.4"}),
        ("aws_db_instance", {"engine": "mysql", "engine_version": "5.7.44"}, {"engine_version": "8.0.36"}),
        ("aws_db_instance", {"engine": "mariadb", "engine_version": "10.6.1"}, {"engine_version": "10.11.2"}),
        ("aws_rds_cluster", {"engine": "aurora-postgresql", "engine_version": "14.9"}, {"engine_version": "16.1"}),
        ("aws_eks_cluster", {"version": "1.29"}, {"version": "1.30"}),
        ("aws_msk_cluster", {"kafka_version": "2.8.1"}, {"kafka_version": "3.6.0"}),
        ("aws_opensearch_domain", {"engine_version": "OpenSearch_1.3"}, {"engine_version": "OpenSearch_2.13"}),
        ("google_sql_database_instance", {"database_version": "POSTGRES_14"}, {"database_version": "POSTGRES_16"}),
    ],
)
def test_another_major_version_is_told_since_it_cannot_be_taken_back(type_: str, before: Values, after: Values) -> None:
    assert _changed(type_, before, after) == ["medium service-interrupted"]


@pytest.mark.parametrize(
    ("type_", "attribute", "old", "new", "to"),
    [
        ("aws_eks_cluster", "version", "1.29", "1.30", "another version"),
        ("aws_msk_cluster", "kafka_version", "2.8.1", "3.6.0", "another major version"),
        ("google_container_cluster", "min_master_version", "1.29.1", "1.30.2", "another version"),
        ("azurerm_kubernetes_cluster", "kubernetes_version", "1.29", "1.30", "another version"),
        ("aws_eks_addon", "addon_version", "v1.18.1", "v2.0.0", "another major version"),
    ],
)
def test_no_snapshot_is_advised_where_there_is_none(type_: str, attribute: str, old: str, new: str, to: str) -> None:
    (found,) = findings(RULES, plan(change(f"{type_}.this", {attribute: old}, {attribute: new})))
    assert "snapshot" not in found.reason + found.advice
    assert f"is upgraded to {to} (" in found.reason


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_eks_addon", {"addon_version": "v1.18.1-eksbuild.1"}, {"addon_version": "v1.19.0-eksbuild.1"}),
        ("aws_db_instance", {"engine": "postgres", "engine_version": "16.3"}, {"engine_version": "16.4"}),
        ("aws_db_instance", {"engine": "postgres", "engine_version": "16.4"}, {"engine_version": "16"}),
        ("aws_db_instance", {"engine": "mysql", "engine_version": "8.0.35"}, {"engine_version": "8.0.36"}),
        ("aws_rds_cluster", {"engine": "aurora-mysql", "engine_version": "8.0.mysql_aurora.3.04.0"},
         {"engine_version": "8.0.mysql_aurora.3.05.2"}),
        ("aws_elasticache_replication_group", {"engine": "redis", "engine_version": "7.0"}, {"engine_version": "7.1"}),
        ("aws_mq_broker", {"engine_type": "RabbitMQ", "engine_version": "3.12.13"}, {"engine_version": "3.13"}),
        ("aws_db_instance", {"instance_class": "db.t4g.small"}, {"instance_class": "db.t4g.large"}),
        ("aws_instance", {"instance_type": "t3.micro", "user_data": None}, {"user_data": "c0ffee"}),
    ],
)  # fmt: skip
def test_a_minor_version_and_what_waits_for_the_maintenance_window_is_not(
    type_: str, before: Values, after: Values
) -> None:
    assert _changed(type_, before, after) == []


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_db_instance", {"instance_class": "db.t4g.small", "apply_immediately": True},
         {"instance_class": "db.t4g.large"}),
        ("aws_db_instance", {"engine_version": "16.3", "apply_immediately": True}, {"engine_version": "16.4"}),
        ("aws_rds_cluster_instance", {"instance_class": "db.r6g.large", "apply_immediately": True},
         {"instance_class": "db.r6g.xlarge"}),
        ("aws_instance", {"instance_type": "t3.micro"}, {"instance_type": "t3.large"}),
        ("aws_instance", {"user_data": "one"}, {"user_data": "two"}),
        ("azurerm_linux_virtual_machine", {"size": "Standard_B1s"}, {"size": "Standard_B2s"}),
    ],
)  # fmt: skip
def test_a_restart_in_this_apply_is_told(type_: str, before: Values, after: Values) -> None:
    assert _changed(type_, before, after) == ["medium service-interrupted"]


def test_with_a_copy_beside_it_a_database_is_not_restarted() -> None:
    before = {"instance_class": "db.t4g.small", "apply_immediately": True, "blue_green_update": [{"enabled": True}]}
    assert _changed("aws_db_instance", before, {"instance_class": "db.t4g.large"}) == []


VOLUME = {"device_name": "/dev/sdh", "volume_id": "vol-1", "instance_id": "i-1", "force_detach": True}


def test_a_volume_that_is_taken_off_a_running_server_is_told() -> None:
    found = findings(RULES, plan(STAYS, destroyed("aws_volume_attachment.v", VOLUME, GONE)))
    assert [f"{item.severity} {item.rule}" for item in found] == ["medium service-interrupted"]
    assert "by force" in found[0].reason


def test_a_volume_that_goes_with_its_server_or_moves_with_it_is_not_told_again() -> None:
    server = destroyed("aws_instance.this", {"id": "i-1"}, GONE)
    moved = replaced(
        "aws_volume_attachment.v", VOLUME, {**VOLUME, "instance_id": None}, ["instance_id"],
        unknown={"instance_id": True},
    )  # fmt: skip
    assert said(RULES, STAYS, server, destroyed("aws_volume_attachment.v", VOLUME, GONE)) == [
        "high service-interrupted"
    ]
    assert said(RULES, STAYS, moved) == []


def test_a_certificate_that_is_made_first_is_not_said_to_leave_a_gap() -> None:
    found = findings(
        RULES,
        plan(
            replaced("aws_acm_certificate.this", {"domain_name": "a.com"}, {"domain_name": "b.com"}, ["domain_name"],
                     new_first=True)
        ),
    )[0]  # fmt: skip
    assert "cannot be reached" not in found.reason
    assert "create_before_destroy" not in found.advice


def test_create_before_destroy_is_advised_once() -> None:
    found = findings(
        RULES, plan(replaced("aws_lb_target_group.this", {"name": "a"}, {"name": "b"}, ["name"]))
    )[0]  # fmt: skip
    assert found.advice.count("create_before_destroy") == 1


def test_a_removed_block_is_advised_where_it_can_be_used() -> None:
    found = findings(RULES, plan(STAYS, destroyed("aws_s3_bucket.this", {"bucket": "b"}, GONE)))[0]
    assert "`removed` block (from = aws_s3_bucket.this" in found.advice
    assert "state rm" not in found.advice


TABLE = {"name": "t", "stream_enabled": True, "replica": [{"region_name": "us-east-1"}, {"region_name": "eu-west-2"}],
         "global_secondary_index": [{"name": "by-day"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        ({"replica": [{"region_name": "eu-west-2"}]}, ["high data-part-removed"]),
        ({"global_secondary_index": []}, ["medium data-part-removed"]),
        ({"stream_enabled": False}, ["medium data-part-removed"]),
        ({"global_secondary_index": [{"name": "by-day"}, {"name": "by-name"}]}, []),
        ({"replica": [{"region_name": "eu-west-2"}, {"region_name": "us-east-1"}]}, []),
    ],
)
def test_a_part_of_a_table_that_goes_is_told(after: Values, wanted: list[str]) -> None:
    assert _changed("aws_dynamodb_table", TABLE, after) == wanted


BALANCER, NETWORK = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/a/1", "vpc-1"
LISTENER = {"port": 443, "load_balancer_arn": BALANCER}


def test_what_is_replaced_only_with_what_it_stands_on_is_not_told_again() -> None:
    new = {"name": "a", "internal": False}
    balancer = replaced("aws_lb.a", {"name": "a", "internal": True, "arn": BALANCER}, new, ["internal"])
    unknown = {"load_balancer_arn": True}
    listener = replaced("aws_lb_listener.a", LISTENER, {"port": 443}, ["load_balancer_arn"], unknown=unknown)
    other = replaced("aws_lb_listener.b", LISTENER, LISTENER | {"port": 80}, ["port"])
    assert said(RULES, balancer, listener) == ["critical address-replaced"]
    assert said(RULES, listener) == ["high address-replaced"]
    assert said(RULES, balancer, other) == ["critical address-replaced", "high address-replaced"]


def test_an_address_that_is_never_given_again_is_told_beside_what_it_stands_on() -> None:
    pool = replaced("aws_cognito_user_pool.p", {"id": "pool-1", "name": "p"}, {"name": "q"}, ["name"])
    login = replaced(
        "aws_cognito_user_pool_client.c", {"user_pool_id": "pool-1"}, {}, ["user_pool_id"],
        unknown={"user_pool_id": True},
    )  # fmt: skip
    assert said(RULES, pool, login) == ["critical address-replaced", "critical data-replaced"]


def test_a_database_that_is_restored_in_its_replacement_is_not_said_to_be_empty() -> None:
    before, after = {"cluster_identifier": "d", "snapshot_identifier": "a"}, {"snapshot_identifier": "b"}
    found = findings(RULES, plan(replaced("aws_rds_cluster.d", before, after, ["snapshot_identifier"])))[0]
    assert "has what is in b" in found.reason
    assert "empty" not in found.reason
