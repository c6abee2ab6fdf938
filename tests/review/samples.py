"""Reviews for the renderers' tests, built of the model's objects: what each kind of plan looks like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orchestrator.review.model import (
    Action,
    Check,
    Context,
    Counts,
    Deploy,
    Difference,
    Edge,
    Finding,
    Output,
    Plan,
    Resource,
    Review,
    Severity,
    Verdict,
)
from orchestrator.review.values import UNKNOWN, Sensitive

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


HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=alert(1)>",
    "]]></style></title></textarea>--><!--",
    '"\' onmouseover="alert(1)" \'',
    "````` ~~~~ ``` `` ` </details></summary>",
    "@octocat and #123 and GH-1 and octocat/hello#1 and https://evil.example/ and a@b.example",
    "![pixel](https://evil.example/x.png) [link](javascript:alert(1)) <https://evil.example>",
    "| a | b |\n|---|---|\n# heading\n- item\n1. one\n> quote\n---\n    code",
    "\u202egnp.exe\u202c \u2066left\u2069 \u200bzero\ufeff \x00\x07\x1b[31mred\x1b]8;;https://evil.example\x07 \ud800",
    "::error::workflow command\r\n::add-mask::x",
    "*bold* _under_ **x** ~~gone~~ &lt;b&gt; &amp; \\ \\` $x$ =text=",
    "줄\u2028줄\u2029끝 " + "e\u0301" * 40,
    "x" * 100_000,
)


def hostile(text: str) -> Review:
    """The text everywhere where a plan, a policy or a log may bring it in."""
    worst = resource(
        f'aws_s3_bucket.b["{text}"]',
        Action.REPLACE,
        Difference(("tags", text), text, f"{text}!"),
        Difference((text,), None, text, added=True),
        Difference(("content",), f"a\n{text}\nb", f"a\n{text}?\nb"),
        Difference(("list",), [text], {text: text}),
        before={text: text},
        after={text: text},
        moved_from=text,
        import_id=text,
        deposed=text,
        action_reason="replace_because_cannot_update",
        replace_paths=((text,),),
    )
    made = replace(worst, action=Action.CREATE, module=text, address=f"{text}.aws_x.y", type=text, name=text)
    return Review(
        plan=Plan(
            resources=(worst, made),
            drift=(worst,),
            other_drift=1,
            outputs=(Output(text, Action.UPDATE, text, [text]),),
            checks=(Check(text, text, (text,)),),
            edges=(Edge(f"{text}.aws_x.y", "aws_s3_bucket.b"), Edge(text, text)),
            terraform_version=text,
        ),
        verdict=Verdict.DANGEROUS,
        because=text,
        counts=Counts(create=1, replace=1),
        findings=(
            Finding("data-replaced", Severity.HIGH, worst.address, text, text, (text,), text, [text]),
            Finding("data-replaced", Severity.LOW, text, text, text, (text,), text, text),
            Finding("data-replaced", Severity.LOW, text, text, text),
            Finding("data-replaced", Severity.HIGH, text, text, text, excepted=text),
        ),
        deploys=(Deploy(text, text, text, f"{text}2", (text,), text),),
        context=Context(environment=text, title=text),
        stops=True,
        policy_notes=(text,),
    )


def large(count: int = 5_000) -> Review:
    """A plan with this many changed resources."""
    resources = tuple(
        resource(
            f'module.shard[{number % 50}].aws_sqs_queue.work["{number}"]',
            (Action.UPDATE, Action.CREATE, Action.REPLACE)[number % 3],
            Difference(("visibility_timeout_seconds",), 30, number),
            Difference(("policy", "Statement", 0, "Resource"), f"arn:aws:sqs:eu-central-1:1:old-{number}", "*"),
            Difference(("arn",), f"arn:aws:sqs:eu-central-1:123456789012:work-{number}", UNKNOWN, noise=True),
            before={"name": f"work-{number}", "tags": {"number": str(number)}},
            after={"name": f"work-{number}", "tags": {"number": str(number)}, "arn": UNKNOWN},
        )
        for number in range(count)
    )
    return Review(
        plan=Plan(resources=resources, secrets=frozenset(f"hunter-{number}-secret" for number in range(200))),
        verdict=Verdict.CAREFUL,
        because="Many queues change.",
        counts=Counts(create=count // 3, update=count // 3, replace=count // 3),
        findings=tuple(
            Finding(
                "resource-policy-widened",
                Severity.MEDIUM if place < 450 * count // 5_000 else Severity.LOW,
                resources[number].address,
                "The queue's policy now holds for every resource.",
                "Name the queue.",
            )
            for place, number in enumerate(range(0, count, 10))
        ),
    )


ORDINARY = {
    "deploy": deploy,
    "dangerous": dangerous,
    "first": first,
    "nothing": nothing,
    "everything": everything,
}
