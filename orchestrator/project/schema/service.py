"""A service as its service.yaml describes it: one field per key. To add a key, add a field."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from orchestrator.project import smoke_requests
from orchestrator.project.schema.build import COMMAND_RULE, IMAGE_RULE, USER_RULE, Build
from orchestrator.project.schema.containers import (
    BeforeDeploy,
    HealthPath,
    PathPrefixes,
    Ports,
    Route,
    Secrets,
    Sidecar,
    Volume,
)
from orchestrator.project.schema.rules import HIGHEST_PORT, LOWEST_PORT, about, matching
from orchestrator.project.schema.sizing import CAPACITY_RULE, CRON, ZONE, Alarms, Capacity, Scaling
from orchestrator.project.schema.storage import Queue, Storage
from orchestrator.project.schema.types import NO_OTHER_KEYS, Count, Cpu, Memory, Name, Text, Variables, Whole
from orchestrator.project.smoke_requests import SmokeRequest

Kind = Literal["web", "backend", "worker", "job", "sidecar"]
# ECS registers a service with five target groups at most (Amazon ECS developer guide, "Amazon ECS service quotas").
MOST_PORTS = 4
SCHEDULE = rf"cron\({CRON}\)|rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\)"


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What differs in one environment. What is not given stays as it is; of mappings each entry counts by itself."""

    __pydantic_config__ = NO_OTHER_KEYS

    cpu: Annotated[Cpu | None, about("CPU units there")] = None
    memory: Annotated[Memory | None, about("memory there, in MiB")] = None
    count: Annotated[Count | None, about("number of tasks there")] = None
    environment: Annotated[
        Variables, about("variables that are added or replaced there", example="{LOG_LEVEL: debug}")
    ] = field(default_factory=dict)
    secrets: Annotated[Secrets, about("secrets that are added or replaced there")] = field(default_factory=dict)
    scaling: Annotated[Scaling | None, about("scaling there")] = None
    alarms: Annotated[Alarms | None, about("alarms there")] = None
    capacity: Annotated[Annotated[Capacity, *CAPACITY_RULE] | None, about("what tasks run on there")] = None


