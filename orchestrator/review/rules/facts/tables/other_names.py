"""Types of resources that have more than one name: what is known of one is known of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

_KUBERNETES_V1: Final = """
api_service certificate_signing_request cluster_role cluster_role_binding config_map cron_job csi_driver
default_service_account deployment endpoints horizontal_pod_autoscaler ingress ingress_class job limit_range
mutating_webhook_configuration namespace network_policy persistent_volume persistent_volume_claim pod
pod_disruption_budget priority_class replication_controller resource_quota role role_binding secret service
service_account stateful_set storage_class validating_webhook_configuration
"""
_OTHERS: Final = {
    "kubernetes_daemonset": ("kubernetes_daemon_set_v1",),
    "kubernetes_horizontal_pod_autoscaler": (
        "kubernetes_horizontal_pod_autoscaler_v2beta2",
        "kubernetes_horizontal_pod_autoscaler_v2",
    ),
    "kubernetes_pod_security_policy": ("kubernetes_pod_security_policy_v1beta1",),
    "cloudflare_record": ("cloudflare_dns_record",),
    "cloudflare_access_application": ("cloudflare_zero_trust_access_application",),
    "cloudflare_access_policy": ("cloudflare_zero_trust_access_policy",),
    "cloudflare_access_group": ("cloudflare_zero_trust_access_group",),
    "cloudflare_tunnel": ("cloudflare_zero_trust_tunnel_cloudflared", "cloudflare_argo_tunnel"),
    "digitalocean_floating_ip": ("digitalocean_reserved_ip",),
    "openstack_compute_floatingip_associate_v2": ("openstack_networking_floatingip_associate_v2",),
}


@cache
def all_names(type_: str) -> tuple[str, ...]:
    """A type, and its other names if this is its first: `kubernetes_job` and `kubernetes_job_v1`."""
    return type_, *_others(type_)


@cache
def first_name(type_: str) -> str:
    """The name that a type has in the tables and rows: `kubernetes_job` of `kubernetes_job_v1`."""
    return _FIRST.get(type_, type_)


def _others(type_: str) -> Iterator[str]:
    if type_ == "aws_lb" or type_.startswith("aws_lb_"):
        yield f"aws_alb{type_.removeprefix('aws_lb')}"
    if type_ in _WITH_V1:
        yield f"{type_}_v1"
    yield from _OTHERS.get(type_, ())


_WITH_V1: Final = frozenset(f"kubernetes_{kind}" for kind in _KUBERNETES_V1.split())
_FIRST: Final = {other: name for name in sorted({*_WITH_V1, *_OTHERS}) for other in _others(name)}
