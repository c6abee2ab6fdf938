"""What is the same everywhere: how a command ended, releases, images, changes.

The same name is the same thing in every answer, and every field is there, null where there is nothing to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict

from orchestrator.cli.answers.fields import (
    BuiltDigest,
    IsMissing,
    ReleaseName,
    Seconds,
    ServiceName,
    Sha256,
    ShownName,
    Tag,
    Time,
    User,
    WhyChanged,
    about,
)


class Part:
    """An object in an answer: it has no field that is not declared."""

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Error(Part):
    """Why a command failed, as it also stands on standard error."""

    message: Annotated[str, about("what failed, in one line")]
    reason: Annotated[str | None, about("why")]
    details: Annotated[tuple[str, ...], about("lines of evidence: the last ones of a build or of a task's log")]
    next_step: Annotated[str | None, about("the command or action that helps")]


@dataclass(frozen=True)
class Ended(Part):
    """What every answer has."""

    environment: Annotated[str | None, about("the environment; null for a command that is about none")]
    exit_code: Annotated[int, about("the exit code of the command: [which there are](commands.md#exit-codes)")]
    error: Annotated[Error | None, about("null if the command did what it was asked for")]


@dataclass(frozen=True)
class Promoted(Part):
    """The release of another environment whose images were taken."""

    environment: Annotated[str, about("the other environment")]
    account_id: Annotated[str, about("its account")]
    release_name: Annotated[ReleaseName, about("its release")]


@dataclass(frozen=True)
class Release(Part):
    """A version that was verified live."""

    name: Annotated[ReleaseName, about("`r7`")]
    number: Annotated[int, about("`7`")]
    created_at: Annotated[Time, about("when it was verified")]
    created_by: User[str]
    commit: Annotated[str | None, about("the commit's hash, with `-dirty` if files differed from it")]
    bundle: Annotated[Sha256 | None, about("the [reviewed bundle](bundles.md) that it came from")]
    plan: Annotated[Sha256 | None, about("the saved plan that was applied; null if there was nothing to change")]
    rollback_of: Annotated[ReleaseName | None, about("the release that it [goes back to](rollback.md)")]
    promoted_from: Annotated[Promoted | None, about("where its images were [promoted](promote.md) from")]


@dataclass(frozen=True)
class Image(Part):
    """The image of a service in this run."""

    tag: Tag
    digest: BuiltDigest
    uri: Annotated[str, about("what is deployed or planned")]
    missing: IsMissing
    built: Annotated[bool, about("whether this run built it")]
    pushed: Annotated[bool, about("whether this run pushed it")]
    why: WhyChanged


@dataclass(frozen=True)
class Deploy(Part):
    """An image that the plan moves."""

    service: ServiceName
    before: Annotated[str | None, about("its image now")]
    after: Annotated[str | None, about("its image then")]


@dataclass(frozen=True)
class Counts(Part):
    """How many resources a plan changes; a replacement counts as one, and only there."""

    add: Annotated[int, about("made")]
    change: Annotated[int, about("changed in place")]
    replace: Annotated[int, about("made again")]
    destroy: Annotated[int, about("destroyed")]


@dataclass(frozen=True)
class Changes(Counts):
    """How many resources a plan changes, and which images."""

    deploys: Annotated[tuple[Deploy, ...], about("the images that it moves")]


@dataclass(frozen=True)
class StageTime(Part):
    """A step of the run."""

    name: ShownName
    seconds: Seconds


@dataclass(frozen=True)
class Check(Part):
    """One thing that was looked at."""

    group: Annotated[str, about("what it belongs to; of `doctor` all are of the `machine`")]
    name: Annotated[str, about("what was looked at")]
    status: Annotated[Literal["ok", "warning", "failed", "skipped"], about("`skipped` if it could not be judged")]
    found: Annotated[str, about("what was found")]
    next_step: Annotated[str | None, about("what to do about it")]
    blocks: Annotated[bool, about("whether a deploy would fail by it")]


@dataclass(frozen=True)
class Checks(Ended):
    """`verify`, `doctor`"""

    checks: Annotated[tuple[Check, ...], about("in the order in which they are shown")]