@dataclass(frozen=True)
class Service:
    """What `service.yaml` says of a service, defaults filled in. `name` and `folder` are those of its folder."""

    __pydantic_config__ = NO_OTHER_KEYS

    name: str
    folder: Path
    paths: Annotated[
        PathPrefixes,
        about(
            "URL paths routed to this service: the path itself and everything below it. `/` takes everything that no "
            "other service claims. The longest matching path wins. The service gets the first one as `BASE_PATH`",
            example="[/api/NAME]",
        ),
    ] = ()
    kind: Annotated[
        Kind,
        about(
            "`web`: reached through the load balancer; `backend`: reached by the services that name it in `calls`; "
            "`worker`: takes messages from a queue of its own; `job`: runs at its `schedule`, and by `run`; "
            "`sidecar`: runs in the tasks of the services that name it in `sidecars`"
        ),
    ] = "web"
    # Without root's rights a container on Fargate cannot bind a lower one, though it can in Docker, which lowers
    # net.ipv4.ip_unprivileged_port_start: https://github.com/aws/containers-roadmap/issues/1721
    port: Annotated[
        Whole,
        about(
            "the port that the container listens on, which without root's rights cannot be a lower one on Fargate",
            low=LOWEST_PORT,
            high=HIGHEST_PORT,
        ),
    ] = 8000
    ports: Annotated[
        Ports,
        Field(json_schema_extra={"maxProperties": MOST_PORTS}),
        about(
            "[further ports](kinds.md#several-ports) that the container listens on, each with paths and a health check "
            f"of its own: up to {MOST_PORTS}",
            example="{9000: {paths: [/admin], health: /ready}}",
        ),
    ] = field(default_factory=dict)
    cpu: Annotated[Cpu, about("Fargate CPU units; 1024 are one vCPU")] = 256
    memory: Annotated[Whole, about("MiB, in a size that Fargate offers for this `cpu`", low=512, high=122880)] = 512
    count: Annotated[Whole, about("number of tasks, spread over the availability zones", low=0, high=100)] = 2
    health: Annotated[HealthPath, about("the path that the load balancer checks on each task")] = "/healthz"
    environment: Annotated[
        Variables, about("plain settings, not secrets; names and values are strings", example="{LOG_LEVEL: info}")
    ] = field(default_factory=dict)
    table: Annotated[
        Literal["none", "read-only", "read-write"],
        about(
            "access to the stories table: `none`, `read-only` (`GetItem`, and `Query` on its index) or `read-write` "
            "(also `PutItem` and `UpdateItem`)"
        ),
    ] = "none"
    secrets: Annotated[
        Secrets,
        about(
            "variables whose values are kept in SSM or Secrets Manager: a parameter's name or ARN, a secret's ARN, or "
            "a mapping. The service's tasks may read exactly these",
            example="{API_KEY: /storyizer/api-key, DB_PASSWORD: {secret: prod/db, key: password}}",
        ),
    ] = field(default_factory=dict)
    calls: Annotated[
        tuple[Name, ...],
        about(
            "services of kind `backend` that this one calls, at `http://NAME:PORT`, which it gets as `NAME_URL`; "
            "others cannot reach them",
            example="[pricing]",
        ),
    ] = ()
    scaling: Annotated[
        Scaling | None,
        about(
            "between how many tasks the service is scaled, and by what, in place of `count`",
            example="{min: 2, max: 10, cpu: 60}",
        ),
    ] = None
    volumes: Annotated[
        Mapping[Name, Volume],
        about(
            "writable folders, for the root file system is read-only, and EFS file systems. Fargate makes a folder "
            "that belongs to root, unless the image declares its path as a `VOLUME` that belongs to the container's "
            "user, as the image of a service without a Dockerfile of its own does",
            example="{scratch: {path: /tmp}}",
        ),
    ] = field(default_factory=dict)
    sidecars: Annotated[
        Mapping[Name, Sidecar],
        about(
            "containers beside the service's own, in one network: each reaches the others at 127.0.0.1. A sidecar is a "
            "folder in `services/` of kind `sidecar`",
            example="{proxy: {memory: 128, before: true}}",
        ),
    ] = field(default_factory=dict)
    storage: Annotated[
        Mapping[Name, Storage],
        about(
            "tables, buckets and queues, encrypted, that the service can use by exactly the `access` that it names",
            example="{uploads: {bucket: {}, access: read-write}}",
        ),
    ] = field(default_factory=dict)
    queue: Annotated[
        Queue | None,
        about(
            "of a worker: the queue that it takes messages from, as `QUEUE_URL`",
            example="{visibility: 120, attempts: 5}",
        ),
    ] = None
    schedule: Annotated[
        Text | None,
        *matching(SCHEDULE, "a schedule", '"cron(0 3 * * ? *)" or "rate(1 hour)"'),
        about(
            "of a job: when it runs, by EventBridge Scheduler; without it only `run` starts it",
            example='"cron(0 3 * * ? *)"',
        ),
    ] = None
    time_zone: Annotated[
        Text, *matching(ZONE, "a time zone", "Europe/Berlin"), about("of a job: time zone of its schedule")
    ] = "UTC"
    retries: Annotated[Whole, about("of a job: how often a run that fails is tried again", low=0, high=10)] = 0
    timeout: Annotated[Whole, about("of a job: seconds after which a run is stopped", low=60, high=604800)] = 3600
    overlap: Annotated[
        Literal["skip", "allow"], about("of a job: whether a run is skipped while the one before has not ended")
    ] = "skip"
    before_deploy: Annotated[
        BeforeDeploy | None,
        about(
            "a command that a task of the [new image](deployment.md#a-task-before-the-rollout) must end with 0 before "
            "the new version is started",
            example="{command: [python3, -m, app.migrate], timeout: 600}",
        ),
    ] = None
    alarms: Annotated[
        Alarms | None, about("alarms by their thresholds", example="{errors: 5, latency: 1.5, rollback: [errors]}")
    ] = None
    capacity: Annotated[
        Annotated[Capacity, *CAPACITY_RULE] | None,
        about(
            "[what tasks run on](capacity.md), where it is not the environment's default: `fargate`; "
            "`fargate_spot`, or `{fargate_spot: {base: 1}}` with that many tasks on demand; `ec2`, instances of your "
            "own; `external`, machines outside AWS",
            example="{fargate_spot: {base: 1}}",
        ),
    ] = None
    smoke: Annotated[
        tuple[SmokeRequest, ...],
        PlainValidator(smoke_requests.read),
        WithJsonSchema(smoke_requests.SCHEMA),
        about(
            "what a new version must answer before it is called live: a list of "
            "[requests](smoke-requests.md); without it each of its paths must answer with 2xx or 3xx"
        ),
    ] = ()
    build: Annotated[
        Build | None,
        about(
            "a Dockerfile with a [context of its own](images.md#a-dockerfile-with-a-context-of-its-own)",
            example="{network: true}",
        ),
    ] = None
    image: Annotated[
        Annotated[Text, *IMAGE_RULE] | None,
        about(
            "an [image that is taken as it is](images.md#an-image-that-is-taken-as-it-is) instead of a build, by tag "
            "or digest: it is mirrored and deployed by its digest",
            example="registry.example.com/team/shop:1.2",
        ),
    ] = None
    command: Annotated[
        Annotated[tuple[Text, ...], *COMMAND_RULE] | None,
        about("what the container runs in place of the image's `CMD`", example="[node, server.js]"),
    ] = None
    user: Annotated[
        Text,
        *USER_RULE,
        about("numeric user and group of the container, whatever the image's `USER` is", example='"1000:1000"'),
    ] = "10001:10001"
    stop_timeout: Annotated[Whole, about("seconds from SIGTERM until the container is killed", low=0, high=120)] = 60
    environments: Annotated[
        Mapping[Text, Overrides],
        about(
            "per environment what differs there: `cpu`, `memory`, `count`, `scaling`, `alarms`, `capacity`, and single "
            "entries of `environment` and `secrets`",
            example="{production: {count: 4}}",
        ),
    ] = field(default_factory=dict)

    @property
    def is_web(self) -> bool:
        """True if the load balancer leads to it."""
        return self.kind == "web"

    @property
    def runs(self) -> bool:
        """True if tasks of it run all the time: an ECS service."""
        return self.kind not in ("job", "sidecar")

    @property
    def listens(self) -> bool:
        """True if it has a port."""
        return self.kind in ("web", "backend")

    @property
    def routes(self) -> tuple[Route, ...]:
        """How the load balancer leads to it, port by port, `port` first; nothing for other kinds than web."""
        if not self.is_web:
            return ()
        further = (Route(number, port.paths, port.health) for number, port in sorted(self.ports.items()))
        return (Route(self.port, self.paths, self.health), *further)

    @property
    def every_path(self) -> tuple[str, ...]:
        """Its paths at all ports, those of `port` first."""
        return (*self.paths, *(path for port in self.ports.values() for path in port.paths))

    @property
    def listens_at(self) -> tuple[int, ...]:
        """Its ports, `port` first; none if it does not listen."""
        return (self.port, *sorted(self.ports)) if self.listens else ()

    def within(self, environment: str | None) -> Service:
        """The service as it is in that environment; without a name, where nothing differs."""
        given = self.environments.get(environment) if environment else None
        if given is None:
            return dataclasses.replace(self, environments={})
        changes: dict[str, Any] = {}
        for item in dataclasses.fields(given):
            value = getattr(given, item.name)
            if isinstance(value, Mapping):
                changes[item.name] = {**getattr(self, item.name), **value}
            elif value is not None:
                changes[item.name] = value
        return dataclasses.replace(self, **changes, environments={})


# Not keys of the file: they follow from where it is.
NOT_KEYS = ("name", "folder")
# What only the orchestrator needs.
NOT_FOR_TERRAFORM = (
    *NOT_KEYS, "ports", "smoke", "build", "image", "environments", "storage", "queue", "table", "before_deploy",
)  # fmt: skip
