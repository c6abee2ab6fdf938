"""Whether a role's rights are those that its jobs need: by the calls that were recorded, in both directions.

A right is needed if a recorded call asked for it, if AWS asks for it beside such a call (`BESIDE`), or if the tables of
the provider's and the orchestrator's calls have it: for what this life does not hold (jobs, instances), does not do
(delete a service), or does on other days (`run`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.review.iam.patterns import covers
from tests.ci.policies import texts
from tests.ci.resource_rights import DATA, RESOURCES
from tests.ci.rights_contexts import may

Statement = Mapping[str, Any]

# Calls that need no right: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
FREE = {"sts:GetCallerIdentity"}
# The resource that was recorded is the one that IAM looks at.
EXACT = ("dynamodb", "ecr", "iam", "logs", "s3")
# What AWS asks for beside an action: the tags that something is made with, the role that something is given, the key
# that something is encrypted with. From each action's row in AWS's Service Authorization Reference.
BESIDE = {
    "autoscaling:CreateAutoScalingGroup": "iam:PassRole ec2:RunInstances ec2:CreateTags",
    "dynamodb:CreateTable": "dynamodb:TagResource kms:CreateGrant kms:Decrypt kms:DescribeKey kms:GenerateDataKey",
    "ec2:CreateFlowLogs": "iam:PassRole ec2:CreateTags",
    "ecs:CreateCluster": "ecs:TagResource iam:CreateServiceLinkedRole",
    "ecs:CreateService": "ecs:TagResource",
    "ecs:RegisterTaskDefinition": "ecs:TagResource iam:PassRole",
    "elasticloadbalancing:CreateLoadBalancer": "elasticloadbalancing:AddTags iam:CreateServiceLinkedRole",
    "elasticloadbalancing:CreateListener": "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateRule": "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateTargetGroup": "elasticloadbalancing:AddTags",
    "iam:CreateRole": "iam:TagRole iam:PutRolePermissionsBoundary",
    "kms:CreateKey": "kms:TagResource kms:PutKeyPolicy",
    "logs:CreateLogGroup": "logs:TagResource",
    "s3:ListBucketVersions": "s3:DeleteObjectVersion",  # several in one request, which does not show it
}
# The requests of a push and a pull, by method and by what the path names.
REGISTRY = {
    ("HEAD", "blobs"): "ecr:BatchCheckLayerAvailability", ("POST", "blobs"): "ecr:InitiateLayerUpload",
    ("PATCH", "blobs"): "ecr:UploadLayerPart", ("PUT", "blobs"): "ecr:CompleteLayerUpload",
    ("PUT", "manifests"): "ecr:PutImage", ("HEAD", "manifests"): "ecr:BatchGetImage",
    ("GET", "manifests"): "ecr:BatchGetImage", ("GET", "blobs"): "ecr:GetDownloadUrlForLayer",
}  # fmt: skip
# On what they are asked for, where no table has it: a push on the service's repository, and so on.
_ROLE_OF_ECS = "AWSServiceRoleForECS"
_IN, _ROLES = "us-east-1:111111111111", "arn:aws:iam::111111111111:role"
ARNS = {
    **dict.fromkeys(REGISTRY.values(), f"arn:aws:ecr:{_IN}:repository/storyizer/words"),
    **dict.fromkeys(
        ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"), f"arn:aws:kms:{_IN}:key/1"
    ),
    "iam:CreateServiceLinkedRole": f"{_ROLES}/aws-service-role/ecs.amazonaws.com/{_ROLE_OF_ECS}",
    "s3:DeleteObjectVersion": "arn:aws:s3:::storyizer-tfstate-111111111111-us-east-1/staging/bundles/a-commit/plan",
    "acm:DescribeCertificate": f"arn:aws:acm:{_IN}:certificate/0",
    "servicequotas:GetServiceQuota": f"arn:aws:servicequotas:{_IN}:vpc/L-F678F1CE",
    "secretsmanager:DescribeSecret": f"arn:aws:secretsmanager:{_IN}:secret:shop/api-key-AbCdEf",
    "iam:PutRolePermissionsBoundary": f"{_ROLES}/PREFIX-words-task",
}
# What other commands than those of this life ask for, and which.
ON_OTHER_DAYS = {
    "ecr:GetDownloadUrlForLayer": "`promote` copies an image's layers",
    "cloudwatch:GetMetricStatistics": "`verify`, where AWS names a metric of a quota",
    "logs:FilterLogEvents": "`logs`",
    "sqs:GetQueueUrl": "an unfinished queue is counted before it is kept",
    "states:ListExecutions": "`status`, of jobs",
    "states:ListStateMachines": "`status`, of jobs",
    "ecs:RunTask": "`run`, and the tasks before a deploy",
    "ecs:StopTask": "`run` that is interrupted",
}


@dataclass(frozen=True, order=True)
class Needed:
    """An action, and the resource on which it was asked for; "" where that is not known."""

    action: str
    resource: str = ""


def recorded(calls: Iterable[Mapping[str, Any]], role: str) -> set[Needed]:
    """What the jobs of a role have asked for, and what AWS asks for beside it."""
    found = set()
    for call in calls:
        action = action_of(call)
        if f":assumed-role/{role}/" not in call["principal"] or action in FREE:
            continue
        exact = call["service"] in EXACT and call["resource"] != "*"
        found.add(Needed(action, _with_path(call["resource"]) if exact else ""))
        found |= {Needed(beside) for beside in BESIDE.get(action, "").split()}
    return found


def action_of(call: Mapping[str, Any]) -> str:
    """A call's action by IAM's name. MiniStack has no Service Quotas, of which one thing is asked."""
    action = f"{call['service']}:{call['action']}"
    return "servicequotas:GetServiceQuota" if action == "servicequotas:" else action


def _with_path(resource: str) -> str:
    """A request has the role's name alone; IAM looks at its ARN, which has its path."""
    return resource.replace(f":role/{_ROLE_OF_ECS}", f":role/aws-service-role/ecs.amazonaws.com/{_ROLE_OF_ECS}")


