"""Log events of services and of single tasks, as CloudWatch Logs has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from orchestrator.aws import state
from orchestrator.running.log_line import Event
from orchestrator.target import Target


class Reader:
    """Reads what services wrote."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._seen: set[str] = set()

    def new(self, services: Iterable[str], since_ms: int) -> list[Event]:
        """The events since then that were not read yet, by time."""
        found = []
        for name in services:
            for identity, event in self._events(name, startTime=since_ms):
                if identity not in self._seen:
                    self._seen.add(identity)
                    found.append(event)
        return sorted(found, key=lambda event: event.timestamp)

    def of_tasks(self, service: str, tasks: Sequence[str]) -> list[Event]:
        """All events of the tasks whose ids begin so, by time; none if the service's log is gone."""
        found = (
            event
            for task in tasks
            for _, event in self._events(service, logStreamNamePrefix=f"{service}/{service}/{task}")
            if event.task.startswith(task)  # the emulated one gives those of every task
        )
        return sorted(found, key=lambda event: event.timestamp)

    def _events(self, service: str, **which: Any) -> Iterator[tuple[str, Event]]:
        client = self._target.aws.client("logs")
        group = f"/ecs/{self._target.environment.prefix}/{service}"
        try:
            for page in client.get_paginator("filter_log_events").paginate(logGroupName=group, **which):
                for event in page["events"]:
                    task = event.get("logStreamName", "").rpartition("/")[2]
                    yield event["eventId"], Event(event["timestamp"], service, task, event["message"])
        except client.exceptions.ResourceNotFoundException:
            return  # no task of this service has written anything yet


def failures(target: Target) -> dict[str, dict[str, Any]]:
    """What was written down of each service's last failure, by service (orchestrator/proof/evidence.py)."""
    prefix = f"{target.environment.name}/failures/"
    found = {}
    for key in state.keys(target.aws, prefix):
        value = state.read(target.aws, key)
        if isinstance(value, dict):
            found[key.removeprefix(prefix).removesuffix(".json")] = value
    return found


def last(found: dict[str, dict[str, Any]], service: str | None) -> tuple[str, dict[str, Any]] | None:
    """The service of the last failure and what is known of it; only that of `service` if one is named."""
    wanted = {name: value for name, value in found.items() if service in (None, name)}
    if not wanted:
        return None
    name = max(wanted, key=lambda name: (str(wanted[name].get("at", "")), name))
    return name, wanted[name]
