"""What actions can do: facts about IAM that no policy document says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from orchestrator.review.iam.comparison import Grant
from orchestrator.review.iam.conditions import restricts
from orchestrator.review.iam.document import Part
from orchestrator.review.iam.patterns import covers

ESCALATION: Final = frozenset(
    f"iam:{name}"
    for name in (
        "AddUserToGroup",
        "AttachGroupPolicy",
        "AttachRolePolicy",
        "AttachUserPolicy",
        "CreateAccessKey",
        "CreateLoginProfile",
        "CreatePolicyVersion",
        "DeleteRolePermissionsBoundary",
        "DeleteUserPermissionsBoundary",
        "PassRole",
        "PutGroupPolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "PutUserPermissionsBoundary",
        "PutUserPolicy",
        "SetDefaultPolicyVersion",
        "UpdateAssumeRolePolicy",
        "UpdateLoginProfile",
    )
)
"""With one of these on every resource, an identity can give itself any permission (Rhino Security Labs' list)."""

_NEEDS_ANY: Final = (
    "cloudtrail:LookupEvents",
    "cloudwatch:Get*",
    "cloudwatch:PutMetricData",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
    "ec2messages:*",
    "ecr-public:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CreateRepository",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "ecs:DeregisterTaskDefinition",
    "ecs:DiscoverPollEndpoint",
    "ecs:RegisterTaskDefinition",
    "health:*",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "kms:CreateKey",
    "logs:CreateLogDelivery",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DeleteLogDelivery",
    "logs:GetLogDelivery",
    "logs:PutLogEvents",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "pricing:*",
    "route53:GetChange",
    "s3:GetAccountPublicAccessBlock",
    "secretsmanager:GetRandomPassword",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:*",
    "sts:GetCallerIdentity",
    "sts:GetServiceBearerToken",
    "tag:Get*",
    "xray:Get*",
    "xray:Put*",
)
"""Actions that cannot be narrowed to a resource, or that everybody gives on "*" (Service Authorization Reference)."""

_NEEDS_ANY_FOLDED: Final = tuple(action.lower() for action in _NEEDS_ANY)
_READS: Final = ("get", "list", "describe", "head", "batchget", "query", "scan", "lookup", "view", "search", "select")
_READS_SECRETS: Final = tuple(
    action.lower()
    for action in ("secretsmanager:GetSecretValue", "ssm:GetParameter*", "kms:Decrypt", "sts:GetSessionToken")
)

_HOW: Final = frozenset(
    ("aws:currenttime", "aws:multifactorauthpresent", "aws:requestedregion", "aws:securetransport", "aws:sourceip")
)

_ANY_OF_IAM: Final = re.compile(r"arn:[^:]+:iam::[^:]*:(?:\*|(?:role|user|policy|group)/\*)")
_ANY_OF_KIND: Final = re.compile(
    r"(?:alias|cluster|db|function|instance|key|log-group|parameter|repository|role|secret|service|stream|table|task|user)"
    r"[/:]\*+(?::\*)?"
)

POWERFUL_POLICIES: Final = frozenset({"AdministratorAccess", "IAMFullAccess", "AdministratorAccess-Amplify"})
"""AWS managed policies that give everything, or the means to take it."""


def admin(grant: Grant) -> str:
    """Why the grant gives control over the account, in words; an empty text if it does not."""
    if not any_resource(grant.resource) or narrowed(grant):
        return ""
    if _gives(grant.action, "*") or _gives(grant.action, "*:*"):
        return "every action on every resource"
    if _gives(grant.action, "iam:*"):
        return "every IAM action on every resource, and so every permission"
    return ""


def escalates(grant: Grant) -> list[str]:
    """The actions in the grant by which an identity can take any permission for itself."""
    if grant.action.negated or not any_resource(grant.resource) or narrowed(grant):
        return []
    return sorted(action for action in ESCALATION if _gives(grant.action, action))


def narrowed(grant: Grant) -> bool:
    """True if a condition narrows what the grant reaches. When, where from and how one must ask does not."""
    return any(restricts(condition) and condition.key not in _HOW for condition in grant.conditions)


def any_resource(resource: Part) -> bool:
    """True for "*", for everything but a few, and for an ARN that names nothing (`arn:aws:s3:::*`)."""
    return resource.negated or any(
        covers(pattern, "arn:aws:iam::000000000000:role/any") or _ANY_OF_IAM.fullmatch(pattern)
        for pattern in resource.patterns
    )


@lru_cache(maxsize=8_192)
def wide_resource(pattern: str) -> bool:
    """True if a resource pattern names no one thing: `*`, `arn:aws:s3:::*`, `arn:aws:dynamodb:*:*:table/*`."""
    name = pattern.split(":", 5)[-1]
    return name in ("*", "*/*", "*:*") or _ANY_OF_KIND.fullmatch(name) is not None


@lru_cache(maxsize=4_096)
def needs_any(action: str) -> bool:
    """True if the action can be given on "*" only, or harms nobody there: it lists and describes, and reads no data."""
    if action.partition(":")[2].lower().startswith(("describe", "list")):
        return True
    return any(covers(known, action.lower()) for known in _NEEDS_ANY_FOLDED)


def whole_service(action: str) -> bool:
    """True for `*` and for `s3:*`."""
    return action == "*" or action.partition(":")[2] == "*"


@lru_cache(maxsize=4_096)
def reads_only(action: str) -> bool:
    """True if the action changes nothing and gives no secret away."""
    folded = action.lower()
    return folded.partition(":")[2].startswith(_READS) and not any(covers(s, folded) for s in _READS_SECRETS)


def _gives(actions: Part, wanted: str) -> bool:
    wanted = wanted.lower()
    patterns = {pattern.lower() for pattern in actions.patterns}
    if actions.negated:
        return wanted not in ("*", "*:*") and not any(
            covers(pattern, wanted) or wanted == pattern for pattern in patterns
        )
    return any(covers(pattern, wanted) for pattern in patterns)
