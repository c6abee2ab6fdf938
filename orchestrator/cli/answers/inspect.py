"""The answers of the commands that look and change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from orchestrator.cli.answers.common import Ended, Error, Part, Promoted, Release
from orchestrator.cli.answers.fields import (
    BuiltDigest,
    ByName,
    ByService,
    ConfiguredCount,
    EnvironmentName,
    Identity,
    IsMissing,
    Live,
    Machine,
    Notes,
    ReleaseName,
    RunningImage,
    RunningTasks,
    ServiceName,
    Sha256,
    Tag,
    Task,
    TaskId,
    Time,
    Url,
    User,
    WhyChanged,
    about,
)


@dataclass(frozen=True)
class Freeze(Part):
    """Why nothing is deployed."""

    created_at: Annotated[Time, about("since when")]
    created_by: Annotated[str, about("by whom")]
    identity: Annotated[str | None, about("with which AWS identity")]
    reason: Annotated[str, about("why")]


@dataclass(frozen=True)
class Scaled(Part):
    """A number of tasks that `scale` has set."""

    count: Annotated[int, about("the number")]
    configured: ConfiguredCount


@dataclass(frozen=True)
class Service(Part):
    """What runs of a service."""

    desired: Annotated[int, about("the tasks that should run")]
    running: Annotated[int, about("those that do")]
    healthy: Annotated[int, about("those of them that are healthy")]
    image: RunningImage
    rollout: Annotated[str, about("ECS's word in ECS's spelling (`COMPLETED`), or `INCOMPLETE` if tasks are missing")]
    tasks: RunningTasks
    scaled: Annotated[Scaled | None, about("the number that [`scale`](scale.md) has set")]
    copied: Annotated[tuple[str, ...] | None, about("what [`up --watch`](watch.md) serves that is no release's")]


@dataclass(frozen=True)
class Schedule(Part):
    """When a job runs by itself."""

    expression: Annotated[str, about("as the manifest has it")]
    time_zone: Annotated[str, about("in which it is meant")]
    enabled: Annotated[bool, about("whether it is on")]


@dataclass(frozen=True)
class LastRun(Part):
    """How a job's last run ended."""

    result: Annotated[str, about("`succeeded`, `failed` or another word of Step Functions, in lower case")]
    at: Annotated[Time, about("when it ended")]


@dataclass(frozen=True)
class Job(Part):
    """A service that runs to its end."""

    schedule: Annotated[Schedule | None, about("null for one that runs by hand only")]
    tasks: RunningTasks
    last_run: Annotated[LastRun | None, about("null if none is known")]
    image: RunningImage


@dataclass(frozen=True)
class Status(Ended):
    """`status`"""

    url: Url[str | None]
    release: Live[Release]
    frozen: Annotated[Freeze | None, about("[the freeze](freeze.md)")]
    services: ByName[Service]
    jobs: ByName[Job]
    served_by_standby: Annotated[tuple[str, ...], about("the services that a deploy left on their standby")]


@dataclass(frozen=True)
class RecordedDeploy(Part):
    """What a command deployed."""

    commit: Annotated[str | None, about("as in a release")]
    images: Annotated[Mapping[str, str], about("by service, the image by digest")]
    plan: Annotated[Sha256 | None, about("as in a release")]
    bundle: Annotated[Sha256 | None, about("as in a release")]
    rollback_of: Annotated[ReleaseName | None, about("as in a release")]
    promoted_from: Annotated[Promoted | None, about("as in a release")]


@dataclass(frozen=True)
class Attempt(Part):
    """Whether a deploy was verified, and who made it."""

    name: Annotated[ReleaseName | None, about("null for a deploy that was not verified")]
    number: Annotated[int | None, about("null for a deploy that was not verified")]
    live: Annotated[bool, about("whether it is live")]
    proven: Annotated[bool, about("whether it was verified")]
    outcome: Annotated[str | None, about("`proven`, or how the command ended")]
    error: Annotated[Error | None, about("why it was not verified")]
    created_at: Annotated[Time | None, about("when it was verified, or began")]
    created_by: User[str | None]
    identity: Identity
    host: Machine[str | None]
    verb: Annotated[str | None, about("the command that deployed it")]
    seconds: Annotated[float | None, about("how long that took")]


