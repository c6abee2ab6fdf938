"""What tasks run on, in the words of a manifest: as ECS has it, and as the checkout asks for it. Decides only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.project.manifest import Service
from orchestrator.project.schema.sizing import EC2, SPOT, Capacity

DEFAULT = "FARGATE"  # terraform/environment/capacity.variables.tf
_FARGATE = "fargate"


def asked(service: Service, default: Any) -> str | None:
    """What the manifest says, else the environment's `capacity_provider`; None if that is not known."""
    if service.capacity is not None:
        return _written(service.capacity)
    return default.lower() if isinstance(default, str) else None


def found(placement: Mapping[str, Any], prefix: str) -> str | None:
    """What a service or a run is placed on, as ECS is asked for it; None where that is not said.

    A strategy that no manifest can ask for was set by hand: it is shown as it is.
    """
    strategy: Sequence[Mapping[str, Any]] = placement.get("capacityProviderStrategy") or ()
    if not strategy:
        return str(placement["launchType"]).lower() if placement.get("launchType") else None
    shares = [item for item in strategy if item.get("weight", 0)]
    bases = [item for item in strategy if item.get("base", 0)]
    if len(shares) == 1 and not bases:
        return _name(shares[0], prefix)
    if len(shares) == 1 and _name(shares[0], prefix) == SPOT and [_name(item, prefix) for item in bases] == [_FARGATE]:
        return _written(Capacity(kind=SPOT, base=int(bases[0]["base"])))
    return ", ".join(
        f"{_name(item, prefix)} (base {item.get('base', 0)}, weight {item.get('weight', 0)})" for item in strategy
    )


def _name(item: Mapping[str, Any], prefix: str) -> str:
    provider = str(item["capacityProvider"])
    names = {"FARGATE": _FARGATE, "FARGATE_SPOT": SPOT, f"{prefix}-{EC2}": EC2}
    return names.get(provider, provider)


def _written(capacity: Capacity) -> str:
    return f"{{{capacity.kind}: {{base: {capacity.base}}}}}" if capacity.base else capacity.kind
