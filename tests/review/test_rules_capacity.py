"""Too little to run on."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.rules.facts.machine_sizes import smaller
from orchestrator.review.rules.kit.discovery import group
from tests.review.changes import destroyed, replaced
from tests.review.plans import change, findings, plan, said

RULES = group("capacity")

STAYS = change("aws_iam_role.stays", {"name": "stays"}, {"name": "stays"})
SERVICE = {"name": "words", "cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/live", "desired_count": 4}
TARGET = {"resource_id": "service/live/words", "min_capacity": 2, "max_capacity": 8}

LESS = [
    ("aws_ecs_service", {"desired_count": 2}, {"desired_count": 0}, ["high capacity-zero"]),
    ("aws_autoscaling_group", {"desired_capacity": 2, "max_size": 4}, {"desired_capacity": 0, "max_size": 0},
     ["high capacity-zero"]),
    ("aws_autoscaling_group", {"min_size": 4, "desired_capacity": 4}, {"min_size": 1, "desired_capacity": 4},
     ["medium capacity-below-minimum"]),
    ("aws_autoscaling_group", {"min_size": 2, "desired_capacity": 2}, {"min_size": 0, "desired_capacity": 0},
     ["high capacity-zero"]),
    ("aws_appautoscaling_target", {"max_capacity": 4, "min_capacity": 2}, {"max_capacity": 0, "min_capacity": 0},
     ["high capacity-zero"]),
    ("aws_lambda_function", {"reserved_concurrent_executions": -1}, {"reserved_concurrent_executions": 0},
     ["high capacity-zero"]),
    ("aws_eks_node_group", {"scaling_config": [{"desired_size": 3, "max_size": 3, "min_size": 0}]},
     {"scaling_config": [{"desired_size": 0, "max_size": 3, "min_size": 0}]}, ["high capacity-zero"]),
    ("kubernetes_deployment", {"spec": [{"replicas": "3"}]}, {"spec": [{"replicas": "0"}]}, ["high capacity-zero"]),
    ("aws_lambda_event_source_mapping", {"enabled": True}, {"enabled": False}, ["high capacity-zero"]),
    ("aws_cloudwatch_event_rule", {"state": "ENABLED"}, {"state": "DISABLED"}, ["high capacity-zero"]),
    ("aws_ecs_service", {"desired_count": 4}, {"desired_count": 2}, ["medium capacity-cut"]),
    ("aws_ecs_task_definition", {"cpu": "1024", "memory": "2048"}, {"cpu": "256", "memory": "2048"},
     ["medium capacity-cut"]),
    ("aws_dynamodb_table", {"read_capacity": 100, "write_capacity": 10}, {"read_capacity": 50, "write_capacity": 10},
     ["medium capacity-cut"]),
    ("aws_db_instance", {"instance_class": "db.m6g.2xlarge"}, {"instance_class": "db.m6g.large"},
     ["medium capacity-cut"]),
    ("aws_elasticache_replication_group", {"node_type": "cache.r6g.large"}, {"node_type": "cache.t4g.micro"},
     ["medium capacity-cut"]),
    ("aws_db_instance", {"multi_az": True}, {"multi_az": False}, ["high availability-reduced"]),
    ("aws_elasticache_replication_group", {"automatic_failover_enabled": True}, {"automatic_failover_enabled": False},
     ["high availability-reduced"]),
    ("aws_ecs_service", {"deployment_minimum_healthy_percent": 100}, {"deployment_minimum_healthy_percent": 0},
     ["high availability-reduced"]),
    ("aws_ecs_service", {"deployment_minimum_healthy_percent": 100}, {"deployment_minimum_healthy_percent": 50},
     ["medium availability-reduced"]),
    ("aws_lb", {"subnets": ["a", "b"]}, {"subnets": ["a"]}, ["medium availability-reduced"]),
    ("aws_ecs_service", {"network_configuration": [{"subnets": ["a", "b"]}]},
     {"network_configuration": [{"subnets": ["b"]}]}, ["medium availability-reduced"]),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "before", "after", "expected"), LESS)
def test_less_is_found(type_: str, before: Any, after: Any, expected: list[str]) -> None:
    assert said(RULES, change(f"{type_}.this", before, after)) == expected


@pytest.mark.parametrize(("type_", "before", "after", "expected"), LESS)
def test_more_is_no_finding(type_: str, before: Any, after: Any, expected: list[str]) -> None:
    if type_ != "aws_lambda_function":
        assert said(RULES, change(f"{type_}.this", after, before)) == []


@pytest.mark.parametrize(("type_", "before", "after", "expected"), LESS)
def test_what_is_already_so_or_is_made_so_is_no_finding(
    type_: str, before: Any, after: Any, expected: list[str]
) -> None:
    assert said(RULES, change(f"{type_}.this", {**after, "tags": None}, {**after, "tags": {"a": "b"}})) == []
    assert said(RULES, change(f"{type_}.this", None, after)) == []


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_ecs_service", {"desired_count": 4}, {"desired_count": 3}),
        ("aws_ecs_task_definition", {"cpu": "1024"}, {"cpu": "768"}),
        ("aws_dynamodb_table", {"read_capacity": 100}, {"read_capacity": 0, "billing_mode": "PAY_PER_REQUEST"}),
        ("aws_autoscaling_group", {"min_size": 4}, {"min_size": 3}),
        ("aws_db_instance", {"instance_class": "db.m6g.large"}, {"instance_class": "db.m7g.large"}),
        ("aws_lambda_function", {"memory_size": 512}, {"memory_size": 512, "timeout": 3}),
    ],
)
def test_a_little_less_or_something_else_is_no_finding(type_: str, before: Any, after: Any) -> None:
    assert said(RULES, change(f"{type_}.this", before, after)) == []


def test_a_count_that_becomes_unknown_cannot_be_judged() -> None:
    given = change("aws_ecs_service.this", {"desired_count": 2}, {}, unknown={"desired_count": True})
    assert said(RULES, given) == ["medium not-judgeable"]


def test_a_replaced_task_definition_is_judged_by_its_size_too() -> None:
    given = replaced("aws_ecs_task_definition.this", {"memory": "4096"}, {"memory": "512"}, ["memory"])
    assert said(RULES, given) == ["medium capacity-cut"]


def test_a_count_below_the_minimum_of_its_autoscaling_names_the_target() -> None:
    target = change("aws_appautoscaling_target.words", TARGET, TARGET)
    given = change("aws_ecs_service.words", SERVICE, {**SERVICE, "desired_count": 1})
    (found,) = findings(RULES, plan(given, target))
    assert f"{found.severity} {found.rule}" == "medium capacity-below-minimum"
    assert "below the minimum of 2 that aws_appautoscaling_target.words keeps" in found.reason


def test_a_count_within_the_limits_or_of_another_service_is_no_finding() -> None:
    target = change("aws_appautoscaling_target.words", TARGET, TARGET)
    assert said(RULES, change("aws_ecs_service.words", SERVICE, {**SERVICE, "desired_count": 3}), target) == []
    other = {**SERVICE, "name": "save"}
    assert said(RULES, change("aws_ecs_service.save", other, {**other, "desired_count": 10}), target) == []


def test_a_new_service_below_its_minimum_is_worth_a_word_though_its_cluster_is_not_known() -> None:
    service = change("aws_ecs_service.words", None, {"name": "words", "desired_count": 1}, unknown={"cluster": True})
    target = change("aws_appautoscaling_target.words", None, TARGET)
    assert said(RULES, service, target) == ["low capacity-below-minimum"]


def test_limits_of_autoscaling_are_held_against_what_runs() -> None:
    service = change("aws_ecs_service.words", SERVICE, SERVICE)
    lower = change("aws_appautoscaling_target.words", TARGET, {**TARGET, "max_capacity": 3})
    (found,) = findings(RULES, plan(service, lower))
    assert "at most instead of 8, and 4 tasks run now" in found.reason
    enough = change("aws_appautoscaling_target.words", TARGET, {**TARGET, "max_capacity": 4})
    assert said(RULES, service, enough) == []


def test_autoscaling_that_is_taken_away_is_told_once() -> None:
    policy = destroyed("aws_appautoscaling_policy.words", {"resource_id": "service/live/words", "name": "cpu"})
    target = destroyed("aws_appautoscaling_target.words", TARGET)
    assert said(RULES, policy, STAYS) == ["medium autoscaling-removed"]
    (found,) = findings(RULES, plan(policy, target, STAYS))
    assert found.address == "aws_appautoscaling_target.words"


def test_autoscaling_that_goes_with_its_service_is_no_finding() -> None:
    target, service = destroyed("aws_appautoscaling_target.w", TARGET), destroyed("aws_ecs_service.w", SERVICE)
    assert said(RULES, target, service, STAYS) == []
    group = destroyed("aws_autoscaling_group.web", {"name": "web", "id": "web"})
    policy = destroyed("aws_autoscaling_policy.web", {"autoscaling_group_name": "web", "name": "cpu"})
    assert said(RULES, policy, group, STAYS) == []
    assert said(RULES, policy, STAYS) == ["medium autoscaling-removed"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("db.m6g.2xlarge", "db.m6g.xlarge", True),
        ("m5.large", "t3.medium", True),
        ("cache.t4g.micro", "cache.t4g.small", False),
        ("r6g.large.search", "r6g.medium.search", True),
        ("m5.xlarge", "m5.12xlarge", False),
        ("m5.metal", "m5.large", False),
        ("db.serverless", "db.t4g.micro", False),
    ],
)
def test_classes_of_machines_are_compared_by_their_size(before: str, after: str, expected: bool) -> None:
    assert smaller(before, after) is expected


FARGATE, SPOT = {"capacity_provider": "FARGATE", "weight": 1}, {"capacity_provider": "FARGATE_SPOT", "weight": 1}


def _mixed(base: int, share: int) -> dict[str, Any]:
    distribution = {"on_demand_base_capacity": base, "on_demand_percentage_above_base_capacity": share}
    return {"mixed_instances_policy": [{"instances_distribution": [distribution]}]}


@pytest.mark.parametrize(
    ("type_", "before", "after", "wanted"),
    [
        ("aws_ecs_service", {"capacity_provider_strategy": [FARGATE]}, {"capacity_provider_strategy": [SPOT]},
         ["medium availability-reduced"]),
        ("aws_ecs_service", {"capacity_provider_strategy": [FARGATE]}, {"capacity_provider_strategy": [FARGATE, SPOT]},
         []),
        ("aws_autoscaling_group", _mixed(2, 100), _mixed(0, 0), ["medium availability-reduced"]),
        ("aws_autoscaling_group", _mixed(2, 100), _mixed(2, 0), []),
        ("aws_autoscaling_group", {"max_size": 10, "desired_capacity": 8}, {"max_size": 3, "desired_capacity": 3},
         ["medium capacity-cut", "medium capacity-cut"]),
        ("aws_autoscaling_group", {"desired_capacity": 3}, {"desired_capacity": 2}, []),
        ("aws_rds_cluster", {"serverlessv2_scaling_configuration": [{"min_capacity": 2, "max_capacity": 16}]},
         {"serverlessv2_scaling_configuration": [{"min_capacity": 0, "max_capacity": 16}]},
         ["medium capacity-below-minimum"]),
        ("aws_rds_cluster", {"serverlessv2_scaling_configuration": [{"min_capacity": 1, "max_capacity": 16}]},
         {"serverlessv2_scaling_configuration": [{"min_capacity": 1, "max_capacity": 2}]}, ["medium capacity-cut"]),
        ("aws_alb", {"subnets": ["a", "b"]}, {"subnets": ["a"]}, ["medium availability-reduced"]),
        ("aws_route53_record", {"weighted_routing_policy": [{"weight": 100}]},
         {"weighted_routing_policy": [{"weight": 0}]}, ["medium capacity-zero"]),
    ],
)  # fmt: skip
def test_less_than_it_had_is_told(type_: str, before: dict[str, Any], after: dict[str, Any], wanted: list[str]) -> None:
    assert said(RULES, change(f"{type_}.this", before, after)) == wanted


def _schedule(name: str, **sizes: int) -> dict[str, Any]:
    return change(f"aws_autoscaling_schedule.{name}", None, {"autoscaling_group_name": "web", **sizes})


NIGHT, MORNING = _schedule("night", min_size=0, max_size=0, desired_capacity=0), _schedule("morning", max_size=4)


def test_a_schedule_that_stops_everything_is_told_and_less_so_if_another_starts_it_again() -> None:
    assert said(RULES, NIGHT) == ["high capacity-zero"]
    assert said(RULES, NIGHT, MORNING) == ["medium capacity-zero"]
    assert said(RULES, MORNING) == []
    assert said(RULES, _schedule("unchanged", min_size=-1, max_size=-1, desired_capacity=-1)) == []


def test_a_scheduled_action_that_allows_nothing_is_told() -> None:
    action = {"resource_id": "service/c/s", "scalable_target_action": [{"min_capacity": 0, "max_capacity": 0}]}
    assert said(RULES, change("aws_appautoscaling_scheduled_action.a", None, action)) == ["high capacity-zero"]
