"""What MiniStack does otherwise than AWS where the rehearsal would show it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from orchestrator.emulator.server.replacing import replace
from tests.system.aws_names.server.front import REGISTRY_USER, Front, balancer_region

# Inside the tasks: where the authority's certificate is.
BUNDLE = "/rehearsal-authorities.pem"
ECS_ROLE = "AWSServiceRoleForECS"
# What MiniStack gives tasks so that they find it, and AWS does not.
FOREIGN = (
    "AWS_ENDPOINT_URL", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
)  # fmt: skip
_FLOW_LOG = {"DeliverLogsPermissionArn": "deliverLogsPermissionArn", "MaxAggregationInterval": "maxAggregationInterval"}


def install(front: Front, authorities: Path) -> None:
    """Put all of it in place."""
    import ministack.app
    from ministack.services import ec2, ecs, iam

    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = _named_as_aws_names_it(iam._IAM_HANDLERS["CreateServiceLinkedRole"])
    replace(ministack.app, "extract_region", _region)

    login = {"username": REGISTRY_USER, "password": front.password}
    replace(ecs, "_resolve_repository_credentials", lambda own: _registry_login(own, login))
    replace(ecs, "_build_run_kwargs", lambda build: _environment(build, front, authorities))
    for name in ("_create_cluster", "_put_cluster_capacity_providers", "_create_service"):
        replace(ecs, name, _with_its_role)
    replace(ec2, "_create_flow_logs", _flow_logs_made)
    replace(ec2, "_describe_flow_logs", _flow_logs_described)


def _named_as_aws_names_it(create: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """MiniStack calls the role of `ecs.amazonaws.com` AWSServiceRoleForEcs."""
    from ministack.services import iam

    def created(params: Any) -> Any:
        if ECS_ROLE in iam._roles and iam._p(params, "AWSServiceName") == "ecs.amazonaws.com":
            text = f"Service role name {ECS_ROLE} has been taken in this account, please try a different suffix."
            return iam._error(400, "InvalidInput", text, ns="iam")
        status, headers, body = create(params)
        wrong = "AWSServiceRoleForEcs"
        if wrong in iam._roles:
            role = iam._roles.pop(wrong)
            iam._roles[ECS_ROLE] = {**role, "RoleName": ECS_ROLE, "Arn": role["Arn"].replace(wrong, ECS_ROLE)}
        return status, headers, body.replace(wrong.encode(), ECS_ROLE.encode())

    return created


def _with_its_role(act: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """ECS refuses what it needs its role for as long as the account has none. MiniStack asks for no role."""
    from ministack.core import responses
    from ministack.services import iam

    def acted(data: Any) -> Any:
        if ECS_ROLE in iam._roles:
            return act(data)
        text = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
        return responses.error_response_json("InvalidParameterException", text, 400)

    return acted


def _region(extract: Callable[..., str]) -> Callable[..., str]:
    """The region of a request, which for one to a load balancer is in its name."""

    def extracted(headers: Mapping[str, str], *rest: Any) -> str:
        return balancer_region(headers.get("host", "")) or extract(headers, *rest)

    return extracted


def _registry_login(own: Callable[[Any], Any], login: dict[str, str]) -> Callable[[Any], Any]:
    """The agent logs in to ECR with the execution role."""

    def resolved(definition: Mapping[str, Any]) -> Any:
        return login if ".dkr.ecr." in definition.get("image", "") else own(definition)

    return resolved


def _environment(build: Callable[..., Any], front: Front, authorities: Path) -> Callable[..., Any]:
    """A task's environment variables and files: its role's credentials at their address, no keys, no endpoints."""

    def built(definition: Any, task: Mapping[str, Any], environment: dict[str, str], *rest: Any, **more: Any) -> Any:
        for name in FOREIGN:
            environment.pop(name, None)
        declared = {item["name"]: item["value"] for item in definition.get("environment") or []}
        region = task["taskDefinitionArn"].split(":")[3]
        environment.setdefault("AWS_REGION", region)
        environment.setdefault("AWS_DEFAULT_REGION", region)
        environment["AWS_CA_BUNDLE"] = declared.get("AWS_CA_BUNDLE", BUNDLE)
        role = task.get("taskRoleArn")
        if role:
            path = f"/v2/credentials/{secrets.token_hex(16)}"
            front.task_roles[path] = (role, secrets.token_hex(16))
            environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = path
        made = build(definition, task, environment, *rest, **more)
        volumes = made.get("volumes") or []
        made["volumes"] = [*volumes, f"{authorities}:{BUNDLE}:ro"]
        return made

    return built


def _flow_logs_made(create: Callable[[Any], Any]) -> Callable[[Any], Any]:
    from ministack.services import ec2

    def made(params: Any) -> Any:
        before = set(ec2._flow_logs)
        answer = create(params)
        for name in set(ec2._flow_logs) - before:
            ec2._parse_tag_specs(params, "vpc-flow-log", name)
            ec2._flow_logs[name].update({key: ec2._p(params, key) for key in _FLOW_LOG if ec2._p(params, key)})
        return answer

    return made


def _flow_logs_described(describe: Callable[[Any], Any]) -> Callable[[Any], Any]:
    from ministack.services import ec2

    def described(params: Any) -> Any:
        status, headers, body = describe(params)
        for name, kept in ec2._flow_logs.items():
            shown = "".join(f"<{tag}>{kept[key]}</{tag}>" for key, tag in _FLOW_LOG.items() if key in kept)
            own = f"<flowLogId>{name}</flowLogId>".encode()
            body = body.replace(own, own + shown.encode())
        return status, headers, body

    return described
