"""What joins two things, and goes while both stay."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.rules.kit.discovery import group
from tests.review.changes import destroyed
from tests.review.plans import change, said

RULES = group("health")

STAYS = change("aws_iam_role.stays", {"name": "stays"}, {"name": "stays"})
GONE = "delete_because_no_resource_config"
ROUTE = {"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1"}
TARGET = {"rule": "nightly", "arn": "arn:aws:lambda:eu-west-1:111122223333:function:job", "id": "nightly-job"}
RULE_GOES = destroyed("aws_cloudwatch_event_rule.r", {"name": "nightly"}, GONE)
BUCKET = {"id": "b", "bucket": "b"}


@pytest.mark.parametrize(
    ("address", "before"),
    [
        ("aws_cloudwatch_event_target.this", TARGET),
        ("aws_sns_topic_subscription.this", {"topic_arn": "arn:t", "endpoint": "arn:q", "protocol": "sqs"}),
        ("aws_s3_bucket_notification.this", BUCKET),
        ("aws_route.this", ROUTE),
        ("aws_route_table_association.this", {"route_table_id": "rtb-1", "subnet_id": "subnet-1"}),
        ("aws_alb_target_group_attachment.this", {"target_group_arn": "arn:g", "target_id": "i-1"}),
    ],
)
def test_a_connection_that_goes_while_both_sides_stay_is_told(address: str, before: dict[str, Any]) -> None:
    assert said(RULES, STAYS, destroyed(address, before, GONE)) == ["medium connection-removed"]


@pytest.mark.parametrize(
    ("address", "before", "other"),
    [
        ("aws_cloudwatch_event_target.this", TARGET, RULE_GOES),
        ("aws_cloudwatch_event_target.this", TARGET, destroyed("aws_lambda_function.f", {"arn": TARGET["arn"]}, GONE)),
        ("aws_s3_bucket_notification.this", BUCKET, destroyed("aws_s3_bucket.b", BUCKET, GONE)),
        ("aws_route.this", ROUTE, destroyed("aws_nat_gateway.n", {"id": "nat-1"}, GONE)),
        ("aws_route.this", ROUTE, change("aws_route.other", None, {**ROUTE, "nat_gateway_id": "nat-2"})),
    ],
)  # fmt: skip
def test_a_connection_that_goes_with_one_side_or_is_made_again_is_not(
    address: str, before: dict[str, Any], other: dict[str, Any]
) -> None:
    assert said(RULES, STAYS, destroyed(address, before, GONE), other) == []


def test_other_settings_of_the_same_bucket_that_go_do_not_hide_it() -> None:
    policy = destroyed("aws_s3_bucket_policy.b", BUCKET, GONE)
    assert said(RULES, STAYS, destroyed("aws_s3_bucket_notification.this", BUCKET, GONE), policy) == [
        "medium connection-removed"
    ]


def test_who_takes_everything_down_is_not_told_of_each_connection() -> None:
    assert said(RULES, destroyed("aws_route.this", ROUTE)) == []


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_sqs_queue", {"redrive_policy": '{"maxReceiveCount":5}'}, {"redrive_policy": None}),
        ("aws_lambda_function", {"dead_letter_config": [{"target_arn": "arn:q"}]}, {"dead_letter_config": []}),
    ],
)
def test_a_dead_letter_queue_that_is_taken_away_is_told(
    type_: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert said(RULES, change(f"{type_}.this", before, after)) == ["medium connection-removed"]


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_ecs_service", {"load_balancer": [{"target_group_arn": "arn:t"}]}, {"load_balancer": []}),
        ("aws_db_instance", {"replicate_source_db": "main"}, {"replicate_source_db": None}),
        ("aws_alb_listener", {"default_action": [{"type": "forward"}]},
         {"default_action": [{"type": "fixed-response"}]}),
    ],
)  # fmt: skip
def test_what_is_taken_out_of_what_it_was_joined_to_is_told(
    type_: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert said(RULES, change(f"{type_}.this", before, after)) == ["medium connection-removed"]
