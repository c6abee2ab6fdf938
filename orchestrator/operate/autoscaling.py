"""Whether autoscaling decides on the number of a service's tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.aws import session
from orchestrator.errors import Failure
from orchestrator.target import Target

DIMENSION = "ecs:service:DesiredCount"


def bounds(target: Target, name: str) -> Mapping[str, Any] | str | None:
    """The service's scalable target, None if it has none, or why that is not known."""
    from botocore.exceptions import BotoCoreError, ClientError

    if target.containers is not None:
        return None  # the emulated AWS has no Application Auto Scaling
    try:
        found = target.aws.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[resource(target, name)], ScalableDimension=DIMENSION
        )["ScalableTargets"]
    except (BotoCoreError, ClientError) as error:
        return session.explain(error)
    first: Mapping[str, Any] | None = found[0] if found else None
    return first


def resource(target: Target, name: str) -> str:
    """The service's id for Application Auto Scaling."""
    return f"service/{target.environment.prefix}/{name}"


def refusal(found: Mapping[str, Any], name: str, wanted: int, region: str) -> Failure:
    """The failure for a service whose number of tasks autoscaling decides, with what changes its bounds."""
    low, high = int(found["MinCapacity"]), int(found["MaxCapacity"])
    return Failure(
        f"autoscaling decides how many tasks of {name} run",
        reason=f"It keeps them between {low} and {high}, and would undo any other number.",
        next_step="change its bounds:\n"
        f"aws application-autoscaling register-scalable-target --region {region} --service-namespace ecs "
        f"--resource-id {found['ResourceId']} --scalable-dimension {DIMENSION} "
        f"--min-capacity {min(low, wanted)} --max-capacity {max(high, wanted)}",
    )
