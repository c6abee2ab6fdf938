"""What runs in the environment: its ECS services with their task definitions, in a few calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.verify.asking import Missing, Unread, ask
from orchestrator.verify.network.model import Tasks

AT_ONCE = 8
# ECS describes so many services in one call.
_AT_A_TIME = 10
_FARGATE = frozenset({"FARGATE", "FARGATE_SPOT"})


@dataclass(frozen=True)
class Running:
    """An ECS service and the task definition that it runs."""

    name: str
    service: Mapping[str, Any]
    definition: Mapping[str, Any] = field(default_factory=dict)

    @property
    def containers(self) -> Sequence[Mapping[str, Any]]:
        """Its containers, the service's own among them."""
        found: Sequence[Mapping[str, Any]] = self.definition.get("containerDefinitions", ())
        return found

    @property
    def on_fargate(self) -> bool:
        """True if its tasks have network interfaces of their own, by which ECS pulls images for them."""
        providers = {item["capacityProvider"] for item in self.service.get("capacityProviderStrategy") or ()}
        return providers <= _FARGATE if providers else self.service.get("launchType", "FARGATE") == "FARGATE"

    @property
    def tasks(self) -> Tasks:
        """Where its tasks begin from."""
        placed = self.service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        return Tasks(
            self.name, tuple(placed.get("subnets", ())), frozenset(placed.get("securityGroups", ())),
            placed.get("assignPublicIp") == "ENABLED",
        )  # fmt: skip

    @property
    def target_groups(self) -> dict[int, str]:
        """Per port of the container the target group that leads to it."""
        found = self.service.get("loadBalancers") or ()
        return {int(item["containerPort"]): item["targetGroupArn"] for item in found if item.get("targetGroupArn")}

    @property
    def roles(self) -> dict[str, str]:
        """Its roles' ARNs by what they are for: `execution` and `task`."""
        given = {"execution": self.definition.get("executionRoleArn"), "task": self.definition.get("taskRoleArn")}
        return {what: str(arn) for what, arn in given.items() if arn}


def read(aws: Aws, names: Collection[str]) -> list[Running] | Unread:
    """Those of the services that are active; none where there is no cluster."""
    client, wanted = aws.client("ecs"), sorted(names)
    batches = [wanted[at : at + _AT_A_TIME] for at in range(0, len(wanted), _AT_A_TIME)]
    found: list[Mapping[str, Any]] = []
    for batch in batches:
        told = ask(
            "ECS services",
            lambda batch=batch: client.describe_services(cluster=aws.environment.prefix, services=batch)["services"],  # type: ignore[misc]
            "ClusterNotFoundException",
        )
        if isinstance(told, Unread):
            return told
        if not isinstance(told, Missing):
            found += [item for item in told if item.get("status") == "ACTIVE"]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        definitions = list(pool.map(lambda item: _definition(aws, str(item["taskDefinition"])), found))
    unread = next((item for item in definitions if isinstance(item, Unread)), None)
    return unread or [
        Running(str(item["serviceName"]), item, {} if isinstance(told, Unread | Missing) else told)
        for item, told in zip(found, definitions, strict=True)
    ]


def _definition(aws: Aws, arn: str) -> Mapping[str, Any] | Unread | Missing:
    def call() -> Mapping[str, Any]:
        told: Mapping[str, Any] = aws.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
        return told

    return ask("task definitions", call)
