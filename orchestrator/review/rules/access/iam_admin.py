"""Identities that get control over the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.iam.power import POWERFUL_POLICIES, admin, any_resource, escalates, narrowed
from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, allow
from orchestrator.review.rules.examples.examples import policy as document
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import directory as entra_roles
from orchestrator.review.rules.facts.clouds.azure import roles as azure_roles
from orchestrator.review.rules.facts.clouds.google import access as google_access
from orchestrator.review.rules.facts.clouds.google import iam as google_iam
from orchestrator.review.rules.facts.iam.escalation import for_itself
from orchestrator.review.rules.facts.iam.identity_policies import BOUNDED, READS, identity_policy
from orchestrator.review.rules.facts.iam.managed_policies import attached
from orchestrator.review.rules.facts.iam.policy_changes import PolicyChange
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Opens, Reads, Row
from orchestrator.review.rules.kit.rule import Judgement, Rule
from orchestrator.review.values import UNKNOWN, shown

_ADVICE = "Grant only the actions that are used, on the ARNs that they are used on."
_CLUSTER_ACCESS = "aws_eks_access_policy_association"


_OF_CLOUDS: Mapping[str, Judgement] = {
    **dict.fromkeys(google_iam.ON_WHOLE, google_access.admin),
    **dict.fromkeys(azure_roles.ASSIGNMENTS.split(), azure_roles.assigned),
    **dict.fromkeys(google_access.CUSTOM_ROLES.split(), google_access.custom_role),
    azure_roles.DEFINITION: azure_roles.defined,
    **dict.fromkeys(entra_roles.DIRECTORY.split(), entra_roles.in_directory),
    entra_roles.APP_ROLE: entra_roles.app_permission,
}


def _admin(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in _OF_CLOUDS:
        yield from _OF_CLOUDS[resource.type](resource, plan)
        return
    if resource.type == _CLUSTER_ACCESS:
        yield from _cluster_admin(resource, plan)
    policy = identity_policy(resource, plan)
    if policy is not None:
        yield from _powers(resource, policy, plan)
    for path, arn in attached(resource):
        name = arn.rpartition("/")[2]
        if name in POWERFUL_POLICIES:
            yield Finding(
                "iam-admin",
                Severity.CRITICAL,
                resource.address,
                f"The AWS managed policy {name} is attached: whoever holds it can do everything in the account, "
                "or grant itself the permission to.",
                "Attach a policy with only the actions that are used, or bound it with a permissions boundary.",
                path,
                None,
                arn,
            )


def _powers(resource: Resource, policy: PolicyChange, plan: Plan) -> Iterator[Finding]:
    grants = [grant for grant in policy.widening.grants if not grant.lifted]
    whole = [reason for grant in grants if (reason := admin(grant))]
    if whole:
        yield Finding(
            "iam-admin",
            Severity.CRITICAL,
            resource.address,
            f"The policy now allows {whole[0]}: whoever holds it controls the account.",
            _ADVICE,
            policy.path,
        )
        return
    own = sorted({action for grant in grants for action in for_itself(grant, resource, plan)})
    if own:
        yield Finding(
            "iam-admin",
            Severity.CRITICAL,
            resource.address,
            f"The policy now allows {', '.join(own)} on the very identity that has it: it can grant itself any "
            "permission.",
            "Let another role manage it, or allow only named policies (a condition on iam:PolicyARN) under a "
            "permissions boundary.",
            policy.path,
        )
        return
    but = [grant for grant in grants if grant.action.negated and any_resource(grant.resource) and not narrowed(grant)]
    if but:
        yield Finding(
            "iam-admin",
            Severity.HIGH,
            resource.address,
            f"The policy now allows {listed(but)}: new services and actions too, as AWS adds them.",
            "List what is allowed, not what is not.",
            policy.path,
        )
        return
    ways = sorted({action for grant in grants for action in escalates(grant)})
    if ways:
        yield Finding(
            "iam-admin",
            Severity.HIGH,
            resource.address,
            f"The policy now allows {', '.join(ways)} on every resource. "
            + (
                "Whoever may also start something (a function, a task, a server) can pass it any role, and so gain "
                "that role's permissions."
                if ways == ["iam:PassRole"]
                else "That is enough to gain any permission in the account."
            ),
            "Name the roles or policies that may be passed or changed, or bound them with a permissions boundary.",
            policy.path,
        )


def _cluster_admin(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Control over a Kubernetes cluster. A cluster that is made by the plan needs an administrator."""
    before, after = (resource.before or {}).get("policy_arn"), (resource.after or {}).get("policy_arn")
    if before == after or not isinstance(after, str) or not after.endswith("/AmazonEKSClusterAdminPolicy"):
        return
    cluster = (resource.after or {}).get("cluster_name")
    made = (item.after or {} for item in plan.resources if item.type == "aws_eks_cluster" and item.created)
    fresh = cluster is UNKNOWN or any(values.get("name") == cluster for values in made)
    yield Finding(
        "iam-admin",
        Severity.LOW if fresh else Severity.HIGH,
        resource.address,
        f"{shown((resource.after or {}).get('principal_arn'))} can do everything in the cluster.",
        "Give it AmazonEKSEditPolicy or AmazonEKSViewPolicy, or limit it to namespaces.",
        ("policy_arn",),
        before,
        after,
    )


