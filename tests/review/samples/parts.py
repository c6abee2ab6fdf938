"""What the reviews are built of."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import (
    Action,
    Difference,
    Edge,
    Resource,
)

AWS = "registry.terraform.io/hashicorp/aws"
REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/storyizer"
OLD = f"{REGISTRY}/words@sha256:a1b2c3d4e5f6{'0' * 52}"
NEW = f"{REGISTRY}/words@sha256:d4e5f6a1b2c3{'1' * 52}"


def resource(address: str, action: Action, *differences: Difference, **given: Any) -> Resource:
    """A resource at this address; its module, type, name and key are taken from it."""
    whole, _, key = address.removesuffix("]").rpartition("[") if address.endswith("]") else (address, "", "")
    module, _, name = whole.rpartition(".")
    module, _, kind = module.rpartition(".")
    values = {"before": None, "after": None, "provider": AWS} | given
    if action is not Action.CREATE and values["before"] is None:
        values["before"] = {"id": name}
    if action is not Action.DELETE and values["after"] is None:
        values["after"] = {"id": name}
    index = (int(key) if key.isdigit() else key.strip('"')) if key else None
    return Resource(
        address=address, module=module, type=kind, name=name, action=action, differences=differences, index=index,
        **values,
    )  # fmt: skip


EDGES = (
    Edge("module.service.aws_ecs_service.this", "module.service.aws_ecs_task_definition.this"),
    Edge("module.service.aws_ecs_task_definition.this", "module.service.aws_iam_role.task"),
    Edge("module.service.aws_ecs_task_definition.this", "module.service.aws_cloudwatch_log_group.this"),
    Edge("module.service.aws_ecs_service.this", "module.service.aws_lb_target_group.this"),
    Edge("module.service.aws_ecs_service.this", "module.ecs_cluster.aws_ecs_cluster.this"),
    Edge("module.service.aws_lb_listener_rule.this", "module.service.aws_lb_target_group.this"),
    Edge("module.service.aws_lb_listener_rule.this", "module.alb.aws_lb_listener.https"),
    Edge("module.alb.aws_lb_listener.https", "module.alb.aws_lb.this"),
    Edge("module.alb.aws_lb.this", "module.alb.aws_security_group.this"),
    Edge("module.alb.aws_security_group.this", "module.network.aws_vpc.this"),
    Edge("module.network.aws_subnet.public", "module.network.aws_vpc.this"),
    Edge("module.alb.aws_lb.this", "module.network.aws_subnet.public"),
    Edge("module.service.aws_iam_role_policy.task", "module.dynamodb.aws_dynamodb_table.this"),
    Edge("module.service.aws_iam_role_policy.task", "module.service.aws_iam_role.task"),
    Edge("aws_route53_record.www", "module.alb.aws_lb.this"),
)


QUIET = (
    "module.ecs_cluster.aws_ecs_cluster.this",
    "module.network.aws_vpc.this",
    'module.service["words"].aws_iam_role.task',
    'module.service["words"].aws_ecs_task_definition.this',
    "aws_route53_record.www",
)
