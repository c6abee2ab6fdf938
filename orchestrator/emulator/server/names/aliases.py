"""Which names a service publishes, and which it knows, from its Service Connect configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Alias:
    """A name and port at which clients in a namespace reach a service."""

    namespace: str
    name: str
    port: int
    service: str
    """The ARN of the service that publishes it."""
    container_port: int

    @property
    def key(self) -> str:
        """What has an address of its own: the same name may stand for another service in another namespace."""
        return f"{self.namespace}/{self.name}"


def configuration(service: Record) -> Record:
    """The Service Connect configuration of an active service, empty if it takes no part."""
    deployments = service.get("deployments") or [{}]
    found: Record = deployments[0].get("serviceConnectConfiguration") or {}
    return found if found.get("enabled") and service.get("status") == "ACTIVE" else {}


def published(service: Record, definition: Record, namespace: str) -> list[Alias]:
    """What a service publishes. `definition`: of its tasks; `namespace`: the name of the namespace that it is in."""
    ports = {
        mapping["name"]: int(mapping["containerPort"])
        for container in definition.get("containerDefinitions") or []
        for mapping in container.get("portMappings") or []
        if mapping.get("name")
    }
    found = []
    for each in configuration(service).get("services") or []:
        port = ports.get(each["portName"])
        if port is None:
            continue
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectClientAlias.html
        default = f"{each.get('discoveryName') or each['portName']}.{namespace}"
        for client in each.get("clientAliases") or [{"port": port}]:
            name = client.get("dnsName") or default
            found.append(Alias(namespace, name, int(client["port"]), service["serviceArn"], port))
    return found


def known(aliases: Iterable[Alias], namespace: str) -> dict[str, str]:
    """Name => key of what has its address, for a service in the namespace."""
    return {alias.name: alias.key for alias in aliases if alias.namespace == namespace}
