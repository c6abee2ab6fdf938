"""ECS services: what MiniStack forgets of them, and answers without an empty network configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from orchestrator.emulator.server.answers import deployments

# What CreateService and UpdateService take, DescribeServices shows, and MiniStack does not keep.
FORGOTTEN = ("placementStrategy", "placementConstraints", "availabilityZoneRebalancing")
CONNECT = "serviceConnectConfiguration"

Answer = tuple[int, dict[str, str], bytes]
Change = Callable[[Mapping[str, Any]], Answer]

# The Service Connect configuration of the deployment that the present request makes: its tasks start before it ends.
_connect: ContextVar[Mapping[str, Any] | None] = ContextVar("connect", default=None)


def without_empty(service: Mapping[str, Any]) -> dict[str, Any]:
    """A service that has no network configuration has no such member: Terraform's provider panics at an empty one."""
    return {name: value for name, value in service.items() if name != "networkConfiguration" or value}


def shown(sanitize: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What turns a record into an answer."""

    def answered(record: Any) -> Any:
        made = sanitize(record)
        return deployments.shown(without_empty(made)) if isinstance(made, dict) and "serviceName" in made else made

    return answered


def deployed(make: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """What makes a deployment's record."""

    def made(*rest: Any, **more: Any) -> dict[str, Any]:
        connect = _connect.get()
        return make(*rest, **more) | ({CONNECT: connect} if connect else {})

    return made


def changing(changed: Callable[[], None]) -> Callable[[Change], Change]:
    """CreateService, UpdateService or DeleteService, keeping what MiniStack forgets. `changed` is called after each."""

    def around(change: Change) -> Change:
        def answered(data: Mapping[str, Any]) -> Answer:
            before = _current(data)
            connect = data.get(CONNECT, before)
            if before is not None and connect != before:
                # As every change of what tasks are started with.
                data = {**data, "forceNewDeployment": True}
            token = _connect.set(connect)
            try:
                status, headers, body = change(data)
            finally:
                _connect.reset(token)
            if status != 200:
                return status, headers, body
            service = json.loads(body)["service"]
            kept = {name: data[name] for name in FORGOTTEN if data.get(name) is not None}
            _record(service["serviceArn"]).update(kept)
            changed()
            return status, headers, json.dumps({"service": service | kept}).encode()

        return answered

    return around


def _current(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The Service Connect configuration of the service that is changed, empty without one, None for a new service."""
    from ministack.services import ecs

    found = ecs._resolve_service_ref(data.get("service", ""))
    service = (
        ecs._services.get(f"{ecs._resolve_cluster_name(data.get('cluster', 'default'))}/{found[0]}") if found else None
    )
    if not service or not service["deployments"]:
        return None
    configuration: Mapping[str, Any] = service["deployments"][0].get(CONNECT) or {}
    return configuration


def _record(arn: str) -> dict[str, Any]:
    from ministack.services import ecs

    return next((service for service in ecs._services.values() if service["serviceArn"] == arn), {})
