"""What is deleted by itself, is no longer copied, or is kept for less time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.review.rules.kit.discovery import group
from tests.review.plans import change, said

RULES = group("protection")

Values = dict[str, Any]
LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"


def _rule(**rule: Any) -> Values:
    return {"bucket": "b", "rule": [{"id": "x", "status": "Enabled", **rule}]}


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        (LIFECYCLE, None, _rule(expiration=[{"date": "2030-01-01T00:00:00Z"}])),
        (LIFECYCLE, None, _rule(noncurrent_version_expiration=[{"noncurrent_days": 1}])),
        (LIFECYCLE, _rule(noncurrent_version_expiration=[{"noncurrent_days": 90}]),
         _rule(noncurrent_version_expiration=[{"noncurrent_days": 1}])),
        ("aws_s3_bucket", {"bucket": "b", "lifecycle_rule": []},
         {"bucket": "b", "lifecycle_rule": [{"id": "x", "enabled": True, "expiration": [{"days": 1}]}]}),
    ],
)  # fmt: skip
def test_a_lifecycle_that_begins_to_delete_what_is_there_is_told(
    type_: str, before: Values | None, after: Values
) -> None:
    assert said(RULES, change(f"{type_}.this", before, after)) == ["medium data-expires"]


@pytest.mark.parametrize(
    "after",
    [
        _rule(abort_incomplete_multipart_upload=[{"days_after_initiation": 7}]),
        _rule(transition=[{"days": 30, "storage_class": "GLACIER"}]),
        _rule(status="Disabled", expiration=[{"days": 1}]),
        _rule(expiration=[{"days": 0, "expired_object_delete_marker": True}]),
    ],
)
def test_a_lifecycle_that_deletes_nothing_is_not(after: Values) -> None:
    assert said(RULES, change(f"{LIFECYCLE}.this", None, after)) == []


def _images(**selection: Any) -> Values:
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    return {"repository": "app", "policy": json.dumps({"rules": [rule]})}


UNTAGGED = _images(tagStatus="untagged", countType="sinceImagePushed", countUnit="days", countNumber=14)


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (_images(tagStatus="any", countType="sinceImagePushed", countUnit="days", countNumber=1),
         ["medium data-expires"]),
        (_images(tagStatus="any", countType="imageCountMoreThan", countNumber=1), ["medium data-expires"]),
        (_images(tagStatus="any", countType="imageCountMoreThan", countNumber=100), ["low data-expires"]),
        (UNTAGGED, []),
    ],
)  # fmt: skip
def test_images_that_run_may_be_deleted_by_age_or_count(after: Values, wanted: list[str]) -> None:
    assert said(RULES, change("aws_ecr_lifecycle_policy.p", None, after)) == wanted
    assert said(RULES, change("aws_ecr_repository.r", None, {"name": "app", "image_tag_mutability": "IMMUTABLE"}),
                change("aws_ecr_lifecycle_policy.p", None, after)) == []  # fmt: skip


def _plan(*rules: tuple[str, int | None]) -> Values:
    return {"name": "p", "rule": [{"rule_name": name, "lifecycle": [{"delete_after": days}]} for name, days in rules]}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (_plan(("daily", 35), ("monthly", 365)), _plan(("daily", 35)), ["medium backup-off"]),
        (_plan(("daily", 35)), _plan(("daily", 3)), ["medium backup-off"]),
        (_plan(("daily", None)), _plan(("daily", 3)), ["medium backup-off"]),
        (_plan(("daily", 3)), _plan(("daily", 35), ("monthly", 365)), []),
    ],
)
def test_a_backup_plan_that_keeps_less_is_told(before: Values, after: Values, wanted: list[str]) -> None:
    assert said(RULES, change("aws_backup_plan.p", before, after)) == wanted


def test_a_replication_that_is_disabled_is_told() -> None:
    before, after = ({"bucket": "b", "rule": [{"id": "x", "status": it}]} for it in ("Enabled", "Disabled"))
    assert said(RULES, change("aws_s3_bucket_replication_configuration.r", before, after)) == ["medium backup-off"]
    assert said(RULES, change("aws_s3_bucket_replication_configuration.r", after, before)) == []


def _acl(default: str, *rules: Values) -> Values:
    return {"name": "w", "default_action": [{default: [{}]}], "rule": list(rules)}


SQL = {"name": "sql", "priority": 1, "override_action": [{"none": [{}], "count": []}]}
SQL_COUNTS = {"name": "sql", "priority": 1, "override_action": [{"none": [], "count": [{}]}]}
RATE = {"name": "rate", "priority": 2, "action": [{"block": [{}], "allow": [], "count": []}]}
DENIED = '{"Statement":[{"Effect":"Deny","Action":["cloudtrail:StopLogging","iam:CreateUser"],"Resource":"*"}]}'
DENIED_LESS = '{"Statement":[{"Effect":"Deny","Action":["iam:CreateUser"],"Resource":"*"}]}'


@pytest.mark.parametrize(
    ("type_", "before", "after", "wanted"),
    [
        ("aws_wafv2_web_acl", _acl("block", SQL, RATE), _acl("allow", SQL, RATE), ["high protection-off"]),
        ("aws_wafv2_web_acl", _acl("allow", SQL, RATE), _acl("allow", SQL), ["high protection-off"]),
        ("aws_wafv2_web_acl", _acl("allow", SQL), _acl("allow", SQL_COUNTS), ["high protection-off"]),
        ("aws_wafv2_web_acl", _acl("allow", SQL_COUNTS), _acl("allow", RATE, SQL), []),
        ("aws_wafv2_web_acl", _acl("allow", SQL_COUNTS), _acl("allow"), []),
        ("aws_cloudfront_distribution", {"web_acl_id": "arn:w"}, {"web_acl_id": ""}, ["high protection-off"]),
        ("aws_alb", {"drop_invalid_header_fields": True}, {"drop_invalid_header_fields": False},
         ["medium protection-off"]),
        ("aws_lb", {"desync_mitigation_mode": "defensive"}, {"desync_mitigation_mode": "monitor"},
         ["medium protection-off"]),
        ("aws_organizations_policy", {"content": DENIED}, {"content": DENIED_LESS}, ["high protection-off"]),
        ("aws_organizations_policy", {"content": DENIED_LESS}, {"content": DENIED}, []),
        ("aws_eks_cluster", {"enabled_cluster_log_types": ["api", "audit"]}, {"enabled_cluster_log_types": ["api"]},
         ["medium audit-off"]),
        ("aws_db_instance", {"enabled_cloudwatch_logs_exports": ["postgresql"]},
         {"enabled_cloudwatch_logs_exports": None}, ["medium audit-off"]),
        ("aws_cloudtrail", {"include_global_service_events": None}, {"include_global_service_events": False},
         ["medium audit-off"]),
        ("aws_alb", {"access_logs": [{"enabled": True}]}, {"access_logs": [{"enabled": False}]}, ["medium audit-off"]),
        ("aws_s3_bucket", {"logging": [{"target_bucket": "l"}]}, {"logging": []}, ["medium audit-off"]),
    ],
)  # fmt: skip
def test_a_filter_or_a_record_that_is_taken_away_is_told(
    type_: str, before: Values, after: Values, wanted: list[str]
) -> None:
    assert said(RULES, change(f"{type_}.this", before, after)) == wanted


def test_a_lock_that_can_be_got_round_is_told() -> None:
    before, after = ({"bucket": "b", "rule": [{"default_retention": [{"mode": it, "days": 9}]}]}
                     for it in ("COMPLIANCE", "GOVERNANCE"))  # fmt: skip
    assert said(RULES, change("aws_s3_bucket_object_lock_configuration.l", before, after)) == ["medium protection-off"]