@dataclass(frozen=True)
class Entry(RecordedDeploy, Attempt):
    """A deploy. Of a release the fields are those of a release; one that was not verified has no name."""


@dataclass(frozen=True)
class Releases(Ended):
    """`releases`"""

    live: Live[ReleaseName]
    releases: Annotated[tuple[Entry, ...], about("every deploy, the newest first")]


@dataclass(frozen=True)
class OneRelease(Ended):
    """`releases RELEASE`"""

    release: Annotated[Entry, about("that one")]
    picture: Annotated[str | None, about("the file of [its picture](releases.md#one-release-and-its-picture)")]


@dataclass(frozen=True)
class Record(Part):
    """A command that changed the environment."""

    id: Annotated[str, about("which record it is")]
    environment: EnvironmentName
    verb: Annotated[str, about("the command")]
    arguments: Annotated[Mapping[str, Any], about("what was typed, without secrets")]
    created_by: User[str]
    host: Machine[str]
    began_at: Annotated[Time, about("when it began")]
    identity: Identity
    outcome: Annotated[
        Literal["begun", "succeeded", "failed", "rolled back", "stopped by review", "interrupted"],
        about("`begun` for one that was killed, or is still at work"),
    ]
    exit_code: Annotated[int | None, about("null until it has ended, as the next ones")]
    seconds: Annotated[float | None, about("how long it took")]
    error: Annotated[Error | None, about("why it failed, as far as that is recorded")]
    release_name: Annotated[ReleaseName | None, about("the release that it made or left live")]
    deploy: Annotated[RecordedDeploy | None, about("what it deployed")]
    details: Annotated[Mapping[str, Any], about("the command's own")]


@dataclass(frozen=True)
class Audit(Ended):
    """`releases --audit`"""

    records: Annotated[tuple[Record, ...], about("the newest first")]


@dataclass(frozen=True)
class ImageChange(Part):
    """The image that runs and the one that the checkout makes."""

    before: Annotated[str | None, about("what runs, by digest")]
    after: Annotated[str, about("by digest, or the tag of one that is missing")]
    missing: Annotated[bool, about("whether it would have to be built")]
    why: Annotated[str | None, about("what changed since the last release")]
    commits: Annotated[tuple[str, ...], about("the commits between them")]


@dataclass(frozen=True)
class Change(Part):
    """A setting that differs; a variable may be an empty text, null is none."""

    before: Annotated[str | None, about("what runs")]
    after: Annotated[str | None, about("what the checkout says")]


@dataclass(frozen=True)
class Difference(Part):
    """A service that runs and the same of the checkout."""

    status: Annotated[Literal["same", "changed", "added", "removed"], about("what `up` would do to it")]
    image_change: Annotated[ImageChange | None, about("null if it is the same")]
    settings: Annotated[Mapping[str, Change], about("those that differ, by name")]
    notes: Notes


@dataclass(frozen=True)
class Diff(Ended):
    """`diff`"""

    release: Live[Release]
    commit: Annotated[str | None, about("the checkout's, as in a release")]
    differs: Annotated[bool, about("whether `up` would change a service")]
    services: ByName[Difference]


@dataclass(frozen=True)
class WantedImage(Part):
    """The image that the checkout makes of a service."""

    tag: Tag
    digest: BuiltDigest
    missing: IsMissing
    deployed_tag: Annotated[str | None, about("the tag of what is live")]
    why: WhyChanged
    source: Annotated[str | None, about("the existing image that the manifest names")]
    left_out: Annotated[Mapping[str, str], about("by file what keeps it out of the image")]
    sbom: Annotated[str | None, about("the file of the bill of materials, if it was built here")]


@dataclass(frozen=True)
class Images(Ended):
    """`images`"""

    images: ByService[WantedImage]


@dataclass(frozen=True)
class LogLine(Part):
    """`logs`: a line for each event"""

    at: Annotated[Time | None, about("when it was written; null where only the text was kept")]
    service: ServiceName
    task: Task[TaskId | None]
    message: Annotated[str, about("as it was written")]
