"""What notices that something is wrong, and what reacts to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.review.rules.kit import discovery
from tests.review.changes import destroyed, replaced
from tests.review.plans import change, findings, plan, said

RULES = discovery.group("health")

STAYS = change("aws_iam_role.stays", {"name": "stays"}, {"name": "stays"})
CHECK = {
    "enabled": True,
    "interval": 10,
    "unhealthy_threshold": 2,
    "healthy_threshold": 2,
    "matcher": "200",
    "path": "/healthz",
    "protocol": "HTTP",
}
ALARM = {
    "alarm_name": "errors",
    "comparison_operator": "GreaterThanThreshold",
    "threshold": 10,
    "period": 60,
    "evaluation_periods": 2,
    "treat_missing_data": "breaching",
    "alarm_actions": ["arn:topic"],
    "actions_enabled": True,
}
CONTAINER = {
    "name": "words",
    "image": "words:1",
    "essential": True,
    "stopTimeout": 60,
    "healthCheck": {"command": ["CMD", "check"], "interval": 10, "retries": 3},
}


def group(**check: Any) -> dict[str, Any]:
    return {"name": "words", "deregistration_delay": "30", "health_check": [{**CHECK, **check}]}


def task(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"family": "words", "container_definitions": json.dumps(containers)}


def redefined(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    given = replaced("aws_ecs_task_definition.words", task(before), task(after), ["container_definitions"])
    return said(RULES, given)


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"interval": 30}, ["medium health-check-weakened"]),
        ({"unhealthy_threshold": 10}, ["medium health-check-weakened"]),
        ({"matcher": "200-499"}, ["medium health-check-weakened"]),
        ({"matcher": "200,302"}, ["medium health-check-weakened"]),
        ({"path": "/"}, ["medium health-check-weakened"]),
        ({"protocol": "TCP"}, ["medium health-check-weakened"]),
        ({"enabled": False}, ["high health-check-weakened"]),
        ({"path": "/", "matcher": "200-499", "interval": 300}, ["medium health-check-weakened"]),
        ({"interval": 15}, []),
        ({"interval": 5, "unhealthy_threshold": 4}, []),
        ({"matcher": "200-299"}, []),
        ({"path": "/readyz"}, []),
        ({"healthy_threshold": 5}, []),
        ({"protocol": "HTTPS"}, []),
        ({"matcher": "0-5"}, []),
    ],
)
def test_a_health_check_is_held_against_what_it_was(check: dict[str, Any], expected: list[str]) -> None:
    assert said(RULES, change("aws_lb_target_group.words", group(), group(**check))) == expected


def test_all_that_is_weakened_in_a_health_check_is_one_finding() -> None:
    (found,) = findings(
        RULES, plan(change("aws_lb_target_group.words", group(), group(path="/", matcher="200-499", interval=300)))
    )
    for words in ("after 600 seconds instead of 20", "accepts errors as healthy too", "requests / instead of /healthz"):
        assert words in found.reason


def test_making_a_health_check_stricter_or_a_new_one_is_no_finding() -> None:
    assert said(RULES, change("aws_lb_target_group.words", group(interval=300, matcher="200-499"), group())) == []
    assert said(RULES, change("aws_lb_target_group.words", None, group(matcher="200-499"))) == []


def test_a_health_check_that_becomes_unknown_cannot_be_judged() -> None:
    given = change("aws_lb_target_group.words", group(), {"name": "words"}, unknown={"health_check": True})
    assert said(RULES, given) == ["medium not-judgeable"]


def test_a_container_that_loses_its_health_check_is_found_inside_of_the_json() -> None:
    after = {key: value for key, value in CONTAINER.items() if key != "healthCheck"} | {"image": "words:2"}
    assert redefined(CONTAINER, after) == ["medium health-check-weakened"]
    assert redefined(CONTAINER, CONTAINER | {"healthCheck": {"command": ["NONE"]}}) == ["medium health-check-weakened"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"essential": False}, ["medium health-check-weakened"]),
        ({"healthCheck": {"command": ["CMD", "check"], "interval": 60, "retries": 3}},
         ["medium health-check-weakened"]),
        ({"stopTimeout": 2}, ["medium draining-shortened"]),
        ({"stopTimeout": 45}, []),
        ({"image": "words:2"}, []),
        ({"environment": [{"name": "A", "value": "b"}]}, []),
        ({"healthCheck": {"command": ["CMD", "check", "--all"], "interval": 10, "retries": 3}}, []),
    ],
)  # fmt: skip
def test_a_container_is_held_against_what_it_was(changed: dict[str, Any], expected: list[str]) -> None:
    assert redefined(CONTAINER, CONTAINER | changed) == expected


def test_containers_that_come_go_or_cannot_be_read_are_no_finding() -> None:
    other = {"name": "proxy", "image": "proxy:1"}
    given = replaced("aws_ecs_task_definition.words", task(CONTAINER), task(other), ["container_definitions"])
    assert said(RULES, given) == []
    for text in ("", "nonsense", "{", "[1, null]", "{}"):
        after = {"family": "words", "container_definitions": text}
        assert said(RULES, replaced("aws_ecs_task_definition.words", task(CONTAINER), after)) == []
    assert (
        said(
            RULES,
            replaced(
                "aws_ecs_task_definition.words",
                task(CONTAINER),
                {"family": "words"},
                ["container_definitions"],
                unknown={"container_definitions": True},
            ),
        )
        == []
    )


BREAKER = {"deployment_circuit_breaker": [{"enable": True, "rollback": True}]}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"deployment_circuit_breaker": []}, ["high circuit-breaker-off"]),
        ({"deployment_circuit_breaker": [{"enable": False, "rollback": False}]}, ["high circuit-breaker-off"]),
        ({"deployment_circuit_breaker": [{"enable": True, "rollback": False}]}, ["medium circuit-breaker-off"]),
        (BREAKER, []),
    ],
)
def test_a_circuit_breaker_that_is_taken_away_is_one_finding(after: dict[str, Any], expected: list[str]) -> None:
    assert said(RULES, change("aws_ecs_service.words", {"tags": None} | BREAKER, {"tags": {}} | after)) == expected
    if expected:
        assert said(RULES, change("aws_ecs_service.words", {"tags": None} | after, {"tags": {}} | BREAKER)) == []


@pytest.mark.parametrize(("seconds", "expected"), [(60, []), (299, []), (1800, ["medium health-check-weakened"])])
def test_a_long_grace_period_is_found(seconds: int, expected: list[str]) -> None:
    name = "health_check_grace_period_seconds"
    assert said(RULES, change("aws_ecs_service.words", {name: 30}, {name: seconds})) == expected


def test_requests_that_are_cut_off_are_found() -> None:
    before = {"deregistration_delay": "30"}
    given = change("aws_lb_target_group.words", before, {"deregistration_delay": "0"})
    assert said(RULES, given) == ["medium draining-shortened"]
    assert said(RULES, change("aws_lb_target_group.words", before, {"deregistration_delay": "10"})) == []


def test_servers_that_the_load_balancer_no_longer_judges_are_found() -> None:
    given = change("aws_autoscaling_group.web", {"health_check_type": "ELB"}, {"health_check_type": "EC2"})
    assert said(RULES, given) == ["medium health-check-weakened"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"actions_enabled": False}, ["medium alarm-removed"]),
        ({"alarm_actions": []}, ["medium alarm-removed"]),
        ({"threshold": 100}, ["medium alarm-loosened"]),
        ({"evaluation_periods": 10}, ["medium alarm-loosened"]),
        ({"period": 3600}, ["medium alarm-loosened"]),
        ({"treat_missing_data": "notBreaching"}, ["medium alarm-loosened"]),
        ({"threshold": 5}, []),
        ({"evaluation_periods": 3}, []),
        ({"alarm_actions": ["arn:other"]}, []),
        ({"threshold": 100, "comparison_operator": "LessThanThreshold"}, []),
        ({"alarm_description": "new"}, []),
    ],
)
def test_an_alarm_is_held_against_what_it_was(changed: dict[str, Any], expected: list[str]) -> None:
    assert said(RULES, change("aws_cloudwatch_metric_alarm.errors", ALARM, ALARM | changed)) == expected


def test_for_an_alarm_below_a_threshold_the_lower_one_is_the_looser() -> None:
    low = ALARM | {"comparison_operator": "LessThanOrEqualToThreshold"}
    alarm = "aws_cloudwatch_metric_alarm.hosts"
    assert said(RULES, change(alarm, low, low | {"threshold": 1})) == ["medium alarm-loosened"]
    assert said(RULES, change(alarm, low, low | {"threshold": 20})) == []


def test_actions_that_are_made_by_the_same_plan_are_actions() -> None:
    after = {key: value for key, value in ALARM.items() if key != "alarm_actions"}
    given = change("aws_cloudwatch_metric_alarm.errors", ALARM, after, unknown={"alarm_actions": [True]})
    assert said(RULES, given) == []


def test_an_alarm_that_goes_is_found_unless_it_moves_or_everything_goes() -> None:
    gone = destroyed("aws_cloudwatch_metric_alarm.errors", ALARM, "delete_because_no_resource_config")
    assert said(RULES, gone, STAYS) == ["medium alarm-removed"]
    assert said(RULES, gone, change("aws_cloudwatch_metric_alarm.new", None, ALARM), STAYS) == []
    assert said(RULES, destroyed("aws_cloudwatch_metric_alarm.errors", ALARM)) == []


def test_a_threshold_that_becomes_unknown_cannot_be_judged() -> None:
    after = {key: value for key, value in ALARM.items() if key != "threshold"}
    given = change("aws_cloudwatch_metric_alarm.errors", ALARM, after, unknown={"threshold": True})
    assert said(RULES, given) == ["medium not-judgeable"]


def test_a_dashboard_is_nothing_to_tell() -> None:
    assert said(RULES, destroyed("aws_cloudwatch_dashboard.this", {"dashboard_name": "d"}), STAYS) == []


def test_a_record_that_loses_its_health_check_is_told() -> None:
    before, after = {"name": "a", "health_check_id": "hc"}, {"name": "a", "health_check_id": None}
    assert said(RULES, change("aws_route53_record.r", before, after)) == ["medium health-check-weakened"]
