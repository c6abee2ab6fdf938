"""A day's deploy, the first one of an environment, and a plan that changes nothing."""

from __future__ import annotations

from orchestrator.review.model import (
    Action,
    Context,
    Counts,
    Deploy,
    Difference,
    Finding,
    Output,
    Plan,
    Resource,
    Review,
    Severity,
    Verdict,
)
from orchestrator.review.values import UNKNOWN
from tests.review.samples.parts import EDGES, NEW, OLD, resource


def _service(name: str, image: bool = True) -> tuple[Resource, Resource]:
    module = f'module.service["{name}"]'
    family = f"storyizer-production-{name}"
    arn = f"arn:aws:ecs:eu-central-1:123456789012:task-definition/{family}"
    task = resource(
        f"{module}.aws_ecs_task_definition.this",
        Action.REPLACE if image else Action.NO_OP,
        Difference(("container_definitions", 0, "image"), OLD.replace("words", name), NEW.replace("words", name),
                   replaces=True),
        Difference(("arn",), f"{arn}:7", UNKNOWN, noise=True),
        Difference(("arn_without_revision",), arn, UNKNOWN, noise=True),
        Difference(("revision",), 7, UNKNOWN, noise=True),
        action_reason="replace_because_cannot_update",
        replace_paths=(("container_definitions",),),
        create_before_destroy=True,
    )  # fmt: skip
    service = resource(
        f"{module}.aws_ecs_service.this",
        Action.UPDATE if image else Action.NO_OP,
        Difference(("task_definition",), f"{arn}:7", UNKNOWN, noise=True),
    )
    return task, service


def deploy() -> Review:
    """The day's work: two services get another image."""
    unchanged = tuple(
        resource(address, Action.NO_OP)
        for address in (
            "module.ecs_cluster.aws_ecs_cluster.this",
            'module.service["words"].aws_iam_role.task',
            'module.service["words"].aws_lb_target_group.this',
            "module.dynamodb.aws_dynamodb_table.this",
        )
    )
    return Review(
        plan=Plan(
            resources=(*_service("words"), *_service("website"), *unchanged),
            edges=EDGES,
            terraform_version="1.11.4",
        ),
        verdict=Verdict.SAFE,
        because="Two services get another image; nothing else changes.",
        counts=Counts(update=2, replace=2),
        deploys=(
            Deploy(
                "words",
                'module.service["words"].aws_ecs_task_definition.this',
                OLD,
                NEW,
                ("7d31f2c words: three hundred more verbs", "0c5a4be words: an answer to HEAD"),
            ),
            Deploy(
                "website",
                'module.service["website"].aws_ecs_task_definition.this',
                OLD.replace("words", "website"),
                NEW.replace("words", "website"),
                note="the image is not there yet: `up` would build it",
            ),
        ),
        context=Context(environment="production"),
    )


FIRST = {
    "module.network": [
        "aws_vpc.this",
        "aws_internet_gateway.this",
        "aws_route_table.public",
        "aws_route_table.private",
        "aws_vpc_endpoint.s3",
        "aws_vpc_endpoint.dynamodb",
        *(f"aws_{kind}[{index}]" for kind in ("subnet.public", "subnet.private") for index in (0, 1)),
    ],
    "module.alb": [
        "aws_lb.this",
        "aws_lb_listener.http",
        "aws_lb_listener.https",
        "aws_security_group.this",
        "aws_vpc_security_group_ingress_rule.http",
        "aws_vpc_security_group_ingress_rule.https",
        "aws_vpc_security_group_egress_rule.tasks",
    ],
    "module.dynamodb": ["aws_dynamodb_table.this"],
    "module.ecs_cluster": ["aws_ecs_cluster.this", "aws_ecs_cluster_capacity_providers.this"],
    **{
        f'module.service["{name}"]': [
            "aws_ecs_service.this",
            "aws_ecs_task_definition.this",
            "aws_cloudwatch_log_group.this",
            "aws_iam_role.task",
            "aws_iam_role.execution",
            "aws_iam_role_policy.task",
            "aws_iam_role_policy.execution",
            "aws_lb_target_group.this",
            "aws_lb_listener_rule.this",
            "aws_security_group.this",
            "aws_vpc_security_group_ingress_rule.alb",
            "aws_vpc_security_group_egress_rule.https",
            "aws_cloudwatch_metric_alarm.errors",
        ]
        for name in ("save", "website", "words")
    },
    "": ["random_id.suffix"],
}


def first() -> Review:
    """A first deploy: 60 resources are created."""
    after = {"id": UNKNOWN, "arn": UNKNOWN, "tags": {"project": "storyizer"}, "name": "storyizer-production"}
    made = tuple(
        resource(f"{module}.{name}" if module else name, Action.CREATE, after=after)
        for module, names in FIRST.items()
        for name in names
    )
    return Review(
        plan=Plan(
            resources=made,
            edges=EDGES,
            outputs=(Output("url", Action.CREATE, None, UNKNOWN),),
            terraform_version="1.11.4",
        ),
        verdict=Verdict.SAFE,
        because="Everything is new: nothing that exists is touched.",
        counts=Counts(create=len(made)),
        findings=(
            Finding(
                "ingress-open-world",
                Severity.LOW,
                "module.alb.aws_vpc_security_group_ingress_rule.https",
                "Port 443 is open to the whole internet, as a public load balancer's is.",
                "",
            ),
        ),
        context=Context(environment="staging", title="First deploy of staging"),
    )


def nothing() -> Review:
    """A plan that changes nothing."""
    return Review(plan=Plan(terraform_version="1.11.4"), verdict=Verdict.SAFE, because="Nothing changes.",
                  counts=Counts())  # fmt: skip
