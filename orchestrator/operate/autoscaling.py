"""Whether autoscaling decides on the number of a service's tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.aws import session
from orchestrator.errors import Failure
from orchestrator.prepare import autoscaled
from orchestrator.project.manifest import Service
from orchestrator.target import Target


def bounds(target: Target, name: str) -> Mapping[str, Any] | str | None:
    """The service's scalable target, None if it has none, or why that is not known."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return autoscaled.registered(target, [name]).get(name)
    except (BotoCoreError, ClientError) as error:
        return session.explain(error)


def refused(service: Service, found: Mapping[str, Any] | None, wanted: int | None, environment: str, region: str) -> (
    Failure | None
):  # fmt: skip
    """The failure for a service whose number of tasks autoscaling decides, with what changes its limits. Decides only.

    `found` is its scalable target; the one of a manifest with `scaling` is Terraform's.
    """
    if service.scaling is None and found is None:
        return None
    low, high = (
        (int(found["MinCapacity"]), int(found["MaxCapacity"]))
        if found is not None
        else (service.scaling.min, service.scaling.max)  # type: ignore[union-attr]
    )
    message = f"autoscaling decides how many tasks of {service.name} run"
    reason = f"It keeps them between {low} and {high}, and would undo any other number."
    if service.scaling is not None or found is None:
        return Failure(
            message,
            reason=reason,
            next_step=f"change min and max of scaling in services/{service.name}/service.yaml and run\n"
            f"python3 orchestrate.py up {environment}",
        )
    wanted = low if wanted is None else wanted
    return Failure(
        message,
        reason=reason,
        next_step="change its bounds:\n"
        f"aws application-autoscaling register-scalable-target --region {region} --service-namespace ecs "
        f"--resource-id {found['ResourceId']} --scalable-dimension {autoscaled.DIMENSION} "
        f"--min-capacity {min(low, wanted)} --max-capacity {max(high, wanted)}",
    )
