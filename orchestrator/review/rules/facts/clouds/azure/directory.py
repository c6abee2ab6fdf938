"""Roles of Entra ID, and permissions of Microsoft Graph, that give control over a directory.

Ids: "Microsoft Entra built-in roles" and "Microsoft Graph permissions reference", Microsoft Learn.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.values import shown

DIRECTORY = (
    "azuread_directory_role_assignment azuread_directory_role_member "
    "azuread_directory_role_eligibility_schedule_request"
)
APP_ROLE = "azuread_app_role_assignment"
_HIGH, _CRITICAL = Severity.HIGH, Severity.CRITICAL

_DIRECTORY: dict[str, tuple[str, Severity, str]] = {
    "62e90394-69f5-4237-9190-012177145e10": (
        "Global Administrator",
        _CRITICAL,
        "it can do everything in the directory, and make itself an owner of every subscription",
    ),
    "e8611ab8-c189-46e8-94e1-60213ab1f814": (
        "Privileged Role Administrator",
        _CRITICAL,
        "it can assign any directory role",
    ),
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": (
        "Privileged Authentication Administrator",
        _CRITICAL,
        "it can reset the password of any user, administrators included",
    ),
    **{
        number: (name, _HIGH, "it can add credentials to applications, and so act as them")
        for number, name in {
            "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
            "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
        }.items()
    },
    **{
        number: (name, _HIGH, "it can reset passwords or sign-in methods of users")
        for number, name in {
            "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
            "c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
            "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
        }.items()
    },
    **{
        number: (name, _HIGH, "it can change how everybody signs in, or what protects the directory")
        for number, name in {
            "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
            "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
            "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": "Hybrid Identity Administrator",
            "8329153b-31d0-4727-b945-745eb3bc5f31": "Domain Name Administrator",
            "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
        }.items()
    },
    **{
        number: (name, _HIGH, "it can read and change everybody's mail or files")
        for number, name in {
            "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
            "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
        }.items()
    },
}
_DIRECTORY_NAMES = {found[0].lower(): number for number, found in _DIRECTORY.items()}
_ROLE_KEYS = ("role_id", "role_object_id", "role_definition_id")


def in_directory(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A role of Entra ID that gives control over the directory."""
    if resource.after is None or not resource.created:
        return
    key = next((name for name in _ROLE_KEYS if resource.after.get(name)), "role_id")
    value = resource.after.get(key)
    found = _DIRECTORY.get(_templates(plan).get(value, value)) if isinstance(value, str) else None
    if found is None or ((resource.before or {}).get(key) == value and not resource.replace_paths):
        return
    name, severity, means = found
    yield Finding(
        "",
        severity,
        resource.address,
        f"The role {name} is assigned: {means}.",
        "Assign the least privileged role for the task, and have it activated through Privileged Identity Management.",
        (key,),
        (resource.before or {}).get(key),
        value,
    )


@per_plan
def _templates(plan: Plan) -> dict[str, str]:
    """The ids that roles have in this directory, with those of their templates, which are the same everywhere."""
    found: dict[str, str] = {}
    for item in plan.resources:
        values = item.after or item.before or {}
        if item.type == "azuread_directory_role":
            name = str(values.get("display_name")).lower()
            template = values.get("template_id") or _DIRECTORY_NAMES.get(name)
            for key in ("object_id", "id"):
                if isinstance(template, str) and isinstance(number := values.get(key), str):
                    found[number.rpartition("/")[2]] = template
                    found[number] = template
    return found


_GRAPH = {
    "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8": ("RoleManagement.ReadWrite.Directory", _CRITICAL),
    "06b708a9-e830-4db3-a914-8e69da51d44f": ("AppRoleAssignment.ReadWrite.All", _CRITICAL),
    "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9": ("Application.ReadWrite.All", _HIGH),
    "19dbc75e-c2e2-444c-a770-ec69d8559fc7": ("Directory.ReadWrite.All", _HIGH),
    "741f803b-c850-494e-b5df-cde7c675a1ca": ("User.ReadWrite.All", _HIGH),
    "62a82d76-70ea-41e2-9197-370581804d09": ("Group.ReadWrite.All", _HIGH),
    "dbaae8cf-10b5-4b86-a4a1-f871c94c6695": ("GroupMember.ReadWrite.All", _HIGH),
    "e2a3a72e-5f79-4c64-b1b1-878b674786c9": ("Mail.ReadWrite", _HIGH),
    "a82116e5-55eb-4c41-a434-62fe8a61c773": ("Sites.FullControl.All", _HIGH),
}


def app_permission(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A permission of Microsoft Graph that an application gets for itself, in the whole directory."""
    value = at(resource.after, "app_role_id")
    found = _GRAPH.get(value) if isinstance(value, str) else None
    if found is None or not resource.created:
        return
    yield Finding(
        "",
        found[1],
        resource.address,
        f"The application gets {found[0]} in the whole directory, without a user"
        + (": that is enough to make itself a Global Administrator." if found[1] is _CRITICAL else "."),
        f"Grant a narrower permission than {shown(found[0])}, such as one ending in .OwnedBy, .Selected or .Read.All.",
        ("app_role_id",),
        None,
        value,
    )
