"""The container that holds a task's network and volumes, where several containers share them.

A task of one container has none: its network is the container's own, its volumes the engine's anonymous ones.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.emulator.server.tasks import pause

Definition = Mapping[str, Any]

# A container that has ended by itself is there for another while, and its volumes with it.
TRIES, AGAIN_SECONDS = 24, 5.0


@dataclass(frozen=True)
class Companion:
    """The container that runs beside a task's own."""

    container_id: str
    shares_network: bool
    volumes: Mapping[str, str] = field(default_factory=dict)
    """A task's volume => the engine's."""


def is_needed(task: Definition) -> bool:
    """True for a task whose containers share something."""
    return len(task["containerDefinitions"]) > 1 and (shares_network(task) or bool(own_volumes(task)))


def shares_network(task: Definition) -> bool:
    """True for a task with one network interface for all of its containers."""
    return task.get("networkMode") == "awsvpc"


def own_volumes(task: Definition) -> list[str]:
    """The task's volumes that are made with it and are gone with it."""
    return [
        str(volume["name"])
        for volume in task.get("volumes") or []
        if not (volume.get("host") or {}).get("sourcePath") and not volume.get("efsVolumeConfiguration")
    ]


def start(client: Any, task: Definition, name: str, labels: Mapping[str, str], hosts: Mapping[str, str]) -> Companion:
    """Start it. The others join its network by `options`."""
    volumes = {volume: client.volumes.create(labels=dict(labels)).name for volume in own_volumes(task)}
    container = client.containers.run(
        pause.ensure(client), detach=True, name=name, labels=dict(labels), extra_hosts=dict(hosts),
        network_mode="bridge", read_only=True,
    )  # fmt: skip
    return Companion(container.id, shares_network(task), volumes)


def remove(client: Any, beside: Companion) -> None:
    """Remove it and the task's volumes, when the task's containers have let go of them."""
    from docker.errors import APIError, NotFound

    with contextlib.suppress(APIError):
        client.api.remove_container(beside.container_id, force=True)
    for volume in beside.volumes.values():
        for _ in range(TRIES):
            try:
                client.api.remove_volume(volume)
            except NotFound:
                break
            except APIError:
                time.sleep(AGAIN_SECONDS)
            else:
                break


def options(
    built: Mapping[str, Any], definition: Definition, task: Definition, beside: Companion | None
) -> dict[str, Any]:
    """The engine's options for a container with the task's volumes, in the network of the container beside it."""
    own = mounts(definition, task, beside)
    options = {**built, **({"mounts": own} if own else {})}
    if beside is not None and beside.shares_network:
        for name in ("network", "ports", "extra_hosts"):
            options.pop(name, None)
        options["network_mode"] = f"container:{beside.container_id}"
    return options


def mounts(definition: Definition, task: Definition, beside: Companion | None) -> list[dict[str, Any]]:
    """The container's mounts of the task's own volumes, as the engine takes them."""
    own = own_volumes(task)
    return [
        {
            "Type": "volume",
            # Without a name it is the container's own, and gone with it.
            "Source": beside.volumes[mount["sourceVolume"]] if beside is not None else None,
            "Target": mount["containerPath"],
            "ReadOnly": bool(mount.get("readOnly")),
        }
        for mount in definition.get("mountPoints") or []
        if mount.get("sourceVolume") in own
    ]


def owned(mounts: list[dict[str, Any]], declared: Collection[str]) -> list[dict[str, Any]]:
    """The mounts, each with the content and owner that the image gives the path where it declares it as a volume.

    Elsewhere the folder is empty and root's, as on Fargate; the engine would take them from any path of the image.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
    """
    return [{**mount, "VolumeOptions": {"NoCopy": mount["Target"] not in declared}} for mount in mounts]
