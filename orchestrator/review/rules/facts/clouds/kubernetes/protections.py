"""What protects in a cluster: security levels of namespaces, admission checks, quotas, volumes that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kubernetes import network, pods
from orchestrator.review.rules.facts.clouds.kubernetes.objects import Values, stays_or_goes_along
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.comparisons import becomes
from orchestrator.review.rules.kit.rows import CHANGED, UPDATED, Judged, Removed, Row, Watch

_MEDIUM, _HIGH = Severity.MEDIUM, Severity.HIGH
_ENFORCED = "pod-security.kubernetes.io/enforce"
_LEVELS = {"restricted": 2, "baseline": 1, "privileged": 0, "": 0}
_WEBHOOKS = "kubernetes_validating_webhook_configuration kubernetes_mutating_webhook_configuration"


def _less_secure(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A namespace that lets more dangerous pods in (Pod Security Standards)."""
    if resource.action not in CHANGED:
        return
    before, after = _level(resource.before), _level(resource.after)
    if before is None or after is None or _LEVELS[after] >= _LEVELS[before]:
        return
    names = resource.type == "kubernetes_labels"
    path = ("labels", _ENFORCED) if names else ("metadata", 0, "labels", _ENFORCED)
    says = (
        "Any pod may run in the namespace, privileged ones included"
        if not _LEVELS[after]
        else "Pods in the namespace may run as root, and are held to less"
    )
    yield Finding(
        "",
        _HIGH if not _LEVELS[after] else _MEDIUM,
        resource.address,
        f"{says}: the enforced pod security level changes from {before} to {after or 'none'}.",
        "Keep the level, and run what needs more in a namespace of its own.",
        path,
        before,
        after or None,
    )


def _level(values: Values | None) -> str | None:
    """The level that is enforced; None if it is not known."""
    labels = at(values, "labels") if "labels" in (values or {}) else at(values, "metadata.labels")
    value = at(labels, (_ENFORCED,))
    if hidden(labels) or hidden(value):
        return None
    return value if isinstance(value, str) and value in _LEVELS else "" if not value else None


def _fails_open(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Admission checks that are skipped when they cannot be asked, or lose a part."""
    if resource.action not in CHANGED:
        return
    after = {str(item.get("name")): item for item in blocks(resource.after, "webhook")}
    for item in blocks(resource.before, "webhook"):
        name = str(item.get("name"))
        now = after.get(name)
        if now is None:
            says = f"Objects are no longer checked by the webhook {name}."
        # `Fail` is the default.
        elif item.get("failure_policy") in (None, "", "Fail") and now.get("failure_policy") == "Ignore":
            says = f"Objects pass unchecked while the webhook {name} cannot be reached."
        else:
            continue
        yield Finding("", _MEDIUM, resource.address, says, "Keep the webhook, with failure_policy Fail.", ("webhook",))


def _removed(types: str, says: str, severity: Severity = _MEDIUM) -> Row:
    return Removed(
        types,
        says,
        "Keep it, or create first what replaces it.",
        severity,
        unless=stays_or_goes_along,
    )


def _tokens(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A service account whose token is put into pods again."""
    before, after = (at(side, "automount_service_account_token") for side in (resource.before, resource.after))
    if resource.action in CHANGED and before is False and after is not False and not hidden(after):
        says = "The account's token is put into pods that use it: who gets into one can use the cluster's API."
        advice = "Leave automount_service_account_token off, and turn it on in the pods that need it."
        yield Finding("", _MEDIUM, resource.address, says, advice, ("automount_service_account_token",), before, after)


def _budget(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A budget that lets all pods be evicted at once."""
    if resource.action not in CHANGED:
        return
    for name, none in (("min_available", ("0", "0%")), ("max_unavailable", ("100%",))):
        before, after = _text(resource.before, name), _text(resource.after, name)
        if after in none and before not in none:
            says = f"{name} becomes {after}: every pod may be evicted at once, as when nodes are upgraded."
            advice = "Keep at least one pod of what must always answer."
            yield Finding("", _MEDIUM, resource.address, says, advice, ("spec", 0, name), before, after)


def _text(values: Values | None, name: str) -> str:
    value: Any = at(values, f"spec.{name}")
    return str(value) if isinstance(value, str | int) else ""


PROTECTIONS: tuple[Row, ...] = (
    *network.LOOSENED,
    *pods.UNLIMITED,
    Judged("kubernetes_namespace kubernetes_labels", "metadata", _less_secure),
    Judged(_WEBHOOKS, "webhook", _fails_open),
    _removed(
        _WEBHOOKS, "Objects are no longer checked or changed by these webhooks before the cluster takes them.", _HIGH
    ),
    _removed(
        "kubernetes_validating_admission_policy_v1", "Objects are no longer checked by this admission policy.", _HIGH
    ),
    _removed("kubernetes_pod_security_policy", "Pods are no longer held to this security policy."),
    _removed(
        "kubernetes_resource_quota",
        "The namespace has no quota any more: it may use as much of the cluster as there is.",
    ),
    _removed("kubernetes_limit_range", "Containers that set no limits of their own get none any more."),
    Watch(
        "kubernetes_persistent_volume",
        "spec.persistent_volume_reclaim_policy",
        becomes("Retain", "Delete"),
        "The volume is deleted with every file on it when its claim is: it was kept until now.",
        'Leave it "Retain", and delete volumes manually.',
        _HIGH,
    ),
    Watch(
        "kubernetes_storage_class",
        "reclaim_policy",
        becomes("Retain", "Delete"),
        "New volumes of this class are deleted with every file on them when their claims are. They were kept.",
        'Leave it "Retain" where the data matters.',
    ),
)
"""Rows for protection that is turned off."""

AVAILABILITY: tuple[Row, ...] = (
    _removed(
        "kubernetes_pod_disruption_budget",
        "All pods may be evicted at once, as when nodes are upgraded: the budget that keeps some running is destroyed.",
    ),
    Judged("kubernetes_pod_disruption_budget", "spec", _budget),
    Watch(
        "kubernetes_deployment",
        "spec.strategy.type",
        becomes("RollingUpdate", "Recreate"),
        "A deployment stops every old pod before a new one runs: each deployment is an outage.",
        'Leave type = "RollingUpdate".',
        _HIGH,
        actions=UPDATED,
    ),
)
"""Rows for what no longer survives."""

ISOLATION: tuple[Row, ...] = (
    *pods.ISOLATION,
    Judged("kubernetes_service_account kubernetes_default_service_account", "automount_service_account_token", _tokens),
)
"""Rows for isolation that is weakened."""
