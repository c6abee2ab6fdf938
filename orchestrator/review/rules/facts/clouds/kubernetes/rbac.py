"""Who may do what in a cluster: roles, and whom they are bound to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kubernetes.objects import Values
from orchestrator.review.rules.facts.tables.other_names import first_name
from orchestrator.review.rules.kit.attributes import at, blocks
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Judged, Row

_MEDIUM, _HIGH, _CRITICAL = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
BINDINGS = "kubernetes_cluster_role_binding kubernetes_role_binding"
ROLES = "kubernetes_cluster_role kubernetes_role"
_AUTH = "kubernetes_config_map kubernetes_config_map_v1_data"

_NO_LOGIN = frozenset(("system:anonymous", "system:unauthenticated"))
_ANY_LOGIN = frozenset(("system:authenticated", "system:serviceaccounts"))
# What Kubernetes itself gives to everybody ("Default roles and role bindings", Kubernetes documentation).
_FOR_EVERYBODY = frozenset(
    (
        "system:basic-user",
        "system:discovery",
        "system:public-info-viewer",
        "system:service-account-issuer-discovery",
    )
)
_ADVICE = "Bind it to the one user, group or service account that needs it, with a role that allows only what is used."
_ADVICE_ROLE = "Name the resources and verbs that are used, and the objects (resource_names) where they are known."

Grant = tuple[str, str, str, str]
"""API group, resource, verb, and the name of the one object (`*` for all of them)."""


def to_everybody(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Bindings by which everybody who reaches the cluster's API may do something."""
    role = at(resource.after, "role_ref.name")
    found = [(kind, name) for kind, name, _ in _new_subjects(resource) if name in _NO_LOGIN | _ANY_LOGIN]
    if not found or role in _FOR_EVERYBODY or role == "cluster-admin":
        return
    without = sorted({name for _, name in found} & _NO_LOGIN)
    names = without or sorted({name for _, name in found})
    who = "without a login" if without else "with any login, every pod's included"
    yield _finding(
        resource,
        _CRITICAL if without else _HIGH,
        f"Everybody who reaches the cluster's API may, {who}, do what the role {role} allows: it is bound to "
        f"{listed(names)}.",
        _ADVICE,
        ("subject",),
    )


