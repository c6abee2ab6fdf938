"""Numbers of tasks in an environment's file (`counts`) that nothing would use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator.errors import Failure
from orchestrator.project import environment as environments
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service


def refuse_unused(environment: Environment, services: Iterable[Service]) -> None:
    """Raise `Failure` for numbers of services whose number of tasks something else decides."""
    reasons = list(unused(environments.settings(environment).get("counts"), services, environment.name))
    if reasons:
        raise Failure(
            f"{environments.where(environment, 'counts')}: counts has numbers that nothing uses",
            reason="\n".join(reasons),
            next_step="take them out of counts; what autoscaling keeps to in one environment stands in the manifest:\n"
            f"environments: {{{environment.name}: {{scaling: {{min: 2, max: 10, cpu: 60}}}}}}",
        )


def unused(counts: Any, services: Iterable[Service], environment: str) -> Iterator[str]:
    """Why each of these numbers would have no effect. Decides only."""
    given: Mapping[str, Any] = counts if isinstance(counts, dict) else {}
    for service in services:
        if service.name not in given:
            continue
        if service.scaling is not None:
            where = manifest.where(service, ("scaling",), environment)
            yield f"{service.name}: autoscaling decides how many tasks run ({where}: scaling)."
        elif not service.runs:
            yield f"{service.name}: a {service.kind} has no number of tasks."
