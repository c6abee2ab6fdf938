"""Deployments of ECS services: how they begin, and what ECS says of one that it gives up.

MiniStack calls the first deployment of a service completed as soon as it is made, and so never gives it up.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.emulator.server.tasks.answering import service_of

IN_PROGRESS = "IN_PROGRESS"
GIVEN_UP = "ECS deployment circuit breaker: tasks failed to start."
# How MiniStack's event of a deployment that is given up ends.
_TRIGGERED = "deployment circuit breaker was triggered."


def begun(make: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """What makes a deployment's record: it is in progress until its tasks are steady, a service's first one too."""

    def made(*rest: Any, **more: Any) -> dict[str, Any]:
        deployment = make(*rest, **more)
        if deployment["status"] == "PRIMARY":
            reason = f"ECS deployment {deployment['id']} in progress."
            deployment |= {"rolloutState": IN_PROGRESS, "rolloutStateReason": reason}
        return deployment

    return made


def given_up(record: Callable[..., None]) -> Callable[..., None]:
    """What counts a task's failure: a deployment that is given up for it says so in ECS's words."""

    def recorded(task: dict[str, Any], *rest: Any, **more: Any) -> None:
        record(task, *rest, **more)
        service = service_of(task)
        found = next((item for item in service.get("deployments", ()) if is_new(item)), None)
        if found is not None:
            for event in service["events"]:
                if event["message"].endswith(_TRIGGERED):
                    event["message"] = message(service["serviceName"], found["id"])
            # Last: whoever sees this sees the event as well.
            found["rolloutStateReason"] = GIVEN_UP

    return recorded


def shown(service: dict[str, Any]) -> dict[str, Any]:
    """What is answered of a service, made of its record at a moment: MiniStack's words may stand there as yet.

    An event without its deployment is left for the next answer.
    """
    failed = next((item for item in service.get("deployments", ()) if item.get("rolloutState") == "FAILED"), None)
    if failed is not None:
        failed["rolloutStateReason"] = GIVEN_UP
    events = service.get("events") or []
    for event in [event for event in events if event["message"].endswith(_TRIGGERED)]:
        if failed is None:
            events.remove(event)
        else:
            event["message"] = message(service["serviceName"], failed["id"])
    return service


def is_new(deployment: Mapping[str, Any]) -> bool:
    """True for a deployment that was given up, and of which that has not been said yet."""
    return deployment.get("rolloutState") == "FAILED" and deployment.get("rolloutStateReason") != GIVEN_UP


def message(service: str, deployment: str) -> str:
    """The event of a deployment that is given up."""
    return f"(service {service}) (deployment {deployment}) deployment failed: tasks failed to start."
