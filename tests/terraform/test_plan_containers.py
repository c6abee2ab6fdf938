"""What runs, in every environment: what checkov does not look at."""

from __future__ import annotations

import json
import re
from typing import Any

from orchestrator.project.schema import among
from tests.terraform.plans import Plan

SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|CREDENTIAL|PRIVATE|ACCESS_KEY|API_KEY")
GIVEN = {"SERVICE_NAME", "ENVIRONMENT", "PORT", "BASE_PATH", "IMAGE_DIGEST", "AWS_REGION"}


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container["environment"]}


def test_containers_are_not_root_and_have_no_privileges(plan: Plan) -> None:
    for name, container in plan.containers().items():
        assert container["user"] == "10001:10001", name
        assert container["readonlyRootFilesystem"] is True, name
        assert container["linuxParameters"] == {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True}, name
        assert "privileged" not in container, name


def test_containers_run_an_image_by_digest_and_know_it(plan: Plan, images: dict[str, str]) -> None:
    containers = plan.containers()
    assert {name: container["image"] for name, container in containers.items()} == images
    for name, container in containers.items():
        assert variables(container)["IMAGE_DIGEST"] == images[name].split("@")[1]


def test_containers_are_told_who_and_where_they_are(plan: Plan, services: dict[str, Any]) -> None:
    containers = plan.containers()
    assert containers.keys() == services.keys()
    for name, container in containers.items():
        told = variables(container)
        assert told.keys() >= GIVEN, name
        assert (told["SERVICE_NAME"], told["ENVIRONMENT"]) == (name, plan.environment)
        assert told["PORT"] == str(container["portMappings"][0]["containerPort"]) == str(services[name].port)
        assert told["BASE_PATH"] == services[name].paths[0]
        assert told.items() >= services[name].environment.items()


def uses_the_table(service: Any) -> bool:
    return any(grant.item == "stories" for grant in among.grants(service))


def test_only_services_with_the_table_know_the_table(plan: Plan, services: dict[str, Any]) -> None:
    told = {name: variables(container).get("STORIES_TABLE") for name, container in plan.containers().items()}
    table = f"storyizer-{plan.environment}-stories"
    assert told == {name: table if uses_the_table(service) else None for name, service in services.items()}
    assert told["save"] == table


def test_only_services_with_the_table_have_rights(plan: Plan, services: dict[str, Any]) -> None:
    expected = {f'module.service["{name}"].aws_iam_role_policy.execution' for name in services}
    expected |= {
        f'module.service["{name}"].aws_iam_role_policy.table[0]'
        for name, service in services.items()
        if uses_the_table(service)
    }
    given = {address for address in plan.resources("aws_iam_role_policy") if address.startswith("module.service")}
    assert given == expected
    assert not plan.resources("aws_iam_role_policy_attachment")


def test_environment_variables_hold_no_secrets(plan: Plan) -> None:
    for name, container in plan.containers().items():
        for variable, value in variables(container).items():
            if SECRET.search(variable):
                assert (plan.environment, value) == ("local", "test"), f"{name}: {variable}"


def test_no_policy_allows_an_action_by_a_wildcard(plan: Plan) -> None:
    for address, values in plan.resources("aws_iam_role_policy").items():
        for statement in json.loads(values.get("policy") or '{"Statement": []}')["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not [action for action in actions if "*" in action], address
            if statement["Resource"] == "*":
                assert actions == ["ecr:GetAuthorizationToken"], address


def test_logs_never_block_and_are_not_kept_for_ever(plan: Plan) -> None:
    for name, container in plan.containers().items():
        log = container["logConfiguration"]
        assert (log["logDriver"], log["options"]["mode"]) == ("awslogs", "non-blocking"), name
        assert log["options"]["awslogs-group"] == f"/ecs/storyizer-{plan.environment}/{name}"
    for address, values in plan.resources("aws_cloudwatch_log_group").items():
        assert values["retention_in_days"] > 0, address
        assert plan.unknown(address)["kms_key_id"] is True, f"{address} is not encrypted with the environment's key"


def test_rollouts_replace_tasks_without_a_gap_and_roll_back(plan: Plan) -> None:
    for address, values in plan.resources("aws_ecs_service").items():
        assert values["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}], address
        assert (values["deployment_minimum_healthy_percent"], values["deployment_maximum_percent"]) == (100, 200)
        assert values["availability_zone_rebalancing"] == "ENABLED", address
        assert values["wait_for_steady_state"] is False, address
        assert values["enable_execute_command"] is False, address
    assert all(values["skip_destroy"] for values in plan.resources("aws_ecs_task_definition").values())


def test_as_many_tasks_run_as_the_manifest_says_or_the_environment(plan: Plan, services: dict[str, Any]) -> None:
    own = plan.content["variables"]["counts"]["value"]
    planned = {values["name"]: values["desired_count"] for values in plan.resources("aws_ecs_service").values()}
    assert planned == {name: own.get(name, service.count) for name, service in services.items()}


def test_execution_role_and_task_role_are_two(plan: Plan) -> None:
    roles = {address.rsplit(".", 1)[1] for address in plan.resources("aws_iam_role") if "service" in address}
    assert roles == {"execution", "task"}
    assert len([address for address in plan.resources("aws_iam_role") if "service" in address]) == 2 * len(
        plan.containers()
    )


def test_a_first_plan_asks_aws_only_who_the_caller_is(plan: Plan, identity: tuple[str, list[str]]) -> None:
    assert set(identity[1]) == {"GetCallerIdentity"}
