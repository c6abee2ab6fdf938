"""What was deployed to an environment, proven or not, and which release to go back to. Decides; reads nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.errors import ExitCode, Failure
from orchestrator.releases.audit import BEGUN, SUCCEEDED, Record
from orchestrator.releases.releases import Release

# The verbs whose failure is a deploy that failed.
DEPLOYING = ("up", "apply", "ci apply", "rollback", "promote")
_NUMBER = re.compile(r"r?0*([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Entry:
    """A deploy: its release where it was proven, and the record of the command where there is one.

    A release that is older than the audit has no record.
    """

    release: Release | None
    record: Record | None
    is_live: bool = False

    @property
    def at(self) -> str:
        """When: a release's time is that of its proof, a failure's that of its beginning."""
        if self.release is not None:
            return self.release.created_at
        return self.record.began_at if self.record else ""

    @property
    def why(self) -> str:
        """Why it was not proven; empty for one that was."""
        if self.release is not None or self.record is None:
            return ""
        if self.record.outcome == BEGUN:
            return "it began and never ended"
        return self.record.error


def entries(releases: Sequence[Release], records: Sequence[Record]) -> list[Entry]:
    """Every release and every deploy that failed, the newest first. The last release is live."""
    by_id = {record.id: record for record in records}
    proven = [Entry(release, by_id.get(release.audit), release is releases[-1]) for release in releases]
    used = {release.audit for release in releases}
    failed = [
        Entry(None, record)
        for record in records
        if record.verb in DEPLOYING and record.outcome != SUCCEEDED and record.id not in used
    ]
    return sorted([*proven, *failed], key=lambda entry: (entry.at, entry.is_live), reverse=True)


def number(named: str) -> int:
    """The number of a release that is named `r7` or `7`. Raises `Failure` for anything else."""
    found = _NUMBER.fullmatch(named)
    if found is None:
        raise Failure(
            f"{named!r} names no release",
            reason="A release is named by its number, as `r7` or `7`.",
            next_step="python3 orchestrate.py releases   shows them",
            exit_code=ExitCode.USAGE,
        )
    return int(found[1])


def target(releases: Sequence[Release], named: str | None, environment: str) -> Release:
    """The release to go back to: the named one, or the last proven one before what is live.

    A release that went back to an earlier one is that earlier one again: the one before it is what came before that,
    and not what was left. The live release itself is an answer only if it is named. Raises `Failure`.
    """
    if not releases:
        raise Failure(
            f"{environment} has no release to go back to",
            reason="Nothing has been proven live there yet.",
            next_step=f"python3 orchestrate.py up {environment}",
        )
    if named is not None:
        wanted = number(named)
        for release in releases:
            if release.number == wanted:
                return release
        raise missing(releases, wanted, environment)
    live = releases[-1]
    origin = _origin(releases, live)
    before = [item for item in releases if item.number < origin.number and not is_alike(item, live)]
    if not before:
        raise Failure(
            f"{environment} has no release before {live.name} to go back to",
            reason=f"{live.name} is live"
            + (f" and is {origin.name} again, the first one." if origin is not live else " and is the first one.")
            if not any(item.number < origin.number for item in releases)
            else f"Every release before {live.name} has the same images and manifests.",
            next_step=_shown(environment),
        )
    return before[-1]


def missing(releases: Sequence[Release], wanted: int, environment: str) -> Failure:
    """The failure where none of the environment's releases has that number."""
    return Failure(
        f"{environment} has no release r{wanted}",
        reason=f"It has {_range(releases)}." if releases else "Nothing has been proven live there yet.",
        next_step=_shown(environment),
        exit_code=ExitCode.USAGE,
    )


def _shown(environment: str) -> str:
    return f"python3 orchestrate.py releases {environment}   shows them"


def is_alike(one: Release, other: Release) -> bool:
    """True if both are the same images and manifests."""
    return (_digests(one), one.manifests) == (_digests(other), other.manifests)


def _digests(release: Release) -> dict[str, str]:
    return {name: uri.rpartition("@")[2] for name, uri in release.images.items()}


def _origin(releases: Sequence[Release], release: Release) -> Release:
    """The release that this one is again, through however many rollbacks."""
    by_name = {item.name: item for item in releases}
    while release.rollback_of in by_name and by_name[release.rollback_of].number < release.number:
        release = by_name[release.rollback_of]
    return release


def _range(releases: Sequence[Release]) -> str:
    first, last = releases[0].name, releases[-1].name
    return first if first == last else f"{first} to {last}"
