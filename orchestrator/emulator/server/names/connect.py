"""Service Connect of the emulated ECS: names are served as services come, change and go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.emulator.server.names import aliases, security_groups
from orchestrator.emulator.server.names.addresses import Addresses
from orchestrator.emulator.server.names.aliases import Alias
from orchestrator.emulator.server.names.forwarding import Forwarding, Place, Targets

logger = logging.getLogger("names")


class Connect:
    """The names of all services in all namespaces."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._forwarding = Forwarding()
        self._is_used = False

    def hosts(self, arn: str) -> dict[str, str]:
        """Name => address, for a task of a service with Service Connect; nothing for other tasks."""
        from ministack.services import ecs

        service = _service_of(ecs._tasks.get(arn) or {})
        if service is None or not aliases.configuration(service):
            return {}
        client, known = ecs._get_docker(), aliases.known(_published(), _namespace(service))
        return {name: self._addresses.of(client, key) for name, key in known.items()}

    def before(self, reconcile: Callable[[], None]) -> Callable[[], None]:
        """What starts the services' tasks after the emulator's own start, with their names there."""

        def reconciled() -> None:
            self.changed()
            reconcile()

        return reconciled

    def changed(self) -> None:
        """Serve what is published now: a service was made, changed or deleted, or all of them were loaded."""
        from ministack.services import ecs

        published = _published()
        if not published and not self._is_used:
            return
        self._is_used = True
        try:
            client = ecs._get_docker()
            places: dict[Place, Targets] = {}
            for alias in published:
                places[self._addresses.of(client, alias.key), alias.port] = _targets(alias)
            self._forwarding.serve(places)
            self._addresses.keep(client, {alias.key for alias in published})
        except Exception as error:
            # Without an engine no task runs that could be reached; what asked for the change has it all the same.
            logger.warning("names of Service Connect: %s", error)


def _published() -> list[Alias]:
    from ministack.services import ecs

    found = []
    for service in list(ecs._services.values()):
        if aliases.configuration(service):
            definition = ecs._task_defs.get(ecs._resolve_td_key(service["taskDefinition"])) or {}
            found += aliases.published(service, definition, _namespace(service))
    return found


def _namespace(service: Mapping[str, Any]) -> str:
    """The name of the service's namespace, which its configuration may name by its ARN, and its cluster may have."""
    from ministack.services import ecs, servicediscovery

    given = str(aliases.configuration(service).get("namespace") or "")
    if not given:
        cluster: Mapping[str, Any] = next(
            (one for one in ecs._clusters.values() if one["clusterArn"] == service["clusterArn"]), {}
        )
        given = str((cluster.get("serviceConnectDefaults") or {}).get("namespace") or "")
    named = [one["Name"] for one in servicediscovery._namespaces.values() if given in (one.get("Arn"), one.get("Id"))]
    return str(named[0]) if named else given


def _targets(alias: Alias) -> Targets:
    from ministack.core.responses import get_account_id, get_region, request_scope

    account, region = get_account_id(), get_region()

    def found(client: str) -> list[Place] | None:
        with request_scope(account, region):
            return _reachable(alias, client)

    return found


def _reachable(alias: Alias, client: str) -> list[Place] | None:
    from ministack.services import ecs

    tasks = list(ecs._tasks.values())
    asking = next((task for task in tasks if _is_at(task, client)), None)
    if asking is None:
        return None
    running = [task for task in tasks if task.get("lastStatus") == "RUNNING"]
    service, server = _service_of(asking), _by_arn(alias.service)
    if service is None or server is None or not aliases.configuration(service):
        return []
    if _namespace(service) != alias.namespace:
        return []
    if not security_groups.allows(_side(service), _side(server), alias.container_port):
        return []
    return [(ecs._task_ip(task), alias.container_port) for task in running if _service_of(task) is server]


def _is_at(task: Mapping[str, Any], address: str) -> bool:
    from ministack.services import ecs

    return task.get("lastStatus") != "STOPPED" and ecs._task_ip(task) == address


def _service_of(task: Mapping[str, Any]) -> Any:
    from ministack.services import ecs

    kind, _, name = str(task.get("group", "")).partition(":")
    if kind != "service":
        return None
    return ecs._services.get(f"{ecs._cluster_name_from_arn(task['clusterArn'])}/{name}")


def _by_arn(arn: str) -> Any:
    from ministack.services import ecs

    return next((service for service in list(ecs._services.values()) if service["serviceArn"] == arn), None)


def _side(service: Mapping[str, Any]) -> security_groups.Side:
    from ministack.services import ec2

    network = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    groups = [ec2._security_groups[one] for one in network.get("securityGroups") or [] if one in ec2._security_groups]
    subnets = [ec2._subnets[one]["CidrBlock"] for one in network.get("subnets") or [] if one in ec2._subnets]
    return security_groups.Side(groups, subnets)