def _role(types: str, path: str, values: tuple[str, ...], severity: Severity, says: str) -> Row:
    return Opens(types, path, values, says, "Grant a role with only what is needed.", severity, born=severity)


_POLICY = "aws_iam_policy"


def _allowed(*actions: str) -> dict[str, str]:
    return {"name": "jobs", "policy": document(allow(list(actions)))}


def _bound(role: str) -> dict[str, object]:
    subject = {"kind": "Group", "name": "developers", "api_group": "rbac.authorization.k8s.io", "namespace": ""}
    return {"metadata": [{"name": "developers"}], "role_ref": [{"name": role}], "subject": [subject]}


RULE = Rule(
    "iam-admin",
    Severity.CRITICAL,
    "An identity gets control over the account",
    "It may perform every action on every resource, or one by which it can grant itself any permission.",
    looks=_admin,
    watches=(
        *rows_for("iam-admin"),
        *READS,
        Reads(f"{BOUNDED} {_CLUSTER_ACCESS}"),
        Reads(" ".join(sorted(google_iam.ON_WHOLE)), "role member members policy_data"),
        Reads(azure_roles.ASSIGNMENTS, "role_definition_name role_definition_id scope"),
        Reads(f"{azure_roles.DEFINITION} {google_access.CUSTOM_ROLES}", "permissions"),
        Reads(entra_roles.DIRECTORY, "role_id role_object_id role_definition_id"),
        Reads(entra_roles.APP_ROLE, "app_role_id"),
    ),
    fix=_ADVICE,
    examples=(
        Fires(_POLICY, _allowed("s3:GetObject"), _allowed("*")),
        Fires(
            "aws_iam_role_policy_attachment",
            None,
            {"role": "ci", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        Fires(_POLICY, None, _allowed("iam:PassRole"), Severity.HIGH),
        Fires(
            "google_project_iam_member",
            None,
            {"project": "shop", "role": "roles/owner", "member": "user:a@example.com"},
        ),
        Fires(
            "azurerm_role_assignment",
            None,
            {"scope": "/subscriptions/0000", "role_definition_name": "Owner", "principal_id": "1111"},
        ),
        Fires(
            "azuread_directory_role_assignment",
            None,
            {"role_id": "62e90394-69f5-4237-9190-012177145e10", "principal_object_id": "1111"},
        ),
        Fires("kubernetes_cluster_role_binding", None, _bound("cluster-admin"), Severity.HIGH),
        Silent("kubernetes_cluster_role_binding", None, _bound("view")),
        Silent(_POLICY, None, _allowed("s3:GetObject")),
        Silent(
            "google_project_iam_member",
            None,
            {"project": "shop", "role": "roles/viewer", "member": "user:a@example.com"},
        ),
        Silent(
            "azurerm_role_assignment",
            None,
            {"scope": "/subscriptions/0000", "role_definition_name": "Reader", "principal_id": "1111"},
        ),
    ),
)
