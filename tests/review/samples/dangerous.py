"""A plan with much that is dangerous, and one that has every kind of thing besides."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.review.model import (
    Action,
    Check,
    Context,
    Counts,
    Deploy,
    Difference,
    Finding,
    Output,
    Plan,
    Review,
    Severity,
    Verdict,
)
from orchestrator.review.values import UNKNOWN, Sensitive
from tests.review.samples.parts import EDGES, NEW, OLD, QUIET, REGISTRY, resource


def dangerous() -> Review:
    """A change that destroys stories, opens the database's port and switches protections off."""
    table = "module.dynamodb.aws_dynamodb_table.this"
    role = 'module.service["words"].aws_iam_role_policy.task'
    group = "module.alb.aws_security_group.this"
    balancer = "module.alb.aws_lb.this"
    policy = (
        "Resource: the role may now do every DynamoDB action on every table. Before it was `dynamodb:GetItem` on one."
    )
    bucket = "aws_s3_bucket.archive"
    changes = (
        resource(
            table,
            Action.REPLACE,
            Difference(("name",), "storyizer-production", "storyizer-production-stories", replaces=True),
            Difference(("deletion_protection_enabled",), True, False),
            Difference(("arn",), "arn:aws:dynamodb:eu-central-1:123456789012:table/storyizer-production", UNKNOWN,
                       noise=True),
            Difference(("id",), "storyizer-production", UNKNOWN, noise=True),
            action_reason="replace_because_cannot_update",
            replace_paths=(("name",),),
        ),
        resource(bucket, Action.DELETE, before={"bucket": "storyizer-archive", "arn": "arn:aws:s3:::storyizer-archive"},
                 action_reason="delete_because_no_resource_config"),
        resource(
            group,
            Action.UPDATE,
            Difference(("ingress", 1, "cidr_blocks"), ["10.0.0.0/16"], ["0.0.0.0/0"]),
            Difference(("ingress", 1, "description"), "database", "temporary: debugging"),
        ),
        resource(
            role,
            Action.UPDATE,
            Difference(("policy", "Statement", 0, "Action"), ["dynamodb:GetItem"], "dynamodb:*"),
            Difference(("policy", "Statement", 0, "Resource"),
                       "arn:aws:dynamodb:eu-central-1:123456789012:table/storyizer-production", "*"),
        ),
        resource(balancer, Action.UPDATE, Difference(("enable_deletion_protection",), True, False)),
        resource('module.service["words"].aws_ecs_service.this', Action.UPDATE, Difference(("desired_count",), 2, 0)),
        resource(
            "aws_ssm_parameter.token",
            Action.UPDATE,
            Difference(("value",), Sensitive("one"), Sensitive("two")),
        ),
    )  # fmt: skip
    findings = (
        Finding(
            "data-replaced",
            Severity.CRITICAL,
            table,
            "The table is destroyed with everything in it and a new, empty one is created: `name` cannot be changed in "
            "place.",
            "Keep the name, or copy the items first and set `prevent_destroy` until that is done.",
            ("name",),
            "storyizer-production",
            "storyizer-production-stories",
        ),
        Finding(
            "ingress-open-world",
            Severity.CRITICAL,
            group,
            "Port 5432 (PostgreSQL) is opened to the whole internet.",
            "Name the addresses that need it, or use a security group as the source.",
            ("ingress", 1, "cidr_blocks"),
            ["10.0.0.0/16"],
            ["0.0.0.0/0"],
        ),
        Finding(
            "data-destroyed",
            Severity.CRITICAL,
            bucket,
            "The bucket is destroyed: its block is gone from the configuration.",
            "If it is to stay, take it out of the state with a `removed` block instead.",
        ),
        Finding(
            "iam-access-widened",
            Severity.HIGH,
            role,
            policy,
            "Name the actions and the table that the service uses.",
            ("policy", "Statement", 0, "Action"),
            ["dynamodb:GetItem"],
            "dynamodb:*",
        ),
        Finding(
            "capacity-zero",
            Severity.HIGH,
            'module.service["words"].aws_ecs_service.this',
            "The service stops: no task is left to answer.",
            "Keep at least 2 tasks.",
            ("desired_count",),
            2,
            0,
        ),
        Finding(
            "protection-off",
            Severity.HIGH,
            balancer,
            "Deletion protection is switched off: the next plan may destroy the load balancer and its address.",
            "Leave it on.",
            ("enable_deletion_protection",),
            True,
            False,
        ),
        Finding(
            "alarm-removed",
            Severity.MEDIUM,
            "module.alb.aws_cloudwatch_metric_alarm.errors",
            "Nobody is told of 5xx answers any more.",
            "Keep the alarm, or say in the change where it moved to.",
        ),
        *(
            Finding(
                "not-judgeable",
                Severity.LOW,
                f'module.service["{name}"].aws_iam_role_policy.execution',
                "The policy is known only after apply.",
                "",
                ("policy",),
                None,
                UNKNOWN,
            )
            for name in ("words", "save", "website")
        ),
        Finding(
            "log-retention-shortened",
            Severity.MEDIUM,
            'module.service["words"].aws_cloudwatch_log_group.this',
            "Logs are kept for 7 days instead of 30.",
            "",
            ("retention_in_days",),
            30,
            7,
            excepted="agreed with security, until 2027-01-31",
        ),
    )
    return Review(
        plan=Plan(
            resources=(*changes, *(resource(address, Action.NO_OP) for address in QUIET)),
            edges=EDGES,
            drift=(
                resource(
                    "module.network.aws_security_group.endpoints",
                    Action.UPDATE,
                    Difference(("ingress", 0, "from_port"), 443, 0),
                ),
            ),
            other_drift=2,
            outputs=(Output("url", Action.UPDATE, "https://stories.example", UNKNOWN),),
            checks=(Check("check.certificate", "fail", ("The certificate ends in 9 days.",)),),
            terraform_version="1.11.4",
        ),
        verdict=Verdict.DANGEROUS,
        because="3 critical and 3 high findings: stories are lost for good, a database's port is opened to all.",
        counts=Counts(update=5, replace=1, delete=1),
        findings=findings,
        context=Context(environment="production"),
        stops=True,
        policy_notes=("The exception for `aws_lb.old` matches nothing in this plan: it can go.",),
    )


