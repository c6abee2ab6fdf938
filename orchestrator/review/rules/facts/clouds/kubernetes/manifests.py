"""Objects that are written as manifests, as the provider's own types would have them.

A role is a role, whether it is a `kubernetes_role`, a `kubernetes_manifest` or the YAML of a `kubectl_manifest`: rules
know it by the one type. What they find is said of the manifest, with the path that it has there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import yaml

from orchestrator.review.model import Plan, Resource
from orchestrator.review.rules.facts.clouds.kubernetes.objects import Values
from orchestrator.review.values import AttributePath

_PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "kubernetes_manifest": ("manifest",),
    "kubectl_manifest": ("yaml_body", "yaml_body_parsed"),
}
# Secrets are left out: in a manifest their values stand in the open, which is what has to be said of them.
_KINDS: Final = {
    "ClusterRole": "kubernetes_cluster_role",
    "ClusterRoleBinding": "kubernetes_cluster_role_binding",
    "ConfigMap": "kubernetes_config_map",
    "CronJob": "kubernetes_cron_job",
    "DaemonSet": "kubernetes_daemonset",
    "Deployment": "kubernetes_deployment",
    "HorizontalPodAutoscaler": "kubernetes_horizontal_pod_autoscaler",
    "Ingress": "kubernetes_ingress_v1",
    "Job": "kubernetes_job",
    "LimitRange": "kubernetes_limit_range",
    "MutatingWebhookConfiguration": "kubernetes_mutating_webhook_configuration",
    "Namespace": "kubernetes_namespace",
    "NetworkPolicy": "kubernetes_network_policy",
    "PersistentVolume": "kubernetes_persistent_volume",
    "PersistentVolumeClaim": "kubernetes_persistent_volume_claim",
    "Pod": "kubernetes_pod",
    "PodDisruptionBudget": "kubernetes_pod_disruption_budget",
    "ReplicationController": "kubernetes_replication_controller",
    "ResourceQuota": "kubernetes_resource_quota",
    "Role": "kubernetes_role",
    "RoleBinding": "kubernetes_role_binding",
    "Service": "kubernetes_service",
    "ServiceAccount": "kubernetes_service_account",
    "StatefulSet": "kubernetes_stateful_set",
    "StorageClass": "kubernetes_storage_class",
    "ValidatingWebhookConfiguration": "kubernetes_validating_webhook_configuration",
}
# Of what Kubernetes itself defines. Others have kinds of the same names: a Role of Crossplane, an Ingress of OpenShift.
_GROUPS: Final = re.compile(r"(?:(?:apps|batch|autoscaling|policy|extensions|[a-z.]+\.k8s\.io)/)?v\d\w*")
_BLOCKS: Final = {
    "containers": "container",
    "initContainers": "init_container",
    "ports": "port",
    "rules": "rule",
    "subjects": "subject",
    "volumes": "volume",
    "volumeMounts": "volume_mount",
    "webhooks": "webhook",
}
"""Lists that the provider writes as blocks, which have their names in the singular."""

_FREE: Final = frozenset(
    ("annotations", "labels", "matchLabels", "nodeSelector", "data", "stringData", "limits", "requests", "hard")
)
"""Maps with keys of the user's own."""

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def by_kind(plan: Plan) -> Plan:
    """The plan with the manifests in it as the types that they stand for."""
    if not any(item.type in _PLACES for item in (*plan.resources, *plan.drift)):
        return plan
    return replace(plan, resources=tuple(map(_as_typed, plan.resources)), drift=tuple(map(_as_typed, plan.drift)))


def path_in(resource: Resource, path: AttributePath) -> AttributePath:
    """Where what a finding is about stands in the manifest: the path itself, for any other resource."""
    place = next((name for name in _PLACES.get(resource.type, ()) if _object(resource, name) is not None), "")
    if not place or not path:
        return path
    here: Any = _object(resource, place)
    found: list[str | int] = [place]
    for part in path:
        if isinstance(here, Mapping):
            if part == 0:
                # The provider's types have a list of one where a manifest has an object.
                continue
            name = next((key for key in here if _renamed(key) == part), part)
            here = here.get(name)
            found.append(name)
        else:
            known = isinstance(here, list | tuple) and isinstance(part, int) and part < len(here)
            here = here[part] if known else None
            found.append(part)
    return tuple(found)


def _as_typed(resource: Resource) -> Resource:
    for place in _PLACES.get(resource.type, ()):
        before, after = (_manifest(values, place) for values in (resource.before, resource.after))
        kinds = {_kind(values) for values in (before, after) if values is not None}
        if len(kinds) == 1 and (type_ := kinds.pop()):
            return replace(resource, type=type_, before=_typed(before), after=_typed(after), configured=None)
    return resource


def _object(resource: Resource, place: str) -> Values | None:
    after = _manifest(resource.after, place)
    return after if after is not None else _manifest(resource.before, place)


def _manifest(values: Values | None, place: str) -> Values | None:
    found = (values or {}).get(place)
    parsed = loaded(found) if isinstance(found, str) else found
    return parsed if isinstance(parsed, Mapping) else None


def _kind(values: Values) -> str:
    group, kind = values.get("apiVersion"), values.get("kind")
    known = isinstance(group, str) and isinstance(kind, str) and _GROUPS.fullmatch(group)
    return _KINDS.get(kind, "") if known and isinstance(kind, str) else ""


def _typed(values: Values | None) -> Values | None:
    return None if values is None else {_renamed(key): _blocks(key, value) for key, value in values.items()}


def _blocks(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return value if name in _FREE else _typed(value)
    if isinstance(value, list | tuple):
        return [_blocks("", item) for item in value]
    return value


@lru_cache(maxsize=2_048)
def _renamed(key: Any) -> Any:
    return _BLOCKS.get(key) or _HUMP.sub("_", key).lower() if isinstance(key, str) else key


class _NoAliases(yaml.SafeLoader):  # type: ignore[misc]
    """A few aliases of aliases make a text of a hundred bytes a structure of billions of values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


@lru_cache(maxsize=512)
def loaded(text: str) -> Any:
    """What a YAML text holds; None if it cannot be read."""
    try:
        return yaml.load(text, _NoAliases)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
