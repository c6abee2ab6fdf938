"""The task definition of a one-off task: the service's own, with another command and perhaps another image."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.errors import ExitCode, Failure

# What DescribeTaskDefinition tells beside what RegisterTaskDefinition takes.
_TOLD_ONLY = (
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt",
    "deregisteredAt", "registeredBy",
)  # fmt: skip
SUFFIX = "-run"
# Amazon ECS developer guide, "Amazon ECS service quotas": the size of a task definition.
LARGEST_BYTES = 64 * 1024


# Attributes of aws_ecs_task_definition => what RegisterTaskDefinition calls them.
_ATTRIBUTES = {
    "family": "family", "cpu": "cpu", "memory": "memory", "network_mode": "networkMode",
    "requires_compatibilities": "requiresCompatibilities", "execution_role_arn": "executionRoleArn",
    "task_role_arn": "taskRoleArn",
}  # fmt: skip


class NotKnown(ValueError):
    """Something of a planned task definition is known only after the apply: `what`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def planned(change: Mapping[str, Any]) -> dict[str, Any]:
    """The task definition that a plan makes, as ECS would describe it. `change` is the resource's, as it was planned.

    Raises `NotKnown`.
    """
    values, unknown = change["after"], change.get("after_unknown") or {}
    for name in ("container_definitions", *_ATTRIBUTES, "volume"):
        if unknown.get(name) is True:
            raise NotKnown(name)
    found: dict[str, Any] = {api: values[name] for name, api in _ATTRIBUTES.items() if values.get(name)}
    found["containerDefinitions"] = json.loads(values["container_definitions"])
    for platform in values.get("runtime_platform") or ():
        found["runtimePlatform"] = {
            "operatingSystemFamily": platform["operating_system_family"],
            "cpuArchitecture": platform["cpu_architecture"],
        }
    if values.get("volume"):
        found["volumes"] = [_volume(volume) for volume in values["volume"]]
    return found


def _volume(values: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": values["name"]}
    for efs in values.get("efs_volume_configuration") or ():
        found = {"fileSystemId": efs["file_system_id"], "transitEncryption": efs["transit_encryption"]}
        for login in efs.get("authorization_config") or ():
            given = {"accessPointId": login.get("access_point_id"), "iam": login.get("iam")}
            found["authorizationConfig"] = {key: value for key, value in given.items() if value}
        made["efsVolumeConfiguration"] = found
    return made


def of(described: Mapping[str, Any], service: str, command: Sequence[str], image: str | None) -> dict[str, Any]:
    """What to register: family of its own, the command in place of the image's entry point, the rest as it is.

    A family of its own, so that the service's revisions are those of its deploys. The command cannot be given as an
    override of the service's own definition: an override leaves the image's entry point before it.
    """
    found = {key: value for key, value in described.items() if key not in _TOLD_ONLY and value not in (None, "", [])}
    containers = [dict(item) for item in described["containerDefinitions"]]
    for container in containers:
        if container["name"] != service and len(containers) > 1:
            continue
        container["entryPoint"], container["command"] = [command[0]], list(command[1:])
        container.pop("healthCheck", None)  # the service's, which this command does not answer
        if image is not None:
            container["image"] = image
            container["environment"] = [_with_digest(item, image) for item in container.get("environment", [])]
    return {**found, "family": f"{described['family']}{SUFFIX}", "containerDefinitions": containers}


def _with_digest(variable: Mapping[str, str], image: str) -> dict[str, str]:
    """The variable that tells a container its image's digest holds that of this one."""
    if variable["name"] != "IMAGE_DIGEST":
        return dict(variable)
    return {"name": "IMAGE_DIGEST", "value": image.rpartition("@")[2]}


def check_command(command: Sequence[str], definition: Mapping[str, Any]) -> None:
    """Raise `Failure` for a command that no task definition holds."""
    if any("\0" in word for word in command) or not command[0].strip():
        raise Failure(
            "the command cannot be run",
            reason="Its program has no name, or there is a NUL character in it.",
            next_step="write the program and its arguments behind --",
            exit_code=ExitCode.USAGE,
        )
    size = len(json.dumps(definition, default=str).encode())
    if size > LARGEST_BYTES:
        raise Failure(
            "the command is too long",
            reason=f"The task definition would have {size} bytes, and ECS takes {LARGEST_BYTES}.",
            next_step="put what it does into the image, or read it from a place that the task can reach",
            exit_code=ExitCode.USAGE,
        )
