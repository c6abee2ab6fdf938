"""A service as its service.yaml describes it: one field per key. To add a key, add a field."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, PlainValidator, Strict, WithJsonSchema

from orchestrator.project import smoke_requests
from orchestrator.project.schema.rules import (
    CPU_RULE,
    PATH_RULE,
    PATHS_RULE,
    ROOT_PATH,
    URL_PATH,
    VARIABLE_NAME_RULE,
    VARIABLE_RULE,
    key,
    listener_priority,
    matching,
)
from orchestrator.project.smoke_requests import SmokeRequest

# Types of values. Strict: YAML has said already what is a number, and nothing is turned into something else.
Whole = Annotated[int, Strict()]
Text = Annotated[str, Strict()]
Cpu = Annotated[Whole, *CPU_RULE]
Memory = Annotated[Whole, key("", low=512, high=122880)]
Count = Annotated[Whole, key("", low=0, high=100)]
Variables = Mapping[Annotated[str, *VARIABLE_NAME_RULE], Annotated[Text, *VARIABLE_RULE]]

NO_OTHER_KEYS = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What differs in one environment. What is not given stays as it is; of mappings each entry counts by itself."""

    __pydantic_config__ = NO_OTHER_KEYS

    cpu: Annotated[Cpu | None, key("CPU units there")] = None
    memory: Annotated[Memory | None, key("memory there, in MiB")] = None
    count: Annotated[Count | None, key("number of tasks there")] = None
    environment: Annotated[
        Variables, key("variables that are added or replaced there", example="{LOG_LEVEL: debug}")
    ] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """What `service.yaml` says of a service, defaults filled in. `name` and `folder` are those of its folder."""

    __pydantic_config__ = NO_OTHER_KEYS

    name: str
    folder: Path
    paths: Annotated[
        tuple[Annotated[str, *PATH_RULE], ...],
        *PATHS_RULE,
        key(
            "URL paths routed to this service: the path itself and everything below it. `/` takes everything that no "
            "other service claims. The longest matching path wins. The service gets the first one as `BASE_PATH`",
            example="[/api/NAME]",
        ),
    ]
    port: Annotated[Whole, key("the port that the container listens on", low=1024, high=65535)] = 8000
    cpu: Annotated[Cpu, key("Fargate CPU units; 1024 are one vCPU")] = 256
    memory: Annotated[Whole, key("MiB, in a size that Fargate offers for this `cpu`", low=512, high=122880)] = 512
    count: Annotated[Whole, key("number of tasks, spread over the availability zones", low=0, high=100)] = 2
    health: Annotated[
        Text, *matching(URL_PATH, "a path", "/healthz"), key("the path that the load balancer checks on each task")
    ] = "/healthz"
    environment: Annotated[
        Variables, key("plain settings, not secrets; names and values are strings", example="{LOG_LEVEL: info}")
    ] = field(default_factory=dict)
    table: Annotated[
        Literal["none", "read-only", "read-write"],
        key(
            "access to the stories table: `none`, `read-only` (`GetItem`, and `Query` on its index) or `read-write` "
            "(also `PutItem` and `UpdateItem`)"
        ),
    ] = "none"
    smoke: Annotated[
        tuple[SmokeRequest, ...],
        PlainValidator(smoke_requests.read),
        WithJsonSchema(smoke_requests.SCHEMA),
        key(
            "what a new version must answer before it is called live: a list of "
            "[requests](configuration.md#smoke-requests); without it each of its paths must answer with 2xx or 3xx"
        ),
    ] = ()
    environments: Annotated[
        Mapping[Text, Overrides],
        key(
            "per environment what differs there: `cpu`, `memory`, `count`, and single variables of `environment`",
            example="{production: {count: 4}}",
        ),
    ] = field(default_factory=dict)

    @property
    def is_default(self) -> bool:
        """True if it takes what no other service claims."""
        return ROOT_PATH in self.paths

    @property
    def rules(self) -> dict[str, int]:
        """The load balancer's rules: path => priority."""
        return {path: listener_priority(path) for path in self.paths if path != ROOT_PATH}

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
NOT_FOR_TERRAFORM = (*NOT_KEYS, "smoke", "environments")
