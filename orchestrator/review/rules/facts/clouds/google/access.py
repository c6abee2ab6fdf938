"""What a change of Google Cloud's IAM means: who becomes an owner, who may act as whom, who is locked out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.google.iam import (
    A_ROLE,
    ON_ACCOUNT,
    OWNER,
    WHO,
    Grant,
    audited,
    gained,
    holder_of,
    is_whole,
    kind_of,
    later,
    lost,
)
from orchestrator.review.rules.facts.clouds.words import LEAST_ROLE
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.values import UNKNOWN

_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_CONTROL = frozenset(
    [
        "roles/editor",
        "roles/billing.admin",
        "roles/accesscontextmanager.policyAdmin",
        "roles/iam.denyAdmin",
        "roles/iam.organizationRoleAdmin",
        "roles/iam.roleAdmin",
        "roles/iam.securityAdmin",
        "roles/iam.serviceAccountAdmin",
        "roles/iam.serviceAccountKeyAdmin",
        "roles/iam.serviceAccountTokenCreator",
        "roles/iam.workloadIdentityPoolAdmin",
        "roles/orgpolicy.policyAdmin",
        "roles/resourcemanager.folderAdmin",
        "roles/resourcemanager.folderIamAdmin",
        "roles/resourcemanager.projectIamAdmin",
    ]
)
"""With these, every other role can be had, or nearly everything be changed."""

_ACTS_AS_ANY = ("roles/iam.serviceAccountUser", "roles/iam.workloadIdentityUser")
_ADMIN_OF_ONE = re.compile(r"roles/[\w.]+\.(?:admin|\w*[oO]wner)$")
_ADMIN = re.compile(r"roles/[\w.]+\.(?:\w*[aA]dmin|\w*[oO]wner)$")
_READS = re.compile(r"roles/(?:viewer|browser|[\w.]+\.\w*(?:[vV]iewer|[rR]eader|[aA]ccessor|[iI]nvoker))$")
_CALLS = ("roles/run.invoker", "roles/cloudfunctions.invoker", "roles/run.servicesInvoker")
_AS_ACCOUNT = ("roles/iam.serviceAccountTokenCreator", "roles/iam.serviceAccountKeyAdmin")
_AGENT = re.compile(r"serviceAccount:[^@]+@(?:gcp-sa-[\w-]+|[\w-]*robot[\w-]*|cloudservices)\.")
_PLACES = {"project": "the project", "folder": "the folder, with all projects in it"}
_PLACES |= {"organization": "the whole organization", "billing_account": "the billing account"}


def _finding(severity: Severity, resource: Resource, says: str, advice: str, after: object = None) -> Finding:
    path = {"member": ("member",), "binding": ("members",), "policy": ("policy_data",)}[kind_of(resource.type)]
    return Finding("", severity, resource.address, says, advice, path, None, after)


def _place(resource: Resource) -> str:
    holder = holder_of(resource.type)
    return _PLACES.get(holder, f"the {holder.replace('_', ' ')}")


def public(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Everybody is granted a role."""
    found = [grant for grant in gained(resource, plan) if grant.everybody]
    if not found:
        return
    only_calls = all(grant.role in _CALLS for grant in found)
    who = WHO[min((grant.member for grant in found), key=list(WHO).index)]
    roles = listed(dict.fromkeys(grant.role or A_ROLE for grant in found))
    yield _finding(
        _HIGH if only_calls else _CRITICAL,
        resource,
        f"{who} can call it, without any permission of yours ({roles})."
        if only_calls
        else f"{who} gets {roles} on {_place(resource)}.",
        "Leave it to a public website or API; otherwise name the accounts or groups that may call it."
        if only_calls
        else "Name the accounts or groups that need it.",
        found[0].member,
    )


