"""How many tasks there are, on what they run, and when somebody is to be woken: scaling, capacity and alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from orchestrator.project.schema.rules import WRITTEN, about, kind, matching, wrong
from orchestrator.project.schema.types import NO_OTHER_KEYS, Count, Percent, Text, Whole

# minute, hour, day of month, month, day of week, year; one of the two days is "?".
CRON = r"\S+( \S+){5}"
ZONE = r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*"
AlarmName = Literal["errors", "latency", "unhealthy", "cpu", "memory", "queue_age", "dead_letters"]


@dataclass(frozen=True, kw_only=True)
class ScalingTime:
    """Other limits from a time on."""

    __pydantic_config__ = NO_OTHER_KEYS

    cron: Annotated[
        Text,
        *matching(CRON, "a cron expression of six fields", '"0 8 ? * MON-FRI *"'),
        about("when: minute hour day month weekday year, one of the days is ?", example='"0 8 ? * MON-FRI *"'),
    ]
    min: Annotated[Count, about("tasks at least from then on")]
    max: Annotated[Count, about("tasks at most from then on")]
    time_zone: Annotated[Text, *matching(ZONE, "a time zone", "Europe/Berlin"), about("time zone of the time")] = "UTC"


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Between how many tasks a service is scaled, and by what. It replaces `count`."""

    __pydantic_config__ = NO_OTHER_KEYS

    min: Annotated[Count, about("tasks at least")]
    max: Annotated[Count, about("tasks at most", low=1)]
    cpu: Annotated[Percent | None, about("average CPU to keep to, in percent")] = None
    memory: Annotated[Percent | None, about("average memory to keep to, in percent")] = None
    requests: Annotated[Whole | None, about("requests per task and minute to keep to (web)", low=1, high=1000000)] = (
        None
    )
    backlog: Annotated[Whole | None, about("messages that wait per task to keep to (worker)", low=1, high=1000000)] = (
        None
    )
    schedule: Annotated[
        tuple[ScalingTime, ...],
        about("other limits from a time on", example='[{cron: "0 8 ? * MON-FRI *", min: 4, max: 10}]'),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """Thresholds of the service's alarms, which go to the environment's `alarm_topic_arns`."""

    __pydantic_config__ = NO_OTHER_KEYS

    errors: Annotated[Whole | None, about("answers with 5xx per minute (web)", low=1, high=1000000)] = None
    latency: Annotated[float | None, about("seconds that 99 % of the answers take at most (web)")] = None
    unhealthy: Annotated[Whole | None, about("unhealthy targets (web)", low=1, high=100)] = None
    cpu: Annotated[Percent | None, about("average CPU in percent")] = None
    memory: Annotated[Percent | None, about("average memory in percent")] = None
    queue_age: Annotated[Whole | None, about("seconds that the oldest message waits (worker)", low=1, high=1209600)] = (
        None
    )
    dead_letters: Annotated[Whole | None, about("messages in the dead-letter queue (worker)", low=1, high=1000000)] = (
        None
    )
    rollback: Annotated[
        tuple[AlarmName, ...],
        about("which of them end a deployment while it lasts; ECS then goes back", example="[errors]"),
    ] = ()


SPOT, EC2, EXTERNAL = "fargate_spot", "ec2", "external"
CAPACITIES = ("fargate", SPOT, EC2, EXTERNAL)
_BASE_EXAMPLE = "{fargate_spot: {base: 1}}"


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What tasks run on; the first `base` tasks of `fargate_spot` are on demand. A manifest has one word for it."""

    kind: Annotated[Text, about("fargate, fargate_spot, ec2 or external")]
    base: Annotated[Whole, about("of fargate_spot: tasks that are on demand", low=0, high=100)] = 0


def _capacity(value: Any) -> Any:
    """Capacity is written as one word, or as `fargate_spot` with its base."""
    if isinstance(value, Capacity):
        return value
    if isinstance(value, str):
        if value not in CAPACITIES:
            wrong(f"{{label}} is {WRITTEN}", f"use one of {', '.join(CAPACITIES)}, or {_BASE_EXAMPLE}")
        return {"kind": value}
    if not isinstance(value, dict):
        wrong(f"{{label}} is {kind(value)}", f"use one of {', '.join(CAPACITIES)}, or {_BASE_EXAMPLE}")
    if value.keys() != {SPOT}:
        names = ", ".join(map(str, value)) or "nothing"
        wrong(f"{{label}} is a mapping of {names}", f"only fargate_spot has something to say: {_BASE_EXAMPLE}")
    given = value[SPOT]
    if not isinstance(given, dict) or given.keys() != {"base"}:
        wrong("{label} says of fargate_spot something else than base", f"write {_BASE_EXAMPLE}, or fargate_spot")
    base = given["base"]
    if isinstance(base, bool) or not isinstance(base, int) or not 1 <= base <= 100:
        wrong(f"{{label}} has the base {base!r}", "use a whole number from 1 to 100; without any: fargate_spot")
    return {"kind": SPOT, "base": base}


CAPACITY_RULE = (
    BeforeValidator(_capacity),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": list(CAPACITIES)},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": [SPOT],
                    "properties": {
                        SPOT: {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["base"],
                            "properties": {"base": {"type": "integer", "minimum": 1, "maximum": 100}},
                        }
                    },
                },
            ]
        }
    ),
)
