"""What keeps data and address, in every environment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.project import manifest
from tests.terraform.plans import Plan


def test_data_and_address_of_production_cannot_be_deleted(plans: dict[str, Any]) -> None:
    assert plans["production"].one("aws_dynamodb_table")["deletion_protection_enabled"] is True
    assert plans["production"].one("aws_lb")["enable_deletion_protection"] is True


def test_the_local_environment_can_be_thrown_away(plans: dict[str, Any]) -> None:
    assert plans["local"].one("aws_dynamodb_table")["deletion_protection_enabled"] is False
    assert plans["local"].one("aws_lb")["enable_deletion_protection"] is False


def test_the_table_is_backed_up_and_encrypted_by_the_environments_key(plan: Plan) -> None:
    table = plan.one("aws_dynamodb_table")
    assert table["point_in_time_recovery"][0]["enabled"] is True
    assert table["server_side_encryption"][0]["enabled"] is True
    (address,) = plan.resources("aws_dynamodb_table")
    assert plan.unknown(address)["server_side_encryption"][0]["kms_key_arn"] is True
    assert plan.one("aws_kms_key")["enable_key_rotation"] is True


def test_the_key_may_be_used_by_this_account_and_its_logs_alone(plan: Plan) -> None:
    policy = json.loads(plan.one("aws_kms_key")["policy"])
    account = plan.content["variables"]["account_id"]["value"]
    root, logs = policy["Statement"]
    assert root["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert logs["Condition"]["ArnLike"] == {
        "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{account}:log-group:*"
    }


def test_production_is_served_over_https_alone(plans: dict[str, Any]) -> None:
    listeners = {values["port"]: values for values in plans["production"].resources("aws_lb_listener").values()}
    assert listeners[80]["default_action"][0]["type"] == "redirect"
    assert listeners[443]["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert plans["production"].content["planned_values"]["outputs"]["url"]["value"].startswith("https://")


def test_traffic_and_containers_are_watched_on_aws(plans: dict[str, Any]) -> None:
    for environment in ("staging", "production"):
        assert plans[environment].one("aws_flow_log")["traffic_type"] == "ALL"
        (setting,) = plans[environment].one("aws_ecs_cluster")["setting"]
        assert setting == {"name": "containerInsights", "value": "enhanced"}


def test_invalid_headers_are_dropped(plan: Plan) -> None:
    assert plan.one("aws_lb")["drop_invalid_header_fields"] is True


def test_everything_is_tagged(plan: Plan) -> None:
    expected = {"Project": "storyizer", "Environment": plan.environment, "ManagedBy": "terraform"}
    tagged = {address: values for address, values in plan.resources().items() if "tags_all" in values}
    assert len(tagged) > 20
    for address, values in tagged.items():
        assert expected.items() <= values["tags_all"].items(), address
        assert values["tags_all"].get("Name"), f"{address} has no Name"


def test_every_path_has_its_rule_with_the_priority_that_python_computes(plan: Plan, services: dict[str, Any]) -> None:
    planned = {
        tuple(values["condition"][0]["path_pattern"][0]["values"]): values["priority"]
        for values in plan.resources("aws_lb_listener_rule").values()
    }
    assert planned == {
        (path, f"{path}/*"): manifest.listener_priority(path)
        for service in services.values()
        for path in service.paths
        if path != manifest.ROOT_PATH
    }


@pytest.mark.parametrize("part", ["variables", "outputs"])
def test_every_variable_and_output_is_described(part: str, plans: dict[str, Any]) -> None:
    def walk(module: dict[str, Any], where: str) -> list[str]:
        silent = [f"{where}.{name}" for name, it in module.get(part, {}).items() if not it.get("description")]
        for name, call in module.get("module_calls", {}).items():
            silent += walk(call["module"], name)
        return silent

    assert walk(plans["local"].content["configuration"]["root_module"], "environment") == []
