"""The task definition that a plan makes, as ECS would describe it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.deploy import planning
from orchestrator.tasks import definition

CONTAINERS = [{"name": "words", "image": "registry/words@sha256:1", "environment": [{"name": "A", "value": "b"}]}]
VALUES: dict[str, Any] = {
    "family": "storyizer-staging-words", "cpu": "256", "memory": "512", "network_mode": "awsvpc",
    "requires_compatibilities": ["FARGATE"], "execution_role_arn": "arn:execution", "task_role_arn": "arn:task",
    "container_definitions": json.dumps(CONTAINERS), "tags": {"Name": "x"}, "volume": [],
    "runtime_platform": [{"operating_system_family": "LINUX", "cpu_architecture": "ARM64"}],
}  # fmt: skip


def test_attributes_get_the_names_of_the_api_and_nothing_else_is_taken() -> None:
    assert definition.planned({"after": VALUES, "after_unknown": {"arn": True, "revision": True}}) == {
        "family": "storyizer-staging-words", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "executionRoleArn": "arn:execution", "taskRoleArn": "arn:task",
        "containerDefinitions": CONTAINERS,
        "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
    }  # fmt: skip


def test_volumes_are_kept_with_what_opens_a_file_system() -> None:
    login = [{"access_point_id": "fsap-1", "iam": "ENABLED"}]
    efs = {"file_system_id": "fs-1", "transit_encryption": "ENABLED", "authorization_config": login}
    volumes = [{"name": "scratch", "efs_volume_configuration": []}, {"name": "data", "efs_volume_configuration": [efs]}]
    assert definition.planned({"after": {**VALUES, "volume": volumes}})["volumes"] == [
        {"name": "scratch"},
        {
            "name": "data",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
            },
        },
    ]


@pytest.mark.parametrize("name", ["container_definitions", "task_role_arn"])
def test_what_only_the_apply_tells_is_not_guessed(name: str) -> None:
    with pytest.raises(definition.NotKnown, match=name):
        definition.planned({"after": {**VALUES, name: None}, "after_unknown": {name: True}})


def test_a_plan_tells_the_definitions_that_it_makes_by_service() -> None:
    def change(name: str, *actions: str) -> dict[str, Any]:
        address = f'module.service["{name}"].aws_ecs_task_definition.this'
        return {"address": address, "change": {"actions": list(actions), "after": {"family": name}}}

    shown = {
        "resource_changes": [
            change("words", "create", "delete"), change("new", "create"), change("save", "no-op"),
            change("website", "update"), change("gone", "delete"),
            {"address": "module.other.aws_ecs_task_definition.this", "change": {"actions": ["create"]}},
        ]
    }  # fmt: skip
    assert {name: found["after"] for name, found in planning.definitions(shown).items()} == {
        "words": {"family": "words"}, "new": {"family": "new"},
    }  # fmt: skip
