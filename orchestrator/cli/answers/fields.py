"""What single fields are and mean, where more than one answer has them.

`Live[Release]` is the field for that type; what is said of it stands here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import Field

T = TypeVar("T")


def about(description: str) -> Any:
    """What the page says of a field."""
    return Field(description=description)


Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
TaskId = Annotated[str, Field(pattern=r"^[0-9a-f-]{32,36}$")]
ReleaseName = Annotated[str, Field(pattern=r"^r[1-9][0-9]*$")]

# Whose it is, how long it took.
EnvironmentName = Annotated[str, about("the environment")]
ServiceName = Annotated[str, about("the service")]
ShownName = Annotated[str, about("what it is called on the screen")]
OfEnvironment = Annotated[str, about("the environment's")]
Seconds = Annotated[float, about("how long it took")]
Notes = Annotated[tuple[str, ...], about("what else there is to say")]

# Who did it, and from where.
User = Annotated[T, about("the user, of the CI system or of the machine")]
Identity = Annotated[str | None, about("the AWS identity")]
Machine = Annotated[T, about("the machine")]

# Services, their images and tasks.
ByName = Annotated[Mapping[str, T], about("by name")]
ByService = Annotated[Mapping[str, T], about("by service")]
Tag = Annotated[str, about("stands for the content")]
BuiltDigest = Annotated[Digest | None, about("null as long as it is not built")]
IsMissing = Annotated[bool, about("whether the registry lacks it")]
WhyChanged = Annotated[str | None, about("what changed since the last release; null if nothing")]
RunningImage = Annotated[str, about("by digest")]
RunningTasks = Annotated[tuple[TaskId, ...], about("the ids of the running tasks")]
Task = Annotated[T, about("the id of the task")]
ConfiguredCount = Annotated[int, about("the number in the configuration")]

# Deploys, and what is live.
Url = Annotated[T, about("the load balancer's")]
Live = Annotated[T | None, about("the live release")]
MadeLive = Annotated[T, about("the release that was made or stayed live")]
WasLive = Annotated[bool, about("whether it was live already, so that nothing was done")]
TerraformRuns = Annotated[tuple[str, ...], about("the Terraform commands that ran")]

# Which of several kinds of line it is.
Event = Annotated[T, about("which line it is")]
