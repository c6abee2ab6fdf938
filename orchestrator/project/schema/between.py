"""What holds between the keys of one manifest, each of them right by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from orchestrator.project.schema import describe
from orchestrator.project.schema.complaints import Complaint, Place
from orchestrator.project.schema.rules import RESERVED_VARIABLES, size_problem
from orchestrator.project.schema.service import MOST_PORTS, Service
from orchestrator.project.schema.sizing import EXTERNAL, Alarms, Capacity, Scaling, ScalingTime
from orchestrator.project.schema.storage import Storage

# Keys that only services of these kinds have.
KINDS: Mapping[str, tuple[str, ...]] = {
    "paths": ("web",),
    "health": ("web",),
    "ports": ("web",),
    "smoke": ("web",),
    "port": ("web", "backend"),
    "count": ("web", "backend", "worker"),
    "scaling": ("web", "backend", "worker"),
    "queue": ("worker",),
    "schedule": ("job",),
    "time_zone": ("job",),
    "retries": ("job",),
    "timeout": ("job",),
    "overlap": ("job",),
    # A task that RunTask starts knows no names of Service Connect.
    "calls": ("web", "backend", "worker"),
    **dict.fromkeys(
        ("cpu", "memory", "sidecars", "volumes", "storage", "table", "alarms", "capacity", "before_deploy"),
        ("web", "backend", "worker", "job"),
    ),
}
WHY = {
    "web": "only a service of kind web is behind the load balancer",
    "worker": "only a service of kind worker takes messages from a queue of its own",
    "job": "only a job runs at times",
}
# What of scaling and alarms is measured for which kinds.
MEASURED = {
    "requests": ("web",), "backlog": ("worker",), "errors": ("web",), "latency": ("web",), "unhealthy": ("web",),
    "queue_age": ("worker",), "dead_letters": ("worker",),
}  # fmt: skip
_TABLE, _BUCKET, _QUEUE = "table", "bucket", "queue"
# A worker's queue is named after it, and queues, tables and buckets share their names.
LONGEST_WORKER_NAME = 20


def complaints(service: Service, given: Set[str]) -> Iterator[Complaint]:
    """What is wrong with a service whose manifest has the keys that are `given`."""
    yield from _of_kind(service, given)
    yield from _of_ports(service)
    yield from _of_scaling(service)
    yield from _of_capacity(service)
    yield from _of_count(service, given)
    yield from _of_variables(service)
    for name, item in service.storage.items():
        yield from _of_storage(name, item)
    if service.kind == "worker" and len(service.name) > LONGEST_WORKER_NAME:
        text = f"the name of a worker has at most {LONGEST_WORKER_NAME} characters, for its queue is named after it"
        yield Complaint(("kind",), text, "give its folder a shorter name")
    if "time_zone" in given and service.schedule is None and service.kind == "job":
        yield Complaint(
            ("time_zone",), "'time_zone' is of a schedule, and there is none", "add a schedule, or remove it"
        )


def _of_kind(service: Service, given: Set[str]) -> Iterator[Complaint]:
    for key, kinds in KINDS.items():
        if key in given and service.kind not in kinds:
            reason = WHY.get(kinds[0], "") if len(kinds) == 1 else f"it is for {' and '.join(kinds)}"
            text = f"{key!r} does not fit kind: {service.kind}"
            fix = f"{reason}: remove it, or write kind: {kinds[0]}"
            yield Complaint((key,), text, fix)
    if service.kind == "web" and not service.paths and "paths" not in given:
        yield Complaint((), "the key 'paths' is missing", "add `paths: [/api/NAME]`, or `kind: backend`, worker or job")


def _of_ports(service: Service) -> Iterator[Complaint]:
    if service.port in service.ports:
        text = f"port {service.port} stands in 'ports', and it is the service's 'port'"
        yield Complaint(("ports", service.port), text, "use another port, or move its paths to the service's 'paths'")
    for number in list(service.ports)[MOST_PORTS:]:
        text = f"port {number} is one too many: ECS registers a service with {MOST_PORTS + 1} target groups at most"
        fix = f"keep {MOST_PORTS} further ports: serve its paths at another port, or by a service of their own"
        yield Complaint(("ports", number), text, fix)


def _of_scaling(service: Service) -> Iterator[Complaint]:
    for place, scaling, alarms in _settings(service):
        if scaling is not None:
            at: Place = (*place, "scaling")
            limits: list[tuple[Place, Scaling | ScalingTime]] = [(at, scaling)]
            limits += [((*at, "schedule", number), item) for number, item in enumerate(scaling.schedule)]
            for here, item in limits:
                if item.min > item.max:
                    yield Complaint((*here, "min"), f"min {item.min} is more than max {item.max}", "exchange them")
            by = [name for name in ("cpu", "memory", "requests", "backlog") if getattr(scaling, name) is not None]
            if not by and not scaling.schedule:
                fix = "add cpu, memory, requests, backlog or schedule"
                yield Complaint(at, "scaling says not by what", fix)
            if scaling.backlog is not None and any(item.min < 1 for _, item in limits):
                fix = "use a min of 1 or more"
                yield Complaint(
                    (*at, "min"), "scaling by backlog divides it by the tasks: it cannot begin with none", fix
                )
            yield from _measured(service, at, by)
        if alarms is not None:
            at = (*place, "alarms")
            names = [key for key in describe.keys(Alarms) if key != "rollback" and getattr(alarms, key) is not None]
            yield from _measured(service, at, names)
            for number, name in enumerate(alarms.rollback):
                if name not in names:
                    text = f"'rollback' names {name!r}, which has no threshold"
                    yield Complaint((*at, "rollback", number), text, f"add {name}: to alarms, or leave it out")


def _of_count(service: Service, given: Set[str]) -> Iterator[Complaint]:
    """What is scaled has no number of its own."""
    text = "'count' and 'scaling' both say how many tasks run"
    if service.scaling is not None and "count" in given:
        yield Complaint(("count",), text, "remove count: scaling begins with its min")
    for name, other in service.environments.items():
        if other.count is not None and (other.scaling or service.scaling) is not None:
            yield Complaint(("environments", name, "count"), text, f"set scaling of {name} instead: min and max")


def _settings(service: Service) -> Iterator[tuple[Place, Scaling | None, Alarms | None]]:
    yield (), service.scaling, service.alarms
    for name, other in service.environments.items():
        yield ("environments", name), other.scaling, other.alarms


def _measured(service: Service, place: Place, names: list[str]) -> Iterator[Complaint]:
    for name in names:
        kinds = MEASURED.get(name, (service.kind,))
        if service.kind not in kinds:
            text = f"{name!r} is measured only for kind: {kinds[0]}, and this is kind: {service.kind}"
            yield Complaint((*place, name), text, "remove it")


def capacities(service: Service) -> Iterator[tuple[Place, Capacity]]:
    """Every capacity that the manifest names, and where."""
    for place, capacity in (
        (("capacity",), service.capacity),
        *((("environments", name, "capacity"), other.capacity) for name, other in service.environments.items()),
    ):
        if capacity is not None:
            yield place, capacity


def _of_capacity(service: Service) -> Iterator[Complaint]:
    for place, capacity in capacities(service):
        name = ".".join(map(str, place))
        if capacity.base and service.kind == "job":
            text = f"{name!r} has a base, and each run of a job is one task: every run would be on demand"
            yield Complaint(place, text, "write fargate_spot, or fargate")
        if capacity.kind == EXTERNAL:
            yield from _of_external(service, place, name)


def _of_external(service: Service, place: Place, name: str) -> Iterator[Complaint]:
    """Machines outside AWS are in no VPC: a task there has no network interface of its own."""
    if service.listens:
        text = f"{name!r} is external, which does not fit kind: {service.kind}"
        why = "neither a load balancer nor Service Connect reaches machines outside AWS"
        yield Complaint(place, text, f"{why}: use fargate, fargate_spot or ec2, or move the work to a worker or a job")
    if service.calls:
        fix = (
            "send to a queue instead (storage: {NAME: {of: WORKER, access: send}}), or use fargate, fargate_spot or ec2"
        )
        yield Complaint(("calls",), f"{name!r} is external, and there 'calls' reaches nothing: no Service Connect", fix)
    if service.sidecars:
        text = f"{name!r} is external, where containers do not reach each other at 127.0.0.1: no sidecars"
        yield Complaint(("sidecars",), text, "remove them, or use fargate, fargate_spot or ec2")
    for volume, item in service.volumes.items():
        if item.file_system is not None:
            text = f"{name!r} is external, and EFS cannot be mounted outside AWS"
            fix = "keep the files in a bucket (storage), or use fargate, fargate_spot or ec2"
            yield Complaint(("volumes", volume, "file_system"), text, fix)


def _of_variables(service: Service) -> Iterator[Complaint]:
    """No variable is set in two ways."""
    own = {item.variable_name(name): "storage" for name, item in service.storage.items()}
    own |= {url_variable(name): "calls" for name in service.calls}
    if service.kind == "worker":
        own["QUEUE_URL"] = "queue"
    for name in sorted(service.secrets.keys() & service.environment.keys()):
        yield Complaint(("secrets", name), f"{name} stands in both 'environment' and 'secrets'", "keep one of them")
    for name in sorted((service.secrets.keys() | service.environment.keys()) & own.keys()):
        where = "secrets" if name in service.secrets else "environment"
        text = f"{name!r} is also set by {own[name]}"
        yield Complaint((where, name), text, "choose another name")
    for key, item in service.storage.items():
        if item.variable in RESERVED_VARIABLES - {"STORIES_TABLE"}:
            text = f"storage sets {item.variable}, which Terraform sets"
            yield Complaint(("storage", key, "variable"), text, "choose another name")


def url_variable(name: str) -> str:
    """The variable that holds the address of a service that is called."""
    return f"{name.upper().replace('-', '_')}_URL"


def _of_storage(name: str, item: Storage) -> Iterator[Complaint]:
    place = ("storage", name)
    kinds = [kind for kind in (_TABLE, _BUCKET, _QUEUE) if getattr(item, kind) is not None]
    if item.of is not None and kinds:
        text = f"storage {name!r} is said to be of {item.of} and is described here too"
        yield Complaint((*place, "of"), text, f"describe it in services/{item.of} alone")
    elif item.of is None and len(kinds) != 1:
        what = "not what it is" if not kinds else f"it is {' and '.join(kinds)} at once"
        yield Complaint(place, f"storage {name!r} says {what}", "give it one of table, bucket, queue, or of: SERVICE")
    elif kinds and (item.access in ("send", "receive")) != (kinds[0] == _QUEUE):
        fix = "use send or receive" if kinds[0] == _QUEUE else "use read-only or read-write"
        yield Complaint((*place, "access"), f"a {kinds[0]} has no access {item.access}", fix)
    if item.table is not None and item.table.counted_by is not None and item.table.counted_by not in item.table.indexes:
        text = f"'counted_by' names {item.table.counted_by!r}, which is no index of the table"
        yield Complaint((*place, "table", "counted_by"), text, "name one of its indexes")


def sizes(values: Mapping[str, Any], without: Set[str]) -> Iterator[Complaint]:
    """Whether Fargate has tasks of the sizes that are asked for, in each environment."""
    if without & {"cpu", "memory"}:
        return
    defaults = {name: key.default for name, key in describe.keys(Service).items()}
    usual = {name: values.get(name, defaults[name]) for name in ("cpu", "memory")}
    asked: dict[tuple[str, ...], dict[str, int]] = {(): {name: values[name] for name in usual if name in values}}
    if "environments" not in without:
        for environment, given in values.get("environments", {}).items():
            asked["environments", environment] = {name: given[name] for name in usual if name in (given or {})}
    for place, given in asked.items():
        problem = size_problem(**{**usual, **given}) if given else None
        if problem:
            first = next(name for name in (asked[place] if place else values) if name in usual)
            yield Complaint((*place, first), *problem)
