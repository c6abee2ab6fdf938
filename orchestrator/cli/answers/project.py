"""The answers of the commands for pipelines and for work on the project itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from orchestrator.cli.answers.common import Ended, Part, Release
from orchestrator.cli.answers.fields import MadeLive, Notes, Seconds, ServiceName, Sha256, ShownName, about


@dataclass(frozen=True)
class Review(Ended):
    """`review`"""

    review: Annotated[Mapping[str, Any], about("[the review](plan-review.md), as `--format json` prints it")]


@dataclass(frozen=True)
class Stage(Ended):
    """`ci plan`, `ci apply`"""

    stage: Annotated[Literal["plan", "apply"], about("which one it is")]
    commit: Annotated[str, about("the full hash for which the bundle is kept")]
    verdict: Annotated[Literal["safe", "careful", "dangerous"] | None, about("the review's; null before there is one")]
    because: Annotated[str | None, about("the verdict's reason")]
    counts: Annotated[Mapping[str, int] | None, about("how many resources the plan changes, as in the review")]
    coverage: Annotated[Mapping[str, Any] | None, about("how many of the changes are known, as in the review")]
    deploys: Annotated[tuple[Mapping[str, Any], ...], about("the images that it moves, as in the review")]
    findings: Annotated[tuple[Mapping[str, Any], ...], about("as in the review")]
    bundle: Annotated[Sha256 | None, about("the reviewed bundle")]
    planned_again: Annotated[Sha256 | None, about("the bundle of the plan that `ci apply` made and ran")]
    url: Annotated[str | None, about("the load balancer's, of a version that is live")]
    release: MadeLive[Release | None]
    notes: Notes
    seconds: Seconds


@dataclass(frozen=True)
class Step(Part):
    """A check of the sources."""

    name: ShownName
    status: Annotated[Literal["ok", "failed"], about("how it ended")]
    seconds: Seconds
    next_step: Annotated[str | None, about("the command that corrects it")]
    output: Annotated[tuple[str, ...], about("what it wrote")]


@dataclass(frozen=True)
class Sources(Ended):
    """`check`"""

    steps: Annotated[tuple[Step, ...], about("in order")]


@dataclass(frozen=True)
class Lock(Ended):
    """`lock`"""

    service: ServiceName
    files: Annotated[Mapping[str, tuple[str, ...]], about("by lock file, the changes of versions")]


@dataclass(frozen=True)
class ImportedKey(Part):
    """What became of a key."""

    file: Annotated[str, about("where it stands")]
    line: Annotated[int, about("where in the file")]
    key: Annotated[str | None, about("null for a whole file")]
    outcome: Annotated[
        Literal["carried", "changed", "no counterpart", "added", "problem"],
        about("[what that means](from-copilot.md)"),
    ]
    into: Annotated[str | None, about("what it has become")]
    text: Annotated[str | None, about("why it differs, or what to do instead")]


@dataclass(frozen=True)
class Imported(Ended):
    """`import copilot`"""

    application: Annotated[str | None, about("its name")]
    keys: Annotated[Mapping[str, int], about("how many keys of each outcome")]
    files: Annotated[Mapping[str, str], about("by file whether it was written, and why not")]
    rows: Annotated[tuple[ImportedKey, ...], about("by file and line")]


@dataclass(frozen=True)
class Tests(Ended):
    """`test`"""

    tests: Annotated[int | None, about("how many ran; the numbers are null if pytest wrote no report")]
    failures: Annotated[int | None, about("how many of them failed")]
    errors: Annotated[int | None, about("how many could not be run, or not be cleaned up after")]
    skipped: Annotated[int | None, about("how many were skipped")]
    seconds: Seconds
