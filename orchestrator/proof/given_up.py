"""Deployments that ECS has given up: it starts no task for them any more, and an apply of the same content changes
nothing that would make it. They are started again, once in each deploy.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.console import Console
from orchestrator.proof import rollout
from orchestrator.proof.rollout import Observation, Observer
from orchestrator.target import Target

# With no task and nothing that has happened for so long, ECS waits before it tries again: at last half an hour.
STILL = timedelta(seconds=60)


def deployment(seen: Observation, now: datetime) -> str:
    """The id of the deployment that ECS steers to if it starts no task for it by itself, else empty. Decides only."""
    primary, service = seen.primary, seen.service
    if primary.get("rolloutState") == "FAILED":
        return str(primary.get("id", ""))
    has_tasks = seen.tasks or service.get("runningCount") or service.get("pendingCount")
    changed = primary.get("updatedAt")
    if not service.get("desiredCount") or has_tasks or changed is None or now - changed < STILL:
        return ""
    return str(primary.get("id", ""))


def look(target: Target, names: Iterable[str]) -> dict[str, str]:
    """Per service whose deployment was given up: the deployment's id."""
    observer, found = Observer(target), {}
    for name, service in rollout.services(target, names).items():
        # Its tasks are asked for only where it seems to have none.
        if deployment(Observation(service), datetime.now(UTC)):
            found[name] = deployment(observer.observe(name), datetime.now(UTC))
    return {name: identity for name, identity in found.items() if identity}


def start_again(target: Target, before: Mapping[str, str], proven: Collection[str], console: Console) -> dict[str, str]:
    """Force a new deployment of those that were given up `before` and still are; per service the deployment's id.

    One that an apply has put another in the place of is none of them. `proven` are the services that have been live.
    """
    now = look(target, before) if before else {}
    again = {name: identity for name, identity in now.items() if before[name] == identity}
    services = rollout.services(target, again)
    for name in sorted(again):
        console.say(words(name, services.get(name, {}), proven))
        target.aws.client("ecs").update_service(
            cluster=target.environment.prefix, service=name, forceNewDeployment=True
        )
    return again


def words(name: str, service: Mapping[str, Any], proven: Collection[str]) -> str:
    """What is done, and why, in one line."""
    if Observation(service).primary.get("rolloutState") == "FAILED":
        return f"ECS gave up the {'' if name in proven else 'first '}deployment of {name}; started again"
    return f"{name} has no task, and ECS starts none; its deployment is started again"