def admin(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Somebody gets control over a project, a folder or an organization."""
    if not is_whole(resource.type):
        return
    weighed = [
        (severity, grant)
        for grant in gained(resource, plan)
        if not grant.everybody and (severity := _control(grant)) is not None
    ]
    if weighed:
        weighed.sort(key=lambda pair: -pair[0])
        yield _finding(
            weighed[0][0],
            resource,
            f"{listed(grant for _, grant in weighed)}: {_means(weighed[0][1], _place(resource))}.",
            LEAST_ROLE.google,
            weighed[0][1].member,
        )


def _control(grant: Grant) -> Severity | None:
    if grant.role in (OWNER, "roles/resourcemanager.organizationAdmin"):
        severity = _CRITICAL
    elif grant.role in _CONTROL:
        severity = _HIGH
    elif grant.role in _ACTS_AS_ANY:
        severity = _MEDIUM
    else:
        return None
    if _AGENT.match(grant.member) and grant.role != OWNER:
        return _LOW  # Google's own agent of a service, which the service needs
    return Severity(severity - 1) if grant.condition else severity


def _means(grant: Grant, place: str) -> str:
    if grant.role in (OWNER, "roles/resourcemanager.organizationAdmin"):
        return f"that is control over {place}, and over who else has it"
    if grant.role in (*_ACTS_AS_ANY, *_AS_ACCOUNT, "roles/iam.serviceAccountAdmin"):
        return f"that is enough to act as any service account of {place}, and so to have its permissions"
    if grant.role == "roles/editor":
        return f"that is enough to change nearly everything in {place}"
    return f"that is enough to gain any permission in {place}"


def widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Other roles that are granted: administrators of a service, and more members of a role."""
    whole = is_whole(resource.type)
    found = [grant for grant in gained(resource, plan) if not grant.everybody]
    if resource.type in ON_ACCOUNT:
        return
    if whole:
        found = [grant for grant in found if _control(grant) is None]
    administers = _ADMIN if whole else _ADMIN_OF_ONE
    strong = [grant for grant in found if administers.match(grant.role) and not _AGENT.match(grant.member)]
    if strong:
        yield _finding(
            _MEDIUM if whole else _LOW,
            resource,
            f"{listed(strong)}: an administrator's role, which holds for everything in {_place(resource)}."
            if whole
            else f"{listed(strong)}: that includes who else may use it.",
            LEAST_ROLE.google,
            strong[0].member,
        )
    elif found and kind_of(resource.type) != "member" and resource.action is Action.UPDATE:
        yield _finding(
            _LOW if all(_READS.match(grant.role) for grant in found) or not whole else _MEDIUM,
            resource,
            f"Newly granted: {listed(found)}.",
            "Check that each of these is intended.",
            found[0].member,
        )


CUSTOM_ROLES = "google_project_iam_custom_role google_organization_iam_custom_role"
_GAINS = re.compile(
    r"resourcemanager\.\w+\.setIamPolicy|iam\.roles\.update|iam\.serviceAccountKeys\.create|orgpolicy\.policy\.set"
    r"|iam\.serviceAccounts\.(?:actAs|getAccessToken|implicitDelegation|setIamPolicy|signBlob|signJwt)"
)


def custom_role(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A role of one's own that allows what every other permission can be had with."""
    before, after = (set(_texts(side, "permissions")) for side in (resource.before, resource.after))
    new = sorted(name for name in after - before if _GAINS.fullmatch(name))
    if new:
        yield Finding(
            "",
            _MEDIUM if resource.before is None else _HIGH,
            resource.address,
            f"The role now has {listed(new)}: whoever has it can act as a service account, or grant itself any role, "
            "where it is granted.",
            "Leave these to a role that few have.",
            ("permissions",),
        )


def _texts(values: Mapping[str, Any] | None, name: str) -> list[str]:
    found = (values or {}).get(name)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list | tuple) else []


def impersonated(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Who may act as a service account from now on."""
    if resource.type not in ON_ACCOUNT:
        return
    weighed = [
        (severity, grant)
        for grant in gained(resource, plan)
        if not grant.everybody and (severity := _acting(grant)) is not None
    ]
    if weighed:
        weighed.sort(key=lambda pair: -pair[0])
        yield _finding(
            weighed[0][0],
            resource,
            f"{listed(grant for _, grant in weighed)}: that is enough to act as the service account, with all of its "
            "permissions.",
            "Grant it to the one workload that needs it, and check what the service account itself may do.",
            weighed[0][1].member,
        )


def _acting(grant: Grant) -> Severity | None:
    agent = _AGENT.match(grant.member) is not None
    if grant.role in (*_AS_ACCOUNT, OWNER, "roles/editor", "roles/iam.serviceAccountAdmin", "roles/iam.securityAdmin"):
        return _LOW if agent else _HIGH
    if grant.role == "roles/iam.serviceAccountUser":
        return _LOW if agent else _MEDIUM
    if grant.role in ("roles/iam.workloadIdentityUser", "roles/iam.serviceAccountOpenIdTokenCreator"):
        # One repository or Kubernetes account is what it is made for, a whole pool is not.
        return _HIGH if grant.member.startswith("principalSet:") and grant.member.endswith("/*") else None
    return None


def locked_out(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Owners that are none any more, and policies that replace what they do not know."""
    if not is_whole(resource.type) or plan.destroys_all or new_address(resource, plan):
        return
    kind, place = kind_of(resource.type), _place(resource)
    if kind == "policy" and resource.action is Action.DELETE and not resource.deposed:
        yield _finding(
            _HIGH,
            resource,
            f"The whole policy of {place} is removed, not only what this resource set: everybody but who has a role "
            "further up loses access, Google's service agents included.",
            "Use `removed` with `destroy = false`, and manage access with google_*_iam_member.",
        )
        return
    agents = [grant for grant in lost(resource, plan) if _AGENT.match(grant.member)]
    if agents:
        yield _finding(
            _MEDIUM,
            resource,
            f"Google's own agents lose what their services need: {listed(agents)}.",
            "Keep these, unless the service is no longer used.",
        )
    gone = [grant for grant in lost(resource, plan) if grant.role == OWNER and grant.member]
    if gone and resource.action is not Action.FORGET:
        left = [grant for grant in gained(resource, plan) if grant.role == OWNER]
        yield _finding(
            _MEDIUM if kind == "member" else _HIGH,
            resource,
            f"{listed(grant.member for grant in gone)} is no longer an owner of {place}"
            + (
                f"; {listed(grant.member or 'a member known only after apply' for grant in left)} is instead."
                if left
                else "."
            ),
            "Make sure that somebody who can still be reached stays an owner.",
        )
    elif kind != "member" and resource.before is None and resource.action is Action.CREATE and not _is_new(resource):
        owners = kind == "binding" and resource.after is not None and resource.after.get("role") == OWNER
        if kind == "policy" or owners:
            yield _finding(
                _MEDIUM,
                resource,
                f"It replaces {'the owners' if owners else 'the whole policy'} of {place}: whoever has "
                f"{'that role' if owners else 'a role'} today and is not in it loses it"
                f"{'' if owners else ', Google service agents included'}.",
                "Compare it with what is granted today (`gcloud projects get-iam-policy`), or use google_*_iam_member, "
                "which adds only.",
            )


def _is_new(resource: Resource) -> bool:
    """True if what it is for is made by the same plan."""
    return any((resource.after or {}).get(name) is UNKNOWN for name in ("project", "folder", "org_id"))


def unrecorded(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Access that is no longer written to the audit log."""
    if resource.action is Action.FORGET or plan.destroys_all or new_address(resource, plan):
        return
    before, after = audited(resource.before), audited(later(resource, plan))
    if before is None or after is None or resource.before is None:
        return
    gone = [f"{kind} of {service}" for service, kind in before if (service, kind) not in after]
    if gone:
        says, severity = f"Access is no longer recorded in the audit log: {listed(gone)}.", _HIGH
    else:
        free = sorted({name for key, names in after.items() for name in names - before.get(key, frozenset())})
        if not free:
            return
        says, severity = f"What {listed(free)} does is no longer recorded in the audit log.", _MEDIUM
    yield Finding("", severity, resource.address, says, "Keep the logs: an incident is investigated with them.")
