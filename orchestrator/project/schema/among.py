"""What holds among the services of a checkout: who calls whom, and whose storage is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.project.schema.complaints import Complaint
from orchestrator.project.schema.service import Service
from orchestrator.project.schema.storage import STORIES, Queue, Storage

STORIES_NAME = "stories"


@dataclass(frozen=True)
class Grant:
    """What a service may do with an item of the environment's storage, and the variable that names it to it."""

    item: str
    access: str
    variable: str


def items(services: Sequence[Service]) -> dict[str, Storage]:
    """The storage of the environment, by name: what services describe, workers' queues, and the stories table."""
    found: dict[str, Storage] = {}
    for service in services:
        found |= {name: item for name, item in service.storage.items() if item.of is None}
        if service.kind == "worker":
            found[service.name] = Storage(queue=service.queue or Queue(), access="receive")
    # Manifests from before there was `storage` ask for this table by `table`.
    if STORIES_NAME not in found and any(service.table != "none" for service in services):
        found[STORIES_NAME] = STORIES
    return found


def grants(service: Service) -> list[Grant]:
    """What the service may do with which items."""
    found = [Grant(name, item.access, item.variable_name(name)) for name, item in service.storage.items()]
    if service.kind == "worker":
        found.append(Grant(service.name, "receive", "QUEUE_URL"))
    if service.table != "none" and STORIES_NAME not in service.storage:
        found.append(Grant(STORIES_NAME, service.table, "STORIES_TABLE"))
    return found


def complaints(services: Sequence[Service]) -> Iterator[tuple[str, Complaint]]:
    """What is wrong among them: the service's name, and the complaint."""
    by_name = {service.name: service for service in services}
    owners: dict[str, str] = {}
    for service in services:
        yield from ((service.name, item) for item in _of_calls(service, by_name))
        yield from ((service.name, item) for item in _of_sidecars(service, by_name))
        for name, item in service.storage.items():
            if item.of is None:
                if name in owners or (name in by_name and by_name[name].kind == "worker" and name != service.name):
                    other = owners.get(name, name)
                    text = f"storage {name!r} is also storage of {other}"
                    yield service.name, Complaint(("storage", name), text, "give one of them another name")
                owners[name] = service.name
    known = items(services)
    for service in services:
        for name, item in service.storage.items():
            if item.of is not None:
                yield from ((service.name, found) for found in _of_shared(name, item, known, owners, by_name))


def _of_calls(service: Service, by_name: Mapping[str, Service]) -> Iterator[Complaint]:
    backends = [name for name, other in by_name.items() if other.kind == "backend"]
    for number, name in enumerate(service.calls):
        other = by_name.get(name)
        if other is not None and other.kind == "backend" and name != service.name:
            continue
        what = "itself" if name == service.name else f"{name!r}, and there is no such service"
        if other is not None and name != service.name:
            what = f"{name!r}, which is of kind {other.kind}"
        fix = (
            f"name a service of kind backend: {', '.join(backends)}"
            if backends
            else "there is no service of kind backend"
        )
        yield Complaint(("calls", number), f"'calls' names {what}", fix)


def _of_sidecars(service: Service, by_name: Mapping[str, Service]) -> Iterator[Complaint]:
    known = [name for name, other in by_name.items() if other.kind == "sidecar"]
    for name, item in service.sidecars.items():
        if name not in known:
            what = f"which is of kind {by_name[name].kind}" if name in by_name else "and there is no such service"
            fix = f"name a service of kind sidecar: {', '.join(known)}" if known else "make a folder of kind sidecar"
            yield Complaint(("sidecars", name), f"'sidecars' names {name!r}, {what}", fix)
        for volume in item.mounts:
            if volume not in service.volumes:
                text = f"sidecar {name!r} mounts {volume!r}, which is no volume of {service.name}"
                fix = f"its volumes: {', '.join(service.volumes)}" if service.volumes else "add it to volumes"
                yield Complaint(("sidecars", name, "mounts", volume), text, fix)


def _of_shared(
    name: str, item: Storage, known: Mapping[str, Storage], owners: Mapping[str, str], by_name: Mapping[str, Service]
) -> Iterator[Complaint]:
    place = ("storage", name)
    owner = name if name in by_name and by_name[name].kind == "worker" else owners.get(name)
    if owner is None or owner != item.of:
        text = f"{item.of} has no storage {name!r}"
        fix = f"it is of {owner}: write of: {owner}" if owner else f"known: {', '.join(sorted(known)) or 'none'}"
        yield Complaint((*place, "of"), text, fix)
        return
    is_queue = known[name].queue is not None
    if (item.access in ("send", "receive")) != is_queue:
        fix = "use send or receive" if is_queue else "use read-only or read-write"
        yield Complaint((*place, "access"), f"{name} has no access {item.access}", fix)
