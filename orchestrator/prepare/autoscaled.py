"""Numbers of tasks that autoscaling decides: a deploy keeps what it has set, within its limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.project.manifest import Service
from orchestrator.proof import rollout
from orchestrator.target import Target

DIMENSION = "ecs:service:DesiredCount"
# DescribeScalableTargets takes so many in one call.
AT_ONCE = 50


@dataclass(frozen=True)
class Limits:
    """Tasks at least and at most."""

    min: int
    max: int

    def within(self, count: int) -> int:
        """The number within the limits that is next to this one."""
        return max(self.min, min(count, self.max))


@dataclass(frozen=True)
class Autoscaled:
    """Per service with `scaling` the number of tasks to keep; the limits where a schedule has moved them."""

    counts: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, Limits] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, Any]:
        """The limits as Terraform's variable `live_limits`; nothing if none were moved."""
        moved = {name: {"min": item.min, "max": item.max} for name, item in sorted(self.limits.items())}
        return {"live_limits": moved} if moved else {}


def keep(services: Iterable[Service], running: Mapping[str, int], live: Mapping[str, Limits]) -> Autoscaled:
    """What a deploy of these services keeps, with that many tasks `running` under those limits. Decides only.

    Limits count as moved by a schedule if they are those of an entry of it: terraform/modules/ecs_service does the
    same. A service that does not exist yet begins with the fewest.
    """
    counts, limits = {}, {}
    for service in services:
        if service.scaling is None:
            continue
        found = live.get(service.name)
        own = Limits(service.scaling.min, service.scaling.max)
        if (
            found is not None
            and found != own
            and found in [Limits(item.min, item.max) for item in service.scaling.schedule]
        ):
            limits[service.name] = own = found
        counts[service.name] = own.within(running.get(service.name, own.min))
    return Autoscaled(counts, limits)


def read(target: Target, services: Sequence[Service]) -> Autoscaled:
    """What a deploy of these services keeps of what runs now; asks nothing where none is scaled."""
    scaled = [service for service in services if service.scaling is not None]
    if not scaled:
        return Autoscaled()
    names = [service.name for service in scaled]
    running = {name: int(found.get("desiredCount", 0)) for name, found in rollout.services(target, names).items()}
    targets = registered(target, names)
    live = {name: Limits(int(item["MinCapacity"]), int(item["MaxCapacity"])) for name, item in targets.items()}
    return keep(scaled, running, live)


def registered(target: Target, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The scalable targets of the services, as far as they have one."""
    client, ids = target.aws.client("application-autoscaling"), {resource(target, name): name for name in names}
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(ids), AT_ONCE):
        answer = client.describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=list(ids)[start : start + AT_ONCE], ScalableDimension=DIMENSION
        )
        found |= {ids[item["ResourceId"]]: item for item in answer["ScalableTargets"]}
    return found


def resource(target: Target, name: str) -> str:
    """The service's id for Application Auto Scaling."""
    return f"service/{target.environment.prefix}/{name}"
