"""Azure's roles that give control: by name, and by the ids that are the same everywhere.

Ids: "Azure built-in roles", Microsoft Learn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.words import LEAST_ROLE
from orchestrator.review.rules.kit.attributes import blocks, items
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.values import shown

_ELIGIBLE = "azurerm_pim_eligible_role_assignment"
ASSIGNMENTS = f"azurerm_role_assignment azurerm_pim_active_role_assignment {_ELIGIBLE}"
DEFINITION = "azurerm_role_definition"
_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL

_ASSIGNS = "it can assign any role, and so gain any permission"
_CHANGES = "it can change everything but access"
_BUILT_IN: dict[str, tuple[str, str, str]] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": ("Owner", "owner", "it can do everything, and assign any role"),
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": ("User Access Administrator", "owner", _ASSIGNS),
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": ("Role Based Access Control Administrator", "owner", _ASSIGNS),
    "b24988ac-6180-42a0-ab88-20f7382dd24c": ("Contributor", "changes", _CHANGES),
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": (
        "Key Vault Administrator",
        "strong",
        "it can read, change and delete every secret, key and certificate",
    ),
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": (
        "Key Vault Secrets Officer",
        "strong",
        "it can read and change every secret",
    ),
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": (
        "Storage Blob Data Owner",
        "strong",
        "it can read, change and delete every blob, and who has access to them",
    ),
    "9980e02c-c2be-4d73-94e8-173b1dc7cf3c": (
        "Virtual Machine Contributor",
        "strong",
        "it can run commands on every virtual machine, and so act as their identities",
    ),
    "1c0163c0-47e6-4577-8991-ea5c82e286e4": (
        "Virtual Machine Administrator Login",
        "strong",
        "it can log in to every virtual machine as an administrator",
    ),
    "f1a07417-d97a-45cb-824c-7a7467783830": (
        "Managed Identity Operator",
        "strong",
        "it can give any managed identity to a resource of its own, and so act as it",
    ),
    "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8": (
        "Azure Kubernetes Service Cluster Admin Role",
        "strong",
        "it can do everything in the clusters",
    ),
    "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b": (
        "Azure Kubernetes Service RBAC Cluster Admin",
        "strong",
        "it can do everything in the clusters",
    ),
    "81a9662b-bebf-436f-a333-f67b29880f12": (
        "Storage Account Key Operator Service Role",
        "strong",
        "it can read the accounts' keys, which allow everything",
    ),
}
_BY_NAME = {name.lower(): (name, kind, means) for name, kind, means in _BUILT_IN.values()}
_ID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$", re.I)
_WIDE = re.compile(r"/(?:providers/Microsoft\.Management/managementGroups/[^/]+/?|subscriptions/[^/]+/?)?$", re.I)
_GROUP = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/?$", re.I)
_WEIGHTS = {
    "wide": {"owner": _CRITICAL, "changes": _HIGH, "strong": _HIGH},
    "group": {"owner": _HIGH, "changes": _MEDIUM, "strong": _MEDIUM},
    "one": {"owner": _HIGH, "changes": _LOW, "strong": _LOW},
}
_SCOPES = {"group": "a resource group", "one": "a resource"}


def assigned(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A built-in role that gives control, assigned by its name or its id."""
    if resource.after is None or resource.action is Action.FORGET:
        return
    now, then = _role(resource.after), _role(resource.before)
    scope, before = resource.after.get("scope"), (resource.before or {}).get("scope")
    same = all((resource.before or {}).get(key) == resource.after.get(key) for key in ("principal_id", "condition"))
    if now is None or (resource.before is not None and now == then and scope == before and same):
        return
    if resource.before is None and _assigned_before(resource, plan):
        return
    name, kind, means = now
    where = _scope(scope)
    severity = _WEIGHTS[where][kind] if isinstance(scope, str) else _HIGH if kind == "owner" else _MEDIUM
    limited = resource.after.get("condition")
    # Who is eligible has to activate the role each time, which is recorded and may need an approval.
    if (limited or resource.type == _ELIGIBLE) and severity > _LOW:
        severity = Severity(severity - 1)
    by_name = bool(resource.after.get("role_definition_name")) and isinstance(
        resource.after.get("role_definition_name"), str
    )
    attribute = "role_definition_name" if by_name else "role_definition_id"
    yield Finding(
        "",
        severity,
        resource.address,
        f"The role {name} is assigned{f' on {_named(scope)}' if isinstance(scope, str) else ''}: {means}"
        f"{', as far as its condition allows' if limited else ''}.",
        LEAST_ROLE.azurerm,
        (attribute,),
        (resource.before or {}).get(attribute),
        resource.after.get(attribute),
    )