def pushed(calls: Iterable[Mapping[str, Any]]) -> set[Needed]:
    """What the pushes and pulls ask for: the login says who, and a push's is always a job's."""
    kinds = {(call["method"], part) for call in calls if call["login"] for part in call["path"].split("/")}
    return {Needed(action) for kind, action in REGISTRY.items() if kind in kinds}


def lacking(statements: Sequence[Statement], needed: Iterable[Needed], environment: str) -> list[str]:
    """What is needed and not allowed."""
    return sorted(
        {
            each.action
            for each in needed
            if not any(may(statements, each.action, arn, environment) for arn in _arns(each))
        }
        if statements
        else {each.action for each in needed}
    )


def unneeded(statements: Sequence[Statement], needed: Iterable[Needed]) -> list[str]:
    """What is allowed and not needed, as "SID: ACTION"."""
    actions = {each.action.lower() for each in needed}
    return [
        f"{statement.get('Sid', '?')}: {action}"
        for statement in statements
        for action in texts(statement["Action"])
        if not any(covers(action.lower(), each) for each in actions)
    ]


def provider_calls(writing: bool) -> set[Needed]:
    """What Terraform's provider calls for everything that an environment can hold."""
    tables = [*RESOURCES.values(), *DATA.values()]
    return {
        Needed(action, rights.arn)
        for rights in tables
        for action in (*rights.reads, *(rights.writes if writing else ()))
    }


def other_days() -> set[Needed]:
    """What other commands ask for."""
    return {Needed(action) for action in ON_OTHER_DAYS}


def _arns(needed: Needed) -> list[str]:
    """The resource that was asked for, else one of each kind that the action has in the tables."""
    if needed.resource or needed.action in ARNS:
        return [needed.resource or ARNS[needed.action]]
    known = {
        rights.arn for rights in (*RESOURCES.values(), *DATA.values())
        if needed.action in (*rights.reads, *rights.writes)
    }  # fmt: skip
    return sorted(known) or ["*"]
