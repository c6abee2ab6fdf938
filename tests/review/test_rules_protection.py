"""Protection, backups, versions, encryption and retention that are switched off."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.rules.kit.discovery import group
from tests.review.changes import destroyed, replaced
from tests.review.plans import change, findings, plan, said

RULES = group("protection")

STAYS = change("aws_iam_role.stays", {"name": "stays"}, {"name": "stays"})
SSE = "aws_s3_bucket_server_side_encryption_configuration"


def _sse(algorithm: str) -> dict[str, Any]:
    return {"bucket": "b", "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": algorithm}]}]}


OFF = [
    ("aws_lb", {"enable_deletion_protection": True}, {"enable_deletion_protection": False}, "high protection-off"),
    ("aws_db_instance", {"deletion_protection": True}, {"deletion_protection": None}, "high protection-off"),
    ("aws_cognito_user_pool", {"deletion_protection": "ACTIVE"}, {"deletion_protection": "INACTIVE"},
     "high protection-off"),
    ("aws_kms_key", {"enable_key_rotation": True}, {"enable_key_rotation": False}, "medium protection-off"),
    ("aws_kms_key", {"deletion_window_in_days": 30}, {"deletion_window_in_days": 7}, "low deletion-window-shortened"),
    ("aws_secretsmanager_secret", {"recovery_window_in_days": 30}, {"recovery_window_in_days": 0},
     "medium deletion-window-shortened"),
    ("aws_kms_key", {"is_enabled": True}, {"is_enabled": False}, "high key-disabled"),
    ("aws_dynamodb_table", {"point_in_time_recovery": [{"enabled": True}]},
     {"point_in_time_recovery": [{"enabled": False}]}, "high backup-off"),
    ("aws_dynamodb_table", {"point_in_time_recovery": [{"enabled": True}]}, {"point_in_time_recovery": []},
     "high backup-off"),
    ("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 0}, "high backup-off"),
    ("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 1}, "medium backup-off"),
    ("aws_rds_cluster", {"skip_final_snapshot": False}, {"skip_final_snapshot": True}, "medium backup-off"),
    ("aws_elasticache_replication_group", {"snapshot_retention_limit": 5}, {"snapshot_retention_limit": 0},
     "high backup-off"),
    ("aws_efs_backup_policy", {"backup_policy": [{"status": "ENABLED"}]}, {"backup_policy": [{"status": "DISABLED"}]},
     "high backup-off"),
    ("aws_s3_bucket_versioning", {"versioning_configuration": [{"status": "Enabled"}]},
     {"versioning_configuration": [{"status": "Suspended"}]}, "high versioning-off"),
    ("aws_s3_bucket", {"force_destroy": False}, {"force_destroy": True}, "high force-destroy-on"),
    ("aws_ecr_repository", {"force_delete": None}, {"force_delete": True}, "high force-destroy-on"),
    ("aws_iam_role", {"force_destroy": False}, {"force_destroy": True}, "medium force-destroy-on"),
    ("aws_ecr_repository", {"image_tag_mutability": "IMMUTABLE"}, {"image_tag_mutability": "MUTABLE"},
     "high image-tags-mutable"),
    ("aws_ecr_repository", {"image_scanning_configuration": [{"scan_on_push": True}]},
     {"image_scanning_configuration": [{"scan_on_push": False}]}, "medium image-scanning-off"),
    ("aws_cloudwatch_log_group", {"retention_in_days": 365}, {"retention_in_days": 7},
     "medium log-retention-shortened"),
    ("aws_cloudwatch_log_group", {"retention_in_days": 0}, {"retention_in_days": 7}, "medium log-retention-shortened"),
    ("aws_cloudwatch_log_group", {"kms_key_id": "arn:k"}, {"kms_key_id": None}, "medium encryption-off"),
    ("aws_kinesis_stream", {"encryption_type": "KMS"}, {"encryption_type": "NONE"}, "high encryption-off"),
    ("aws_sqs_queue", {"sqs_managed_sse_enabled": True}, {"sqs_managed_sse_enabled": False}, "high encryption-off"),
    ("aws_sns_topic", {"kms_master_key_id": "alias/aws/sns"}, {"kms_master_key_id": ""}, "medium encryption-off"),
    (SSE, _sse("aws:kms"), _sse("AES256"), "medium encryption-off"),
    ("aws_sqs_queue", {"message_retention_seconds": 1209600}, {"message_retention_seconds": 60}, "medium data-expires"),
    ("aws_kinesis_stream", {"retention_period": 168}, {"retention_period": 24}, "medium data-expires"),
    ("aws_dynamodb_table", {"ttl": [{"enabled": False, "attribute_name": ""}]},
     {"ttl": [{"enabled": True, "attribute_name": "expires_at"}]}, "medium data-expires"),
    ("aws_s3_bucket_lifecycle_configuration",
     {"rule": [{"id": "old", "status": "Enabled", "expiration": [{"days": 365}]}]},
     {"rule": [{"id": "old", "status": "Enabled", "expiration": [{"days": 30}]}]}, "medium data-expires"),
    ("aws_cloudtrail", {"enable_logging": True}, {"enable_logging": False}, "high audit-off"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "before", "after", "expected"), OFF)
def test_what_protected_and_does_no_longer_is_found(type_: str, before: Any, after: Any, expected: str) -> None:
    (found,) = findings(RULES, plan(change(f"{type_}.this", before, after)))
    assert f"{found.severity} {found.rule}" == expected
    assert found.reason.endswith(".") and found.advice.endswith(".")


@pytest.mark.parametrize(("type_", "before", "after", "expected"), OFF)
def test_switching_it_on_is_no_finding(type_: str, before: Any, after: Any, expected: str) -> None:
    assert said(RULES, change(f"{type_}.this", after, before)) == []


@pytest.mark.parametrize(("type_", "before", "after", "expected"), OFF)
def test_what_is_already_so_is_no_finding(type_: str, before: Any, after: Any, expected: str) -> None:
    assert said(RULES, change(f"{type_}.this", {**after, "tags": None}, {**after, "tags": {"a": "b"}})) == []


@pytest.mark.parametrize(
    ("type_", "attribute", "value"),
    [
        ("aws_lb", "enable_deletion_protection", True),
        ("aws_db_instance", "backup_retention_period", 7),
        ("aws_cloudwatch_log_group", "retention_in_days", 30),
        ("aws_ecr_repository", "image_tag_mutability", "IMMUTABLE"),
        ("aws_dynamodb_table", "point_in_time_recovery", [{"enabled": True}]),
    ],
)
def test_a_protection_that_becomes_unknown_cannot_be_judged(type_: str, attribute: str, value: Any) -> None:
    given = change(f"{type_}.this", {attribute: value}, {}, unknown={attribute: True})
    (found,) = findings(RULES, plan(given))
    assert f"{found.severity} {found.rule}" == "medium not-judgeable"
    assert attribute in found.reason


def test_what_a_replacement_makes_unknown_says_nothing() -> None:
    given = replaced(
        "aws_db_instance.this",
        {"backup_retention_period": 7, "deletion_protection": True},
        {"deletion_protection": True},
        ["username"],
        unknown={"backup_retention_period": True},
    )
    assert said(RULES, given) == []


def test_a_key_that_is_made_by_the_same_plan_is_worth_a_word_only() -> None:
    before, unknown = {"kms_key_id": "arn:old"}, {"kms_key_id": True}
    (found,) = findings(RULES, plan(change("aws_cloudwatch_log_group.this", before, {}, unknown=unknown)))
    assert f"{found.severity} {found.rule}" == "low not-judgeable"


@pytest.mark.parametrize(
    ("type_", "after", "expected"),
    [
        ("aws_db_instance", {"storage_encrypted": False, "deletion_protection": True}, ["high encryption-off"]),
        ("aws_db_instance", {"storage_encrypted": None, "deletion_protection": True}, ["high encryption-off"]),
        ("aws_db_instance", {"storage_encrypted": True, "deletion_protection": True}, []),
        ("aws_db_instance", {"replicate_source_db": "primary", "deletion_protection": True}, []),
        (
            "aws_db_instance",
            {"storage_encrypted": True, "backup_retention_period": 0, "deletion_protection": False},
            ["low protection-off", "medium backup-off"],
        ),
        ("aws_ebs_volume", {"encrypted": False}, ["medium encryption-off"]),
        ("aws_ebs_volume", {"encrypted": None}, []),
        ("aws_sqs_queue", {"sqs_managed_sse_enabled": False}, ["medium encryption-off"]),
        ("aws_sqs_queue", {"sqs_managed_sse_enabled": False, "kms_master_key_id": "alias/aws/sqs"}, []),
        ("aws_sqs_queue", {}, []),
        ("aws_s3_bucket", {"bucket": "reports", "force_destroy": False}, []),
        ("aws_ecr_repository", {"image_tag_mutability": "IMMUTABLE"}, []),
        ("aws_ecr_repository", {"image_tag_mutability": "MUTABLE"}, ["low image-tags-mutable"]),
        ("aws_kms_key", {"enable_key_rotation": True}, []),
        ("aws_kms_key", {"enable_key_rotation": False, "customer_master_key_spec": "RSA_2048"}, []),
        ("aws_cloudwatch_log_group", {"retention_in_days": 7, "kms_key_id": None}, []),
        ("aws_lb", {"enable_deletion_protection": False}, []),
        (
            "aws_dynamodb_table",
            {"deletion_protection_enabled": True, "point_in_time_recovery": [{"enabled": True}]},
            [],
        ),
        ("aws_dynamodb_table", {"deletion_protection_enabled": False}, ["low protection-off", "low backup-off"]),
    ],
)
def test_something_new_is_judged_by_how_it_is_born(type_: str, after: Any, expected: list[str]) -> None:
    assert sorted(said(RULES, change(f"{type_}.this", None, after))) == sorted(expected)


def test_a_new_database_whose_source_the_provider_leaves_open_is_judged_all_the_same() -> None:
    given = change(
        "aws_db_instance.this",
        None,
        {"storage_encrypted": False, "deletion_protection": True},
        unknown={"snapshot_identifier": True},
    )
    assert said(RULES, given) == ["high encryption-off"]


@pytest.mark.parametrize(
    ("type_", "before", "expected"),
    [
        (
            "aws_s3_bucket_versioning",
            {"bucket": "b", "versioning_configuration": [{"status": "Enabled"}]},
            "high versioning-off",
        ),
        ("aws_s3_bucket_object_lock_configuration", {"bucket": "b"}, "high protection-off"),
        ("aws_backup_vault_lock_configuration", {"backup_vault_name": "v"}, "high protection-off"),
        ("aws_wafv2_web_acl_association", {"resource_arn": "arn:lb"}, "high protection-off"),
        ("aws_backup_selection", {"plan_id": "p"}, "high backup-off"),
        ("aws_backup_plan", {"id": "p"}, "high backup-off"),
        ("aws_dlm_lifecycle_policy", {"id": "p"}, "high backup-off"),
        ("aws_cloudtrail", {"name": "t"}, "high audit-off"),
        ("aws_flow_log", {"vpc_id": "v"}, "medium audit-off"),
        ("aws_guardduty_detector", {"id": "g"}, "high audit-off"),
        (SSE, _sse("aws:kms"), "medium encryption-off"),
        (SSE, _sse("AES256"), "low encryption-off"),
    ],
)
def test_a_resource_that_only_protects_is_missed_when_it_goes(type_: str, before: Any, expected: str) -> None:
    assert said(RULES, destroyed(f"{type_}.this", before, "delete_because_no_resource_config"), STAYS) == [expected]


def test_versioning_that_goes_with_its_bucket_is_no_fact_of_its_own() -> None:
    versioning = {"bucket": "b", "versioning_configuration": [{"status": "Enabled"}]}
    bucket = destroyed("aws_s3_bucket.this", {"bucket": "b", "id": "b"})
    assert said(RULES, destroyed("aws_s3_bucket_versioning.this", versioning), bucket, STAYS) == []


def test_a_web_acl_that_goes_with_its_load_balancer_is_no_fact_of_its_own() -> None:
    association = destroyed("aws_wafv2_web_acl_association.this", {"resource_arn": "arn:aws:lb"})
    assert said(RULES, association, destroyed("aws_lb.this", {"arn": "arn:aws:lb"}), STAYS) == []
    assert said(RULES, association, destroyed("aws_lb.this", {"arn": "arn:aws:other"}), STAYS) != []


def test_versioning_that_was_off_is_not_missed() -> None:
    versioning = {"bucket": "b", "versioning_configuration": [{"status": "Suspended"}]}
    assert said(RULES, destroyed("aws_s3_bucket_versioning.this", versioning), STAYS) == []


def test_versioning_under_a_new_address_goes_on() -> None:
    versioning = {"bucket": "b", "versioning_configuration": [{"status": "Enabled"}]}
    moved = change("aws_s3_bucket_versioning.new", None, versioning)
    assert said(RULES, destroyed("aws_s3_bucket_versioning.this", versioning), moved, STAYS) == []


def test_a_table_that_is_destroyed_has_no_findings_on_its_protection() -> None:
    before = {"deletion_protection_enabled": True, "point_in_time_recovery": [{"enabled": True}]}
    assert said(RULES, destroyed("aws_dynamodb_table.this", before), STAYS) == []


def test_encryption_that_goes_with_its_key_is_one_fact() -> None:
    before = {"server_side_encryption": [{"enabled": True, "kms_key_arn": "arn:k"}]}
    after: dict[str, Any] = {"server_side_encryption": []}
    assert said(RULES, change("aws_dynamodb_table.this", before, after)) == ["medium encryption-off"]


def test_a_new_expiry_says_that_there_was_none() -> None:
    before = {"rule": [{"id": "old", "status": "Disabled", "expiration": [{"days": 30}]}]}
    after = {"rule": [{"id": "old", "status": "Enabled", "expiration": [{"days": 30}]}]}
    (found,) = findings(RULES, plan(change("aws_s3_bucket_lifecycle_configuration.this", before, after)))
    assert "until now it deleted none" in found.reason


def test_an_expiry_that_is_made_for_a_bucket_that_is_there_is_found() -> None:
    rules = {"bucket": "b", "rule": [{"id": "old", "status": "Enabled", "expiration": [{"days": 30}]}]}
    made = change("aws_s3_bucket_lifecycle_configuration.this", None, rules)
    assert said(RULES, made) == ["medium data-expires"]
    # With its bucket, and with one whose name is not known yet, it finds nothing to delete.
    assert said(RULES, made, change("aws_s3_bucket.this", None, {"bucket": "b"})) == []
    unknown = change(
        "aws_s3_bucket_lifecycle_configuration.this", None, {"rule": rules["rule"]}, unknown={"bucket": True}
    )
    assert said(RULES, unknown) == []


def test_a_selection_goes_with_its_backup_plan() -> None:
    selection, backups = {"plan_id": "p", "name": "s"}, {"id": "p", "name": "daily"}
    gone = destroyed("aws_backup_selection.this", selection), destroyed("aws_backup_plan.this", backups)
    (found,) = findings(RULES, plan(*gone, STAYS))
    assert found.address == "aws_backup_plan.this"


def test_what_only_protects_is_not_missed_when_everything_goes() -> None:
    assert said(RULES, destroyed("aws_cloudtrail.this", {"name": "t"})) == []


def test_an_unknown_value_that_the_configuration_does_not_set_says_nothing() -> None:
    given = change(
        "aws_db_instance.this", {"backup_retention_period": 7}, {}, unknown={"backup_retention_period": True}
    )
    for attribute, expected in (("identifier", []), ("backup_retention_period", ["not-judgeable"])):
        block = {"address": "aws_db_instance.this", "mode": "managed", "type": "aws_db_instance", "name": "this",
                 "expressions": {attribute: {"references": ["local.a"]}}}  # fmt: skip
        configuration = {"root_module": {"resources": [block]}}
        found = findings(RULES, plan(given, configuration=configuration))
        assert [item.rule for item in found] == expected


def test_a_lock_that_holds_for_less_time_is_protection_that_goes() -> None:
    before, after = ({"bucket": "b", "rule": [{"default_retention": [{"days": days}]}]} for days in (365, 30))
    (found,) = findings(RULES, plan(change("aws_s3_bucket_object_lock_configuration.this", before, after)))
    assert f"{found.severity} {found.rule}" == "medium protection-off"
    assert "for 30 days instead of 365 days: new ones can be deleted that much sooner" in found.reason
