"""Identities that may change what they themselves may do."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.iam import Grant
from orchestrator.review.iam.patterns import covers
from orchestrator.review.iam.power import narrowed
from orchestrator.review.model import Plan, Resource
from orchestrator.review.reading.configuration import without_keys
from orchestrator.review.rules.kit.attributes import hidden
from orchestrator.review.rules.kit.per_plan import per_plan

_OF_IDENTITY = tuple(
    f"iam:{name}".lower()
    for name in (
        "AddUserToGroup",
        "AttachGroupPolicy",
        "AttachRolePolicy",
        "AttachUserPolicy",
        "DeleteRolePermissionsBoundary",
        "DeleteUserPermissionsBoundary",
        "PutGroupPolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "PutUserPermissionsBoundary",
        "PutUserPolicy",
    )
)
"""What changes the rights of the role, user or group that is the action's resource."""

_OF_POLICY = ("iam:createpolicyversion", "iam:setdefaultpolicyversion")
_ATTACHED = {
    "aws_iam_role_policy_attachment": "role",
    "aws_iam_user_policy_attachment": "user",
    "aws_iam_group_policy_attachment": "group",
}


def for_itself(grant: Grant, resource: Resource, plan: Plan) -> list[str]:
    """The actions in the grant by which whoever has the policy can change its own rights."""
    if grant.lifted or grant.action.negated or grant.resource.negated or narrowed(grant):
        return []
    own = list(_identities(resource, plan))
    found: set[str] = set()
    if any(_names(pattern, kind, name) for kind, name in own for pattern in grant.resource.patterns):
        found.update(_given(grant, _OF_IDENTITY))
    arn = (resource.after or {}).get("arn") if resource.type == "aws_iam_policy" else None
    if isinstance(arn, str) and arn in grant.resource.patterns:
        found.update(_given(grant, _OF_POLICY))
    return sorted(found)


def changes_rights(grant: Grant) -> bool:
    """True if the grant lets the rights of others be changed, whose they are known."""
    if grant.lifted or grant.action.negated or narrowed(grant) or not any(_given(grant, _OF_IDENTITY)):
        return False
    return any(pattern == "*" or pattern.split(":")[2:3] in (["iam"], ["*"]) for pattern in grant.resource.patterns)


def _given(grant: Grant, wanted: tuple[str, ...]) -> Iterator[str]:
    return (pattern for pattern in grant.action.patterns if any(covers(pattern.lower(), action) for action in wanted))


def _names(pattern: str, kind: str, name: str) -> bool:
    """True for `arn:aws:iam::111122223333:role/some/path/name`."""
    what = pattern.split(":", 5)[-1]
    return what.startswith(f"{kind}/") and what.rpartition("/")[2] == name


def _identities(resource: Resource, plan: Plan) -> Iterator[tuple[str, str]]:
    """Kind and name of the roles, users and groups that have the policy, as far as the plan tells."""
    values = resource.after or {}
    for kind in ("role", "user", "group"):
        if resource.type == f"aws_iam_{kind}_policy" and isinstance(values.get(kind), str):
            yield kind, values[kind]
    if resource.type == "aws_iam_role" and isinstance(values.get("name"), str):
        yield "role", values["name"]
    if resource.type == "aws_iam_policy":
        for kind, name, arn, address in _attachments(plan):
            mine = (
                arn == values.get("arn")
                if isinstance(arn, str)
                else (address, without_keys(resource.address)) in (_refers(plan))
            )
            if mine:
                yield kind, name


@per_plan
def _attachments(plan: Plan) -> list[tuple[str, str, object, str]]:
    return [
        (kind, name, arn, without_keys(item.address))
        for item in plan.resources
        if (kind := _ATTACHED.get(item.type, "")) and item.after is not None
        if isinstance(name := item.after.get(kind), str)
        if isinstance(arn := item.after.get("policy_arn"), str) or hidden(arn)
    ]


@per_plan
def _refers(plan: Plan) -> frozenset[tuple[str, str]]:
    return frozenset((edge.source, edge.target) for edge in plan.edges)