def unassigned(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """An owner of a subscription or more who is none any more."""
    if resource.action is not Action.DELETE or resource.before is None or plan.destroys_all or resource.deposed:
        return
    role, scope = _role(resource.before), resource.before.get("scope")
    if role is None or role[1] != "owner" or not isinstance(scope, str) or _scope(scope) != "wide":
        return
    if not any(_key(item.after) == _key(resource.before) for item in plan.resources if item.type == resource.type):
        yield Finding(
            "",
            _MEDIUM,
            resource.address,
            f"The role {role[0]} is no longer assigned on {_named(scope)} to {shown(resource.before['principal_id'])}."
            if resource.before.get("principal_id")
            else f"The role {role[0]} is no longer assigned on {_named(scope)}.",
            "Make sure that somebody who can still be reached keeps such a role there.",
        )


def _role(values: Mapping[str, Any] | None) -> tuple[str, str, str] | None:
    name, number = (values or {}).get("role_definition_name"), (values or {}).get("role_definition_id")
    if isinstance(name, str) and name:
        return _BY_NAME.get(name.lower())
    found = _ID.search(number) if isinstance(number, str) else None
    return _BUILT_IN.get(found[1].lower()) if found else None


def _named(scope: str) -> str:
    if _scope(scope) != "wide":
        return _SCOPES[_scope(scope)]
    if "managementgroups/" in scope.lower():
        return "a management group, with all its subscriptions"
    return "a whole subscription" if "subscriptions/" in scope.lower() else "everything in the directory"


def _scope(scope: object) -> str:
    if not isinstance(scope, str):
        return "one"
    return "wide" if _WIDE.match(scope) else "group" if _GROUP.match(scope) else "one"


def _assigned_before(resource: Resource, plan: Plan) -> bool:
    return _key(resource.after) in _assignments(plan)


def _key(values: Mapping[str, Any] | None) -> tuple[object, ...]:
    """What is assigned to whom and where."""
    role, of = _role(values), values or {}
    return role, str(of.get("scope")).lower(), str(of.get("principal_id")), of.get("condition") or None


@per_plan
def _assignments(plan: Plan) -> frozenset[tuple[object, ...]]:
    """What is assigned before the plan: the same under another address is nothing new."""
    return frozenset(
        _key(item.before) for item in plan.resources if item.type in ASSIGNMENTS.split() and item.before is not None
    )


def defined(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A role of one's own that may do everything, or assign roles."""
    if resource.after is None or resource.action is Action.FORGET:
        return
    new = sorted(_powers(resource.after) - _powers(resource.before))
    if new:
        everything = "*" in new
        yield Finding(
            "",
            _CRITICAL if everything and _can_assign(resource.after) else _HIGH,
            resource.address,
            f"The role now allows {listed(new)}: "
            + ("everything" if everything else "whoever has it can gain any permission in its scope")
            + ("." if _can_assign(resource.after) or not everything else ", but for what not_actions names."),
            "List the operations that are used, by their full names.",
            ("permissions",),
        )


_ASSIGNING = re.compile(
    r"(?:\*|Microsoft\.Authorization)/(?:\*|roleAssignments/(?:\*|write)|roleDefinitions/(?:\*|write)|\*/write|write)$",
    re.I,
)


def _powers(values: Mapping[str, Any] | None) -> set[str]:
    actions = {
        action
        for block in blocks(values, "permissions")
        for action in items(block, "actions")
        if isinstance(action, str)
    }
    return {action for action in actions if action == "*" or _ASSIGNING.match(action)}


def _can_assign(values: Mapping[str, Any]) -> bool:
    denied = [action for block in blocks(values, "permissions") for action in items(block, "not_actions") if action]
    return not any(
        re.match(r"Microsoft\.Authorization/(?:\*|\*/write|roleAssignments/)", str(action), re.I) for action in denied
    )
