"""What is lost, and how it is said."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.model import Finding
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.discovery import group
from tests.review.changes import destroyed, forgotten, replaced
from tests.review.plans import change, findings, plan, said

RULES = group("data")

TABLE = {"name": "stories", "hash_key": "id", "billing_mode": "PAY_PER_REQUEST"}
STAYS = change("aws_iam_role.stays", {"name": "stays"}, {"name": "stays"})


def only(*changes: dict[str, Any]) -> Finding:
    (found,) = findings(RULES, plan(*changes, STAYS))
    return found


def test_a_replaced_table_names_the_attribute_and_both_values() -> None:
    found = only(replaced("aws_dynamodb_table.this", TABLE, {**TABLE, "hash_key": "pk"}, ["hash_key"]))
    assert f"{found.severity} {found.rule}" == "critical data-replaced"
    assert found.reason.startswith(
        'The table "stories" is destroyed and recreated because hash_key is changed from id to pk, '
        "which cannot be done in place (the old one is destroyed first)."
    )
    assert (found.path, found.before, found.after) == (("hash_key",), "id", "pk")


def test_data_is_lost_also_where_the_new_object_is_made_first() -> None:
    found = only(replaced("aws_dynamodb_table.this", TABLE, {**TABLE, "hash_key": "pk"}, ["hash_key"], new_first=True))
    assert str(found.severity) == "critical"
    assert "the new one is created first" in found.reason


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("delete_because_no_resource_config", "its block is no longer in the configuration, and with the block any"),
        ("delete_because_no_module", "its module is no longer in the configuration, and with the block any"),
        ("delete_because_count_index", "its block's count no longer reaches [2]."),
        ("delete_because_wrong_repetition", "its block no longer repeats"),
        ("delete_because_no_move_target", "a `moved` block points to"),
    ],
)
def test_terraforms_reason_for_a_destruction_is_told_in_words(reason: str, words: str) -> None:
    assert words in only(destroyed("aws_s3_bucket.this", {"bucket": "reports"}, reason, index=2)).reason


def test_a_key_that_for_each_lost_is_named() -> None:
    found = only(destroyed('aws_s3_bucket.this["bob"]', {"bucket": "b"}, "delete_because_each_key", index="bob"))
    assert 'for_each no longer has the key "bob"' in found.reason
    # A `removed` block cannot name an instance.
    assert "terraform state rm" in found.advice


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("replace_because_tainted", "it is tainted"),
        ("replace_by_request", "-replace"),
        ("replace_by_triggers", "replace_triggered_by"),
    ],
)
def test_terraforms_reason_for_a_replacement_is_told_in_words(reason: str, words: str) -> None:
    assert words in only(replaced("aws_dynamodb_table.this", TABLE, TABLE, reason=reason)).reason


def test_a_replacement_for_a_value_that_is_not_known_yet_says_so() -> None:
    found = only(
        replaced("aws_db_instance.this", {"identifier": "a", "kms_key_id": "k"}, {"identifier": "a"}, ["kms_key_id"],
                 unknown={"kms_key_id": True})
    )  # fmt: skip
    assert "kms_key_id may change from k to a value known only after apply" in found.reason


def test_a_sensitive_value_that_forces_a_replacement_is_not_shown() -> None:
    entry = replaced("aws_db_instance.this", {"username": "root-canary"}, {"username": "app-canary"}, ["username"])
    entry["change"]["before_sensitive"] = entry["change"]["after_sensitive"] = {"username": True}
    found = only(entry)
    assert "username (sensitive) changes" in found.reason
    assert "canary" not in f"{found!r}"


def test_the_same_object_made_elsewhere_is_told_as_a_rename_with_the_moved_block() -> None:
    found = only(
        destroyed("aws_dynamodb_table.old", TABLE, "delete_because_no_resource_config"),
        change("aws_dynamodb_table.new", None, TABLE),
    )
    assert "looks like a rename" in found.reason
    assert "a `moved` block (from = aws_dynamodb_table.old, to = aws_dynamodb_table.new)" in found.advice


def test_another_object_of_the_type_is_no_rename() -> None:
    found = only(
        destroyed("aws_dynamodb_table.old", TABLE, "delete_because_no_resource_config"),
        change("aws_dynamodb_table.new", None, {**TABLE, "name": "orders"}),
    )
    assert "rename" not in found.reason + found.advice


def test_what_has_no_name_is_a_rename_if_all_that_is_known_is_the_same() -> None:
    network = {"cidr_block": "10.0.0.0/16", "enable_dns_support": True, "tags": {"Name": "main"}}
    old = destroyed("aws_vpc.old", {**network, "id": "vpc-1"}, "delete_because_no_resource_config")
    same, other = change("aws_vpc.new", None, network), change("aws_vpc.new", None, {**network, "tags": {"Name": "x"}})
    assert "rename" in only(old, same).reason
    assert "rename" not in only(old, other).reason


def test_two_candidates_are_no_rename() -> None:
    new = [change(f"aws_dynamodb_table.new{number}", None, TABLE) for number in (1, 2)]
    assert "rename" not in only(destroyed("aws_dynamodb_table.old", TABLE), *new).reason


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"deletion_protection_enabled": True}, "deletion protection is on: the deletion is refused"),
        ({"skip_final_snapshot": True}, "No final snapshot is taken"),
        ({"skip_final_snapshot": False, "final_snapshot_identifier": "last"}, 'A final snapshot "last" is made first'),
        ({"skip_final_snapshot": False}, "has no name"),
        ({"deletion_window_in_days": 7}, "cancelled for 7 days"),
        ({"recovery_window_in_days": 0}, "gone immediately"),
        ({"skip_destroy": True}, "the object itself stays"),
    ],
)
def test_settings_that_matter_for_the_destruction_are_told(values: dict[str, Any], words: str) -> None:
    assert words in only(destroyed("aws_dynamodb_table.this", {"name": "t", **values})).reason


@pytest.mark.parametrize(
    ("address", "values", "words", "never"),
    [
        ("aws_s3_bucket.b", {"force_destroy": False}, "deleted only if it is empty", "Lost"),
        ("aws_s3_bucket.b", {"force_destroy": True}, "Lost for good", "only if"),
        ("aws_ecr_repository.r", {"force_delete": False}, "with all images in it, it stays", "Lost"),
        ("aws_autoscaling_group.g", {"force_delete": False}, "first scaled to 0", "empty"),
        ("aws_ecs_service.s", {"force_delete": False}, "its tasks are drained", "empty"),
        ("aws_instance.i", {"force_destroy": False}, "disks that are deleted with it", "force"),
        ("aws_instance.i", {"force_destroy": True}, "protection against termination", "empty"),
        ("aws_iam_user.u", {"force_destroy": False}, "that Terraform does not manage", "empty"),
        ("aws_dynamodb_table.t", {"force_destroy": False}, "every item in it", "force"),
    ],
)
def test_forced_deletion_means_what_it_means_for_the_type(
    address: str, values: dict[str, Any], words: str, never: str
) -> None:
    reason = only(destroyed(address, {"name": "t", **values})).reason
    assert words in reason
    assert never not in reason


@pytest.mark.parametrize(
    ("address", "way_back", "none"),
    [
        ("aws_db_instance.d", {"final_snapshot_identifier": "last"}, {"skip_final_snapshot": True}),
        ("aws_dynamodb_table.t", {"point_in_time_recovery": [{"enabled": True}]}, {"point_in_time_recovery": []}),
        ("aws_kms_key.k", {"deletion_window_in_days": 30}, {"deletion_window_in_days": None}),
    ],
)
def test_what_can_be_restored_is_not_lost_for_good(
    address: str, way_back: dict[str, Any], none: dict[str, Any]
) -> None:
    assert "Lost: " in only(destroyed(address, {"name": "t", **way_back})).reason
    assert "Lost for good: " in only(destroyed(address, {"name": "t", **none})).reason


@pytest.mark.parametrize("part", ["module", "block"])
def test_what_is_gone_from_the_configuration_is_what_is_to_be_restored(part: str) -> None:
    reason = {"module": "delete_because_no_module", "block": "delete_because_no_resource_config"}[part]
    assert only(destroyed("aws_dynamodb_table.t", TABLE, reason)).advice.startswith(
        f"If it should stay, restore its {part}. "
    )


def test_what_is_let_go_of_is_worth_a_word_only() -> None:
    assert said(RULES, forgotten("aws_s3_bucket.this", {"bucket": "reports"}), STAYS) == ["low data-forgotten"]
    assert said(RULES, forgotten("aws_iam_role.this", {"name": "r"}), STAYS) == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("aws_eip.this", "critical address-destroyed"),
        ("aws_lb.this", "critical address-destroyed"),
        ("aws_route53_zone.this", "critical address-destroyed"),
        ("aws_lb_target_group.this", "high address-destroyed"),
        ("aws_acm_certificate.this", "high address-destroyed"),
        ("aws_vpc.this", "high address-destroyed"),
        ("aws_lb_listener_rule.this", "medium address-destroyed"),
        ("aws_ecs_service.this", "high service-interrupted"),
        ("aws_scheduler_schedule.this", "medium service-interrupted"),
        ("aws_cloudwatch_log_group.this", "high data-destroyed"),
        ("aws_kms_key.this", "critical data-destroyed"),
        ("google_sql_database_instance.this", "critical data-destroyed"),
        ("azurerm_storage_account.this", "critical data-destroyed"),
        ("kubernetes_persistent_volume_claim.this", "critical data-destroyed"),
        ("acme_thing.this", "medium resource-destroyed"),
    ],
)
def test_a_destruction_is_judged_by_what_the_type_holds(address: str, expected: str) -> None:
    assert said(RULES, destroyed(address, {"id": "x"}), STAYS) == [expected]


@pytest.mark.parametrize(
    "type_",
    [
        "aws_iam_role_policy_attachment",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_route_table_association",
        "aws_ecs_task_definition",
        "aws_s3_bucket_policy",
        "aws_iam_role_policy",
        "aws_cloudwatch_metric_alarm",
        "terraform_data",
        "null_resource",
        "acme_project_iam_member",
    ],
)
def test_what_is_the_same_once_it_is_made_again_is_no_finding(type_: str) -> None:
    before, after = {"id": "x", "name": "a"}, {"name": "b"}
    assert said(RULES, destroyed(f"{type_}.this", before), STAYS) == []
    assert said(RULES, replaced(f"{type_}.this", before, after, ["name"]), STAYS) == []


def test_a_type_that_is_judged_by_its_name_says_so() -> None:
    found = only(destroyed("acme_postgres_database.this", {"name": "orders"}))
    assert f"{found.severity} {found.rule}" == "high data-destroyed"
    assert "judged by its name" in found.reason


def test_an_address_or_service_that_is_made_before_the_old_one_goes_is_less_bad() -> None:
    before, after = {"name": "a", "port": 80}, {"name": "b", "port": 81}
    for new_first, expected in ((False, "high address-replaced"), (True, "medium address-replaced")):
        entry = replaced("aws_lb_target_group.this", before, after, ["port"], new_first=new_first)
        assert said(RULES, entry, STAYS) == [expected]
    for new_first, expected in ((False, "high service-interrupted"), (True, "medium service-interrupted")):
        entry = replaced("aws_autoscaling_group.this", before, after, ["name"], new_first=new_first)
        assert said(RULES, entry, STAYS) == [expected]


def test_the_address_of_a_load_balancer_is_lost_whatever_comes_first() -> None:
    entry = replaced("aws_lb.this", {"name": "a"}, {"name": "b"}, ["name"], new_first=True)
    assert said(RULES, entry, STAYS) == ["critical address-replaced"]


def test_an_update_loses_nothing() -> None:
    assert said(RULES, change("aws_dynamodb_table.this", TABLE, {**TABLE, "billing_mode": "PROVISIONED"})) == []


def test_a_destroy_plan_tells_of_data_and_addresses_and_not_of_each_part() -> None:
    given = [
        destroyed("aws_dynamodb_table.this", TABLE),
        destroyed("aws_lb.this", {"name": "a"}),
        destroyed("aws_ecs_service.this", {"name": "words"}),
        destroyed("aws_lb_listener_rule.this", {"priority": 1}),
        destroyed("aws_iam_role_policy_attachment.this", {"role": "a"}),
    ]
    assert said(RULES, *given) == ["critical address-destroyed", "critical data-destroyed"]
    assert "this plan destroys everything" in findings(RULES, plan(*given))[0].reason


def test_a_leftover_of_an_earlier_replacement_is_told_as_one() -> None:
    found = only(destroyed("aws_ebs_volume.this", {"id": "vol-1"}, deposed="ab12cd34"))
    assert "an earlier replacement could not remove it" in found.reason
    assert str(found.severity) == "medium"


def test_no_type_is_in_two_tables() -> None:
    tables = [set(table) for table in holders.TABLES]
    assert sum(map(len, tables)) == len(set().union(*tables))


def test_whoever_loses_something_is_told_what() -> None:
    for type_, holder in holders.KNOWN.items():
        assert bool(holder.loses) == (holder.kind is not Kind.HARMLESS), type_


def test_an_object_that_terraform_leaves_in_place_is_not_lost() -> None:
    gone = destroyed("aws_cloudwatch_log_group.this", {"name": "l", "skip_destroy": True})
    assert said(RULES, gone, STAYS) == ["low data-destroyed"]
    assert "Nothing is lost. Its skip_destroy is on" in only(gone).reason


def test_a_replica_is_only_a_copy() -> None:
    found = only(destroyed("aws_db_instance.this", {"identifier": "b", "replicate_source_db": "a"}))
    assert str(found.severity) == "high"
    assert "stays in its source" in found.reason


@pytest.mark.parametrize(
    ("recovery", "words"),
    [([{"enabled": True}], "for 35 days"), ([{"enabled": False}], "manual backup"), ([], "manual backup")],
)
def test_a_table_says_whether_it_can_be_brought_back(recovery: Any, words: str) -> None:
    assert words in only(destroyed("aws_dynamodb_table.this", {**TABLE, "point_in_time_recovery": recovery})).reason


@pytest.mark.parametrize(("dropped", "words"), [(True, "are deleted with it"), (False, "stay until they expire")])
def test_a_database_says_what_becomes_of_its_backups(dropped: bool, words: str) -> None:
    before = {"identifier": "a", "delete_automated_backups": dropped}
    assert f"Its automated backups {words}." in only(destroyed("aws_db_instance.this", before)).reason


def test_a_replacement_that_lets_go_of_the_old_one_says_that_the_new_one_is_empty() -> None:
    entry = replaced("aws_s3_bucket.this", {"bucket": "a"}, {"bucket": "b"}, ["bucket"])
    entry["change"]["actions"] = ["create", "forget"]
    found = only(entry)
    assert f"{found.severity} {found.rule}" == "medium data-forgotten"
    assert "created in its place is empty" in found.reason


def test_a_listener_rule_is_named_by_what_it_matches() -> None:
    condition = [
        {"path_pattern": [{"values": ["/api/words", "/api/words/*"]}], "host_header": []},
        {"host_header": [{"values": ["example.com"]}], "path_pattern": []},
    ]
    found = only(destroyed("aws_lb_listener_rule.this", {"priority": 1, "condition": condition}))
    assert "The listener rule for /api/words, /api/words/*, example.com is destroyed" in found.reason


@pytest.mark.parametrize(
    "type_",
    ["aws_lambda_layer_version", "aws_secretsmanager_secret_version", "aws_appconfig_hosted_configuration_version"],
)
def test_a_new_version_in_place_of_the_old_one_loses_nothing(type_: str) -> None:
    assert said(RULES, replaced(f"{type_}.this", {"id": "1"}, {}, ["content"], unknown={"id": True}), STAYS) == []


def test_a_service_says_what_stops() -> None:
    assert "Its tasks stop, and with them what they answer." in only(
        destroyed("aws_ecs_service.this", {"name": "words"}, "delete_because_no_module")
    ).reason  # fmt: skip


def test_a_destroy_plan_tells_only_of_addresses_that_never_come_back() -> None:
    given = [destroyed(f"aws_{kind}.this", {"id": kind}) for kind in ("eip", "vpc", "subnet", "lb_target_group")]
    assert said(RULES, *given) == ["critical address-destroyed"]


def test_every_type_of_aws_that_is_known_to_hold_data_says_what_to_do() -> None:
    for type_, holder in holders.KNOWN.items():
        if type_.startswith("aws_") and holder.kind is Kind.DATA:
            found = only(destroyed(f"{type_}.this", {"id": "x"}))
            assert found.rule == "data-destroyed"
            assert holder.noun in found.reason and holder.loses.split(".")[0] in found.reason


def test_only_what_holds_many_things_is_empty_afterwards() -> None:
    for address, empty in (("aws_dynamodb_table.this", True), ("random_password.this", False), ("aws_eip.this", False)):
        found = only(replaced(address, {"name": "a"}, {"name": "b"}, ["name"]))
        assert ("The new one is empty." in found.reason) is empty


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_eip", {"domain": "vpc", "public_ip": "192.0.2.1"}, {"domain": "vpc"}),
        ("aws_rds_cluster_instance", {"cluster_identifier": "c", "identifier": "a"}, {"cluster_identifier": "c"}),
        ("aws_s3_object", {"bucket": "b", "key": "old"}, {"bucket": "b", "key": "new"}),
        (
            "aws_route53_record",
            {"name": "a", "zone_id": "z", "type": "A"},
            {"name": "a", "zone_id": "z", "type": "AAAA"},
        ),
    ],
)
def test_what_belongs_to_the_same_thing_is_not_the_same(
    type_: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert "rename" not in only(destroyed(f"{type_}.old", before), change(f"{type_}.new", None, after)).reason


@pytest.mark.parametrize(
    ("before", "name"),
    [
        ({"domain": "vpc", "public_ip": "192.0.2.1"}, 'public IP address "192.0.2.1"'),
        ({"domain": "vpc", "tags": {"Name": "mail"}}, 'public IP address "mail"'),
        ({"domain": "vpc", "id": "eipalloc-1"}, 'public IP address "eipalloc-1"'),
        ({"domain": "vpc"}, "The public IP address is destroyed"),
    ],
)
def test_an_object_is_called_what_people_know_it_by(before: dict[str, Any], name: str) -> None:
    assert name in only(destroyed("aws_eip.this", before)).reason
