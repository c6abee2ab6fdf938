"""What Kubernetes has a load balancer let in to a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.rules.facts.network.firewalls.reading import (
    EVERYWHERE,
    Values,
    come_from,
    text_of,
    texts,
    written,
)
from orchestrator.review.rules.facts.network.traffic import Traffic
from orchestrator.review.rules.kit.attributes import at, blocks, hidden

# The annotations by which the clouds' controllers keep a load balancer off the internet.
_INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true", "0.0.0.0/0"),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
    "networking.gke.io/load-balancer-type": ("internal",),
    "cloud.google.com/load-balancer-type": ("internal",),
    "service.beta.kubernetes.io/oci-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": ("intranet",),
    "service.beta.kubernetes.io/openstack-internal-load-balancer": ("true",),
    "load-balancer.hetzner.cloud/disable-public-network": ("true",),
    "yandex.cloud/load-balancer-type": ("internal",),
}
_AWS = "service.beta.kubernetes.io/aws-load-balancer-"
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


def service(values: Values) -> Iterator[Traffic | None]:
    """A service of type LoadBalancer: everybody gets in, unless it names networks."""
    if at(values, "spec.type") != "LoadBalancer":
        return
    found = at(values, "metadata.annotations")
    annotations = found if isinstance(found, Mapping) else {}
    ranges: Any = at(values, "spec.load_balancer_source_ranges") or annotations.get(_RANGES)
    if hidden(found) or hidden(ranges) or _is_internal(annotations, at(values, "spec.load_balancer_class")):
        return
    sources = texts(ranges.split(",") if isinstance(ranges, str) else ranges) or [EVERYWHERE]
    name = f"{text_of(at(values, 'metadata.namespace'))}/{text_of(at(values, 'metadata.name'))}"
    for index, block in enumerate(blocks(values, "spec.port")):
        path = ("spec", 0, "port", index)
        base = written(text_of(block.get("protocol")) or "TCP", block.get("port"), path, name if name != "/" else "")
        for text in sources:
            yield come_from(base, text.strip(), "port") if base else None


def _is_internal(annotations: Mapping[str, Any], made_by: Any) -> bool:
    if any(str(annotations.get(name)).lower() in values for name, values in _INTERNAL.items()):
        return True
    # The AWS Load Balancer Controller keeps them internal unless told otherwise.
    controller = text_of(annotations.get(f"{_AWS}type")) in ("external", "nlb-ip") or text_of(made_by).startswith(
        "service.k8s.aws/"
    )
    return controller and annotations.get(f"{_AWS}scheme") != "internet-facing"


READERS = {"kubernetes_service": service}
