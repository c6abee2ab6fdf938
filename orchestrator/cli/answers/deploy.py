"""The answers of the commands that change what runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from orchestrator.cli.answers.common import Changes, Counts, Ended, Error, Image, Part, Promoted, Release, StageTime
from orchestrator.cli.answers.fields import (
    ByService,
    EnvironmentName,
    Event,
    MadeLive,
    ReleaseName,
    Seconds,
    ServiceName,
    Sha256,
    TerraformRuns,
    Url,
    WasLive,
    about,
)


@dataclass(frozen=True)
class Deployed(Part):
    """A version that was verified live, and how."""

    url: Url[str]
    images: ByService[Image]
    changes: Annotated[Changes, about("what the plan changed")]
    release: MadeLive[Release]
    stages: Annotated[tuple[StageTime, ...], about("the steps in the order in which they began")]
    seconds: Seconds
    terraform_runs: TerraformRuns
    picture: Annotated[str | None, about("the file of [its picture](deployment.md#the-picture-of-the-last-deploy)")]


@dataclass(frozen=True)
class Up(Ended, Deployed):
    """`up`"""


@dataclass(frozen=True)
class Bundle(Part):
    """A reviewed plan in a folder."""

    bundle: Annotated[Sha256, about("its hash")]
    bundle_path: Annotated[str, about("its folder")]


@dataclass(frozen=True)
class Plan(Ended, Bundle):
    """`plan`"""

    images: ByService[Image]
    missing: Annotated[tuple[str, ...], about("the services whose image is not built (`--no-build`)")]
    changes: Annotated[Changes, about("what it would change")]
    stops: Annotated[bool, about("whether the policy stops it")]
    review: Annotated[Mapping[str, Any], about("[the review](plan-review.md), as `review --json` has it")]
    terraform_runs: TerraformRuns


@dataclass(frozen=True)
class Apply(Ended, Bundle, Deployed):
    """`apply`"""


@dataclass(frozen=True)
class Rollback(Ended, Deployed):
    """`rollback`"""

    rolled_back_to: Annotated[ReleaseName, about("the release that is live again")]
    before: Annotated[ReleaseName, about("the release that was live before")]
    was_live: WasLive
    next_up: Annotated[str, about("what an `up` from this checkout would do to it")]


@dataclass(frozen=True)
class Promote(Ended, Deployed):
    """`promote`"""

    promoted_from: Annotated[Promoted, about("what was taken from where")]
    copied: Annotated[tuple[str, ...], about("the services whose image was copied into the registry")]
    was_live: WasLive


@dataclass(frozen=True)
class Held(Part):
    """A table, bucket or queue that goes with the environment."""

    kind: Annotated[Literal["table", "bucket", "queue"], about("what it is")]
    name: Annotated[str | None, about("null for all of a kind that could not be listed")]
    holds: Annotated[str | None, about("what is in it")]
    counts: Annotated[Mapping[str, int], about("how many, by kind; empty if that is not known")]
    about: Annotated[str | None, about("`about` or `more than` where a number is not exact")]
    unknown: Annotated[str | None, about("why the numbers are not known")]


@dataclass(frozen=True)
class Down(Ended):
    """`down`"""

    lost: Annotated[tuple[str, ...], about("what is lost, in words")]
    held: Annotated[tuple[Held, ...], about("the numbers")]
    changes: Annotated[Counts | None, about("what was destroyed; null where all of the emulated AWS goes at once")]
    images_removed: Annotated[int | None, about("images removed from this machine; null on AWS")]
    engine_stopped: Annotated[bool | None, about("whether the container engine was this program's; null on AWS")]


@dataclass(frozen=True)
class LiveLine(Deployed):
    """`up --watch`: a line for each `up`"""

    environment: EnvironmentName
    event: Event[Literal["live"]]


@dataclass(frozen=True)
class SavedLine(Part):
    """What became of saved files."""

    event: Event[str]
    service: ServiceName
    files: Annotated[tuple[str, ...], about("what was saved")]
    seconds: Seconds


@dataclass(frozen=True)
class ServedLine(SavedLine):
    """`up --watch`: saved files that are served"""

    event: Event[Literal["served"]]
    tasks: Annotated[int, about("how many tasks serve it")]


@dataclass(frozen=True)
class KeptLine(SavedLine):
    """`up --watch`: saved files with an error in them"""

    event: Event[Literal["kept"]]
    reason: Annotated[str, about("the last line of what the new process wrote")]


@dataclass(frozen=True)
class WholeLine(Part):
    """`up --watch`: a change that needs a whole `up`, which begins"""

    event: Event[Literal["up"]]
    because: Annotated[tuple[str, ...], about("what was changed")]


@dataclass(frozen=True)
class FailedLine(Part):
    """`up --watch`: an `up` that failed; the watch goes on"""

    event: Event[Literal["failed"]]
    error: Annotated[Error, about("why")]
