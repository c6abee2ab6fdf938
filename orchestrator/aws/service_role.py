"""The role by which ECS itself acts in an account: it makes network interfaces and registers tasks as targets.

AWS makes it with the first cluster of an account, in the background. In an account that is new to ECS the first
services can come before the role is usable, and are refused. So it is made ahead of the plan.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
"""

from __future__ import annotations

from orchestrator.aws import causes, session
from orchestrator.aws.causes import Kind
from orchestrator.aws.session import Aws
from orchestrator.console import Stage

NAME, SERVICE = "AWSServiceRoleForECS", "ecs.amazonaws.com"
PATH = f"/aws-service-role/{SERVICE}/"
COMMAND = f"aws iam create-service-linked-role --aws-service-name {SERVICE}"


def exists(aws: Aws) -> bool | None:
    """Whether the account has it; None where these credentials may not look."""
    from botocore.exceptions import ClientError

    try:
        # Its path is one that no role of anybody else's can have.
        return bool(aws.client("iam").get_role(RoleName=NAME)["Role"]["Path"] == PATH)
    except ClientError as error:
        if session.is_code(error, "NoSuchEntity"):
            return False
        if causes.of(error).kind is Kind.DENIED:
            return None
        raise


def ensure(aws: Aws, stage: Stage) -> bool:
    """Make it if it is missing; True if it was made now. Without the right to, it is left to AWS."""
    from botocore.exceptions import ClientError

    if exists(aws) is not False:
        return False
    try:
        aws.client("iam").create_service_linked_role(AWSServiceName=SERVICE)
    except ClientError as error:
        if session.is_code(error, "InvalidInput"):  # somebody else has made it meanwhile
            return False
        if causes.of(error).kind is not Kind.DENIED:
            raise
        stage.event(f"the account has no role {NAME} yet, and these credentials may not make it: {COMMAND}")
        return False
    stage.event(f"{NAME} made: the account had not used ECS before")
    return True
