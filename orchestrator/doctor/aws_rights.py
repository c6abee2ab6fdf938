"""What credentials may do, asked of IAM without doing it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator.aws import causes
from orchestrator.aws.causes import Kind
from orchestrator.aws.session import Aws
from orchestrator.project.environment import project

# What a push calls. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
PUSH = (
    "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage",
    "ecr:UploadLayerPart",
)  # fmt: skip
_TAKEN = re.compile(r"arn:([^:]+):sts::(\d{12}):assumed-role/([^/]+)/.*")


def repositories(aws: Aws) -> str:
    """The ARN of every repository of the project."""
    environment = aws.environment
    return f"arn:{aws.partition}:ecr:{environment.region}:{environment.account_id}:repository/{project()}/*"


def source(aws: Aws, caller: str) -> str:
    """The ARN of the user or role whose policies count for the caller. A session does not say its role's path."""
    from botocore.exceptions import ClientError

    taken = _TAKEN.fullmatch(caller)
    if taken is None:
        return caller
    partition, account, name = taken.groups()
    try:
        return str(aws.client("iam").get_role(RoleName=name)["Role"]["Arn"])
    except ClientError:
        return f"arn:{partition}:iam::{account}:role/{name}"


def refused(aws: Aws, caller: str, actions: Sequence[str], resource: str) -> list[str] | str:
    """Those of the actions that the caller may not do on the resource, or why that is not known. Nothing is done."""
    from botocore.exceptions import ClientError

    if caller.endswith(":root"):
        return []
    try:
        told = aws.client("iam").simulate_principal_policy(
            PolicySourceArn=source(aws, caller), ActionNames=list(actions), ResourceArns=[resource]
        )
    except ClientError as error:
        cause = causes.of(error)
        if cause.kind is Kind.DENIED:
            return "these credentials may not ask for their rights (iam:SimulatePrincipalPolicy)"
        return cause.why
    answers = told["EvaluationResults"]
    return [str(item["EvalActionName"]) for item in answers if item["EvalDecision"] != "allowed"]