def everything() -> Review:
    """Every kind of thing that a review can hold, the values that do not exist and the odd ones too."""
    base = dangerous()
    lines = "\n".join(f"line {number}" for number in range(40))
    more = (
        resource("aws_s3_object.page", Action.UPDATE, Difference(("content",), lines, lines.replace("17", "xx"))),
        resource("aws_instance.moved", Action.NO_OP, moved_from="aws_instance.old"),
        resource("aws_instance.imported", Action.NO_OP, import_id="i-0abc"),
        resource("aws_instance.kept", Action.FORGET),
        resource("aws_instance.left", Action.DELETE, deposed="a1b2c3d4"),
        resource(
            "aws_lambda_function.resize",
            Action.UPDATE,
            Difference(("environment", 0, "variables", "NEW"), None, "1", added=True),
            Difference(("environment", 0, "variables", "OLD"), "x" * 5_000, None, removed=True),
            Difference(("layers",), None, ["arn:aws:lambda:eu-central-1:123456789012:layer:tools:3"]),
            Difference(("memory_size",), "128", 128),
            Difference(("description",), "a" * 3_000 + "old" + "b" * 3_000, "a" * 3_000 + "new" + "b" * 3_000),
            Difference(("source_code_hash",), "", UNKNOWN),
            Difference(("last_modified",), "2026-01-01", UNKNOWN, noise=True),
        ),
        *(resource(f'aws_sqs_queue.work["{number}"]', Action.CREATE, after={"name": f"work-{number}", "url": UNKNOWN})
          for number in range(12)),
        resource("data.aws_caller_identity.this", Action.READ, managed=False),
    )  # fmt: skip
    plan = replace(
        base.plan,
        resources=base.plan.resources + more,
        outputs=(
            *base.plan.outputs,
            Output("password", Action.UPDATE, Sensitive("a"), Sensitive("b")),
            Output("old", Action.DELETE, {"a": [1, None, True]}, None),
            Output("new", Action.CREATE, None, ["한국어", "🙂"]),
        ),
        checks=(
            *base.plan.checks,
            Check("aws_lb.this", "error", ("Invalid reference.",)),
            Check("check.later", "unknown"),
        ),
        complete=False,
        errored=True,
        destroys_all=True,
    )
    deploys = (
        Deploy("words", "aws_ecs_task_definition.words", OLD, NEW),
        Deploy("save", "aws_ecs_task_definition.save", None, f"{REGISTRY}/save:0123456789abcdef0123456789abcdef"),
        Deploy("other", "aws_ecs_task_definition.other", "nginx:1.27", "docker.io/library/nginx:1.27"),
    )
    return replace(
        base,
        plan=plan,
        deploys=deploys,
        counts=Counts(create=12, update=7, replace=1, delete=2, move=1, imported=1, forget=1),
    )