def cluster_control(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Bindings to `cluster-admin`, and users of AWS that become `system:masters`."""
    if first_name(resource.type) not in BINDINGS.split():
        yield from _masters(resource)
        return
    subjects = _new_subjects(resource)
    # The one that each cluster has, for those who set it up.
    told = [subject for subject in subjects if subject[1] != "system:masters"]
    unknown = not _subjects(resource.after) and at(resource.before, "role_ref.name") != "cluster-admin"
    if at(resource.after, "role_ref.name") != "cluster-admin" or not (told or unknown):
        return
    who = listed(_named(*subject) for subject in told)
    names = {name for _, name, _ in told}
    namespace = at(resource.after, "metadata.namespace")
    if names & (_NO_LOGIN | _ANY_LOGIN):
        says = f"Everybody who reaches the cluster's API controls it: cluster-admin is bound to {who}."
        severity = _CRITICAL
    elif first_name(resource.type) == "kubernetes_role_binding":
        where = namespace if isinstance(namespace, str) else "default"
        system = where == "kube-system"
        severity = _HIGH if system else _MEDIUM
        says = f"Whoever is bound to it can do everything in the namespace {where}, and read every secret in it"
        says += f": {who}." if who else "."
        says += " That is enough to control the cluster." if system else ""
    else:
        severity = _HIGH
        says = f"Whoever is bound to it can do everything in the cluster{f': {who}' if who else ''}."
    yield _finding(resource, severity, says, _ADVICE, ("role_ref",))


def role_control(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Roles that allow everything, or by which one can take any permission."""
    grants = _new_grants(resource)
    everywhere = first_name(resource.type) == "kubernetes_cluster_role"
    where = "the cluster" if everywhere else "the namespace"
    if ("*", "*", "*", "*") in grants:
        says = f"The role allows every action on every object: whoever is bound to it controls {where}."
    elif ways := sorted({way for grant in grants if (way := _way_up(grant))}):
        says = f"The role allows {listed(ways)}: whoever is bound to it can take any permission in {where}."
    else:
        return
    yield _finding(resource, _HIGH if everywhere else _MEDIUM, says, _ADVICE_ROLE, ("rule",))


def role_widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Roles that read secrets, get into containers, or name nothing; and bindings to roles that do."""
    if first_name(resource.type) in BINDINGS.split():
        yield from _bound_everywhere(resource)
        return
    grants = _new_grants(resource)
    if list(role_control(resource, plan)):
        return
    everywhere = first_name(resource.type) == "kubernetes_cluster_role"
    where = "every namespace" if everywhere else "the namespace"
    says = sorted({f"{said} {where}" for grant in grants if (said := _powerful(grant))})
    if says:
        fresh = resource.before is None and not everywhere
        severity = Severity.LOW if fresh else _MEDIUM
        yield _finding(resource, severity, f"The role allows to {listed(says)}.", _ADVICE_ROLE, ("rule",))


def _powerful(grant: Grant) -> str:
    group, what, verb, name = grant
    if name != "*":
        return ""
    if what in ("secrets", "*") and group in ("", "*") and verb in ("get", "list", "watch", "*"):
        return "read every secret in"
    if what in ("pods/exec", "pods/attach") and verb in ("create", "get", "*"):
        return "run commands in every container in"
    if what == "serviceaccounts/token" and verb in ("create", "*"):
        return "act as every service account in"
    if what == "*" and verb in ("*", "create", "update", "patch", "delete", "deletecollection"):
        return f"{'do everything with' if verb == '*' else verb} every object{f' of {group}' if group else ''} in"
    return ""


def _way_up(grant: Grant) -> str:
    group, what, verb, name = grant
    if name != "*":
        return ""
    roles = group in ("rbac.authorization.k8s.io", "*") and what in ("roles", "clusterroles", "*")
    if roles and verb in ("escalate", "bind"):
        return f"{verb} on {what}"
    if verb == "impersonate" and what in ("users", "groups", "serviceaccounts", "*"):
        return f"impersonate on {what}"
    if what == "nodes/proxy" and verb in ("create", "get", "*"):
        return f"{verb} on nodes/proxy"
    return ""


def _bound_everywhere(resource: Resource) -> Iterator[Finding]:
    """The roles that come with each cluster and are meant for a namespace, bound in all of them."""
    role = at(resource.after, "role_ref.name")
    subjects = [subject for subject in _new_subjects(resource) if subject[1] not in _NO_LOGIN | _ANY_LOGIN]
    if first_name(resource.type) != "kubernetes_cluster_role_binding" or role not in ("admin", "edit") or not subjects:
        return
    who = listed(_named(*subject) for subject in subjects)
    says = f"Whoever has the role {role} can change nearly everything in every namespace, and read every secret: {who}."
    yield _finding(resource, _MEDIUM, says, "Bind it in the namespaces where it is needed (a role binding each).", ())


def _new_subjects(resource: Resource) -> list[tuple[str, str, str]]:
    """Kind, name and namespace of whom the role is bound to from now on."""
    same_role = at(resource.before, "role_ref.name") == at(resource.after, "role_ref.name")
    before = _subjects(resource.before) if same_role else set()
    return sorted(_subjects(resource.after) - before)


def _subjects(values: Values | None) -> set[tuple[str, str, str]]:
    return {
        (str(item.get("kind")), name, space if isinstance(space := item.get("namespace"), str) else "")
        for item in blocks(values, "subject")
        if isinstance(name := item.get("name"), str)
    }


def _named(kind: str, name: str, namespace: str) -> str:
    if kind == "ServiceAccount":
        return f"the service account {f'{namespace}/' if namespace else ''}{name}"
    return f"the {kind.lower()} {name}"


def _new_grants(resource: Resource) -> list[Grant]:
    before = _grants(resource.before)
    return [grant for grant in _grants(resource.after) if not any(_covers(old, grant) for old in before)]


def _covers(wide: Grant, grant: Grant) -> bool:
    return all(one in ("*", other) for one, other in zip(wide, grant, strict=True))


def _grants(values: Values | None) -> list[Grant]:
    return [
        (group, what, verb, name)
        for rule in blocks(values, "rule")
        for group in _texts(rule.get("api_groups"), "")
        for what in _texts(rule.get("resources"))
        for verb in _texts(rule.get("verbs"))
        for name in _texts(rule.get("resource_names"), "*")
    ]


def _texts(value: Any, none: str | None = None) -> list[str]:
    found = [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []
    return found or ([] if none is None else [none])


def _masters(resource: Resource) -> Iterator[Finding]:
    """`aws-auth` says which users and roles of AWS are who in the cluster (Amazon EKS user guide)."""
    if at(resource.after, "metadata.name") != "aws-auth":
        return
    new = sorted(_who(resource.after, "system:masters") - _who(resource.before, "system:masters"))
    if new:
        says = f"{listed(new)} can do everything in the cluster: it gets the group system:masters."
        advice = "Map it to a group of your own, and bind a role with only what is needed to that."
        yield _finding(resource, _HIGH, says, advice, ("data",))


def _who(values: Values | None, group: str) -> set[str]:
    found: set[str] = set()
    for name, key in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        text = at(values, ("data", name))
        try:
            entries = yaml.safe_load(text) if isinstance(text, str) and "&" not in text else []
        except (yaml.YAMLError, ValueError, RecursionError):
            entries = []
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and group in _texts(entry.get("groups")):
                found.add(str(entry.get(key)))
    return found


def _finding(resource: Resource, severity: Severity, says: str, advice: str, path: tuple[str, ...]) -> Finding:
    return Finding("", severity, resource.address, says, advice, path)


ADMIN: tuple[Row, ...] = (
    Judged(BINDINGS, "role_ref subject", cluster_control),
    Judged(ROLES, "rule", role_control),
    Judged(_AUTH, "data", cluster_control),
)
"""Rows for control over the cluster."""

WIDENED: tuple[Row, ...] = (
    Judged(ROLES, "rule", role_widened),
    Judged(BINDINGS, "role_ref subject", role_widened),
)
"""Rows for more than before, short of control."""

PUBLIC: tuple[Row, ...] = (Judged(BINDINGS, "role_ref subject", to_everybody),)
"""Rows for what everybody may do."""
