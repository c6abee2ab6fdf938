"""The answers of the commands for an environment that is up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from orchestrator.cli.answers.common import Ended
from orchestrator.cli.answers.fields import (
    ConfiguredCount,
    OfEnvironment,
    RunningImage,
    Seconds,
    ServiceName,
    Task,
    TaskId,
    Time,
    about,
)
from orchestrator.cli.answers.inspect import Freeze


@dataclass(frozen=True)
class Exec(Ended):
    """`exec`"""

    service: ServiceName
    task: Annotated[TaskId, about("the id of the task in which it ran")]


@dataclass(frozen=True)
class Run(Ended):
    """`run`"""

    service: ServiceName
    task: Task[TaskId]
    reason: Annotated[str | None, about("ECS's words for how the task ended")]
    image: RunningImage
    seconds: Seconds


@dataclass(frozen=True)
class Scale(Ended):
    """`scale`"""

    service: ServiceName
    before: Annotated[int, about("the number of tasks before")]
    count: Annotated[int, about("the number now")]
    configured: ConfiguredCount


@dataclass(frozen=True)
class Stop(Ended):
    """`stop`"""

    was_running: Annotated[bool, about("whether there was something to stop")]
    containers_removed: Annotated[int, about("containers of tasks that the emulator had not removed by itself")]


@dataclass(frozen=True)
class Frozen(Ended):
    """`freeze`"""

    frozen: Annotated[Freeze, about("the freeze that was made")]


@dataclass(frozen=True)
class Unfrozen(Ended):
    """`unfreeze`"""

    lifted: Annotated[Freeze | None, about("the freeze that was lifted; null if there was none")]


@dataclass(frozen=True)
class Registration(Ended):
    """Where a machine registers."""

    region: OfEnvironment
    cluster: OfEnvironment


@dataclass(frozen=True)
class Offered(Registration):
    """`anywhere register`"""

    activation_id: Annotated[str, about("which activation it is")]
    activation_code: Annotated[str, about("a secret: whoever has it can register a machine")]
    expires_at: Annotated[Time, about("until when")]
    registrations_left: Annotated[int, about("how many machines can still use it")]
    registration_limit: Annotated[int, about("how many could when it was made")]
    command: Annotated[str, about("what to run on the machine")]


@dataclass(frozen=True)
class Registered(Registration):
    """`anywhere register --run`"""

    container_instance: Annotated[str, about("its ARN")]
    was_registered: Annotated[bool, about("whether it was registered before")]
