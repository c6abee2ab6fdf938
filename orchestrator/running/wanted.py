"""The services as the checkout asks for them, from its files alone: no plan, no build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.project import tfvars_text
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.project.schema import among, between
from orchestrator.running import capacity

# terraform/environment/services.tf sets these for every task. They follow from what is compared by itself.
MADE_BY_TERRAFORM = frozenset(
    ("AWS_REGION", "BASE_PATH", "ENVIRONMENT", "IMAGE_DIGEST", "PORT", "SERVICE_NAME", "STORIES_TABLE")
)


def made_by_terraform(service: Service) -> frozenset[str]:
    """The variables of the service that Terraform sets: those of every task, of its storage and of what it calls."""
    of_storage = (grant.variable for grant in among.grants(service))
    return MADE_BY_TERRAFORM.union(of_storage, map(between.url_variable, service.calls))


@dataclass(frozen=True)
class Wanted:
    """What the checkout asks for: its manifest, with what the environment's file says otherwise.

    `capacity` is what its tasks run on, in a manifest's words, None where that is not known. `unknown` are the settings
    of that file that are no literals, and so are not compared.
    """

    service: Service
    count: int
    environment: Mapping[str, str] = field(default_factory=dict)
    capacity: str | None = None
    unknown: tuple[str, ...] = ()


def wanted(environment: Environment, services: Sequence[Service]) -> dict[str, Wanted]:
    """Every service of the checkout, by name."""
    text = environment.file.read_text(encoding="utf-8")
    return of(services, {**dict.fromkeys(tfvars_text.assigned(text)), **tfvars_text.values(text)})


def of(services: Sequence[Service], settings: Mapping[str, Any]) -> dict[str, Wanted]:
    """The services with the settings of an environment's file: `counts`, `task_environment` and `capacity_provider`.

    One that is None is there, and no literal.
    """
    counts, variables = settings.get("counts", {}), settings.get("task_environment", {})
    default = settings.get("capacity_provider", capacity.DEFAULT)
    unknown = tuple(
        name
        for name, value, kind in (
            ("counts", counts, dict), ("task_environment", variables, dict), ("capacity_provider", default, str),
        )
        if not isinstance(value, kind)
    )  # fmt: skip
    counts = counts if isinstance(counts, dict) else {}
    variables = variables if isinstance(variables, dict) else {}
    used = {name for service in services for name in service.sidecars}
    return {
        service.name: Wanted(
            service,
            int(counts.get(service.name, service.count)),
            {**service.environment, **{name: text(value) for name, value in variables.items()}},
            capacity.asked(service, default),
            unknown,
        )
        for service in services
        if service.kind != "sidecar" or service.name in used
    }


def text(value: Any) -> str:
    """A literal as Terraform makes a string of it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
