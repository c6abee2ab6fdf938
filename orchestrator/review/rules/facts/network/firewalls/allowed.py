"""What a resource with firewall rules lets through, whatever its cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orchestrator.review.rules.facts.network.firewalls import (
    alibaba,
    aws,
    azure,
    digitalocean,
    google,
    hetzner,
    kubernetes,
    openstack,
    oracle,
    yandex,
)
from orchestrator.review.rules.facts.network.firewalls.reading import Values
from orchestrator.review.rules.facts.network.traffic import Traffic
from orchestrator.review.rules.facts.tables.other_names import all_names

_CLOUDS = (aws, google, azure, oracle, alibaba, yandex, hetzner, digitalocean, openstack, kubernetes)
_READERS: dict[str, Callable[[Values], Iterator[Traffic | None]]] = {
    name: reader for cloud in _CLOUDS for type_, reader in cloud.READERS.items() for name in all_names(type_)
}
TYPES = frozenset(_READERS)
"""The resources that hold firewall rules."""


def allowed_traffic(kind: str, values: Mapping[str, Any] | None) -> list[Traffic]:
    """What a resource of this type lets through. What is not known yet is left out."""
    if values is None or kind not in _READERS:
        return []
    return [item for item in _READERS[kind](values) if item is not None]
