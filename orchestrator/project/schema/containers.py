"""What a task's containers are given, where they are reached, and what stands beside them: secrets, ports, sidecars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from orchestrator.project.routing import ROOT_PATH
from orchestrator.project.schema.rules import (
    PATH_RULE,
    PATHS_RULE,
    PORT_RULE,
    URL_PATH,
    about,
    matching,
    wrong,
)
from orchestrator.project.schema.types import (
    NO_OTHER_KEYS,
    Flag,
    Name,
    Seconds,
    Text,
    VariableName,
    Variables,
    Whole,
    Words,
)

# Without a / it is at the root of the hierarchy, and nothing is below it.
PARAMETER = r"(/[A-Za-z0-9_.-]+)+|[A-Za-z0-9_.-]+|arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9_./-]+"
SECRET = r"[A-Za-z0-9/_+=.@-]{1,512}|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+"
KMS_KEY = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+"
FOLDER = r"/[^:]+"
FILE_SYSTEM, ACCESS_POINT, SECURITY_GROUP = r"fs-[0-9a-f]+", r"fsap-[0-9a-f]+", r"sg-[0-9a-f]+"
_SECRETS_MANAGER = ":secretsmanager:"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """Where a secret is kept: an SSM parameter, or a secret of Secrets Manager and perhaps one key of its JSON."""

    __pydantic_config__ = NO_OTHER_KEYS

    parameter: Annotated[
        Text | None,
        *matching(PARAMETER, "a name or ARN of an SSM parameter", "/storyizer/api-key"),
        about("SSM parameter, by its name (with its leading /, if it has one) or ARN", example="/storyizer/api-key"),
    ] = None
    secret: Annotated[
        Text | None,
        *matching(SECRET, "a name or ARN of a secret", "prod/db"),
        about("Secrets Manager secret, by its name or ARN", example="prod/db"),
    ] = None
    key: Annotated[Text | None, about("which key of the secret's JSON; without it the whole secret")] = None
    kms_key: Annotated[
        Text | None,
        *matching(KMS_KEY, "the ARN of a KMS key", "arn:aws:kms:us-east-1:111122223333:key/ID"),
        about("ARN of the KMS key that encrypts it, needed only where it is in another account"),
    ] = None


def _from_text(value: Any) -> Any:
    """A secret can be written as one text: the parameter, or the ARN of a secret."""
    if isinstance(value, str):
        return {"secret": value} if _SECRETS_MANAGER in value else {"parameter": value}
    if isinstance(value, dict) and ("parameter" in value) == ("secret" in value):
        both = "both a parameter and a secret" if "secret" in value else "neither a parameter nor a secret"
        wrong(f"{{label}} names {both}", "write one of them, parameter: /NAME or secret: NAME")
    if isinstance(value, dict) and "key" in value and "parameter" in value:
        wrong("{label} asks for a key of a parameter", "leave the key out: only secrets of Secrets Manager have keys")
    return value


_SECRET_SHAPE = {
    "anyOf": [
        {"type": "string", "pattern": f"^({PARAMETER}|{SECRET.partition('|')[2]})$"},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "parameter": {"type": "string", "pattern": f"^({PARAMETER})$"},
                "kms_key": {"type": "string", "pattern": f"^({KMS_KEY})$"},
            },
            "required": ["parameter"],
        },
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "secret": {"type": "string", "pattern": f"^({SECRET})$"},
                "key": {"type": "string"},
                "kms_key": {"type": "string", "pattern": f"^({KMS_KEY})$"},
            },
            "required": ["secret"],
        },
    ]
}
Secrets = Mapping[VariableName, Annotated[Secret, BeforeValidator(_from_text), WithJsonSchema(_SECRET_SHAPE)]]


PathPrefixes = Annotated[tuple[Annotated[str, *PATH_RULE], ...], *PATHS_RULE]
HealthPath = Annotated[Text, *matching(URL_PATH, "a path", "/healthz")]


@dataclass(frozen=True, kw_only=True)
class Port:
    """A further port of the service's container, and what the load balancer sends to it."""

    __pydantic_config__ = NO_OTHER_KEYS

    paths: Annotated[
        PathPrefixes, about("URL paths routed to this port, as `paths` of the service", example="[/admin]")
    ]
    health: Annotated[HealthPath, about("the path that the load balancer checks at this port of each task")] = (
        "/healthz"
    )


Ports = Mapping[Annotated[int, *PORT_RULE], Port]


@dataclass(frozen=True)
class Route:
    """One port of a service with its paths, and the path of its health check: a target group and its rules."""

    port: int
    paths: tuple[str, ...]
    health: str

    @property
    def is_default(self) -> bool:
        """True if it takes what no other service claims."""
        return ROOT_PATH in self.paths


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A folder that a container can write to, empty at each start, or an EFS file system."""

    __pydantic_config__ = NO_OTHER_KEYS

    path: Annotated[
        Text, *matching(FOLDER, "a path", "/tmp/scratch"), about("where the container finds it", example="/tmp/scratch")
    ]
    file_system: Annotated[
        Text | None,
        *matching(FILE_SYSTEM, "the id of an EFS file system", "fs-0123456789abcdef0"),
        about("id of an EFS file system"),
    ] = None
    access_point: Annotated[
        Text | None,
        *matching(ACCESS_POINT, "the id of an EFS access point", "fsap-0123456789abcdef0"),
        about("id of its access point"),
    ] = None
    file_system_security_group: Annotated[
        Text | None,
        *matching(SECURITY_GROUP, "the id of a security group", "sg-0123456789abcdef0"),
        about("security group of its mount targets, which is opened to the tasks"),
    ] = None
    read_only: Annotated[Flag, about("of a file system: nothing is written to it")] = False


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """How a service uses a sidecar. What the sidecar is says the manifest of its own folder, of kind sidecar."""

    __pydantic_config__ = NO_OTHER_KEYS

    environment: Annotated[Variables, about("variables that are added to the sidecar's own, or replace them")] = field(
        default_factory=dict
    )
    cpu: Annotated[Whole | None, about("CPU units of the task's that are reserved for it", low=1, high=16384)] = None
    memory: Annotated[Whole | None, about("MiB of the task's that it has at most", low=6, high=122880)] = None
    essential: Annotated[Flag, about("the task ends when it ends")] = True
    before: Annotated[
        Flag, about("the service's container starts after it: once it has started or, if not essential, ended with 0")
    ] = False
    mounts: Annotated[
        Mapping[Name, Text], about("volumes of the service: name => path in the sidecar", example="{scratch: /scratch}")
    ] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BeforeDeploy:
    """A task of the new image that must end with 0 before the new version is started."""

    __pydantic_config__ = NO_OTHER_KEYS

    command: Annotated[
        Words, about("the command with its arguments", example="[python3, -m, app.migrate]", min_length=1)
    ]
    timeout: Annotated[Seconds, about("seconds that it may take")] = 600
