"""What was deployed and which release to go back to: pure decisions."""

from __future__ import annotations

import pytest

from orchestrator.errors import ExitCode, Failure
from orchestrator.releases import history
from orchestrator.releases.audit import Record
from orchestrator.releases.releases import Release


def release(number: int, content: str, *, rollback_of: str = "", audit: str = "") -> Release:
    at = f"2026-11-28T10:{number:02}:00Z"
    images = {"words": f"host/storyizer/words@sha256:{content}"}
    return Release(number, at, "p", "", images, {"words": content}, {"words": ""}, rollback_of=rollback_of, audit=audit)


def record(id_: str, verb: str, outcome: str, minute: int, error: str = "") -> Record:
    return Record(id_, "blue", verb, {}, "p", "h", f"2026-11-28T10:{minute:02}:00Z", outcome=outcome, error=error)


A, B, C = release(1, "a"), release(2, "b"), release(3, "c")


@pytest.mark.parametrize(
    ("releases", "named", "number"),
    [
        ([A, B, C], None, 2),
        ([A, B, C], "r1", 1),
        ([A, B, C], "1", 1),
        ([A, B, C], "r003", 3),
        # After a rollback to r2 that is live, the one before it is r1, not r3 that was left.
        ([A, B, C, release(4, "b", rollback_of="r2")], None, 1),
        ([A, B, C, release(4, "b", rollback_of="r2")], "r3", 3),
        # Through two rollbacks.
        ([A, B, C, release(4, "b", rollback_of="r2"), release(5, "b", rollback_of="r4")], None, 1),
        # A release that is the same again is no way back.
        ([A, release(2, "b"), release(3, "a"), release(4, "b")], None, 3),
        ([A, B, release(3, "b")], None, 1),
        # Of another port, or another host: what counts is the digest.
        ([A, Release(2, "", "", "", {"words": "elsewhere/w@sha256:b"}, {}, {"words": ""}), release(3, "b")], None, 1),
    ],
)
def test_the_release_to_go_back_to(releases: list[Release], named: str | None, number: int) -> None:
    assert history.target(releases, named, "blue").number == number


@pytest.mark.parametrize(
    ("releases", "named", "message", "code"),
    [
        ([], None, "blue has no release to go back to", ExitCode.FAILURE),
        ([], "r1", "blue has no release to go back to", ExitCode.FAILURE),
        ([A], None, "blue has no release before r1 to go back to", ExitCode.FAILURE),
        ([A, release(2, "a")], None, "blue has no release before r2 to go back to", ExitCode.FAILURE),
        ([A, B, release(3, "a", rollback_of="r1")], None, "blue has no release before r3", ExitCode.FAILURE),
        ([A, B], "r9", "blue has no release r9", ExitCode.USAGE),
        ([A, B], "last", "'last' names no release", ExitCode.USAGE),
        ([A, B], "r0", "'r0' names no release", ExitCode.USAGE),
        ([A, B], "-1", "'-1' names no release", ExitCode.USAGE),
        ([A, B], "r1 ", "'r1 ' names no release", ExitCode.USAGE),
        ([A, B], "٣", "'٣' names no release", ExitCode.USAGE),
    ],
)
def test_what_cannot_be_gone_back_to_is_said(
    releases: list[Release], named: str | None, message: str, code: ExitCode
) -> None:
    with pytest.raises(Failure) as caught:
        history.target(releases, named, "blue")
    assert caught.value.message.startswith(message)
    assert caught.value.exit_code == code
    assert caught.value.reason
    assert caught.value.next_step


def test_failed_deploys_stand_between_the_releases_newest_first() -> None:
    records = [
        record("x1", "up", "succeeded", 1),
        record("x2", "up", "rolled back", 2, "words did not start"),
        record("x3", "scale", "failed", 3, "no such service"),
        record("x4", "up", "succeeded", 4),
        record("x5", "ci apply", "begun", 5),
        record("x6", "up", "succeeded", 6),  # nothing had changed
    ]
    found = history.entries([release(1, "a", audit="x1"), release(4, "b", audit="x4")], records)
    told = [(entry.release.name if entry.release else None, entry.why, entry.is_live) for entry in found]
    assert told == [
        (None, "it began and never ended", False),
        ("r4", "", True),
        (None, "words did not start", False),
        ("r1", "", False),
    ]
    assert found[1].record is records[3]


def test_a_release_whose_command_failed_later_is_listed_once() -> None:
    found = history.entries([release(1, "a", audit="x1")], [record("x1", "up", "interrupted", 1, "interrupted")])
    assert [entry.why for entry in found] == [""]


def test_releases_of_before_the_audit_are_listed() -> None:
    (entry,) = history.entries([A], [])
    assert (entry.record, entry.is_live, entry.at) == (None, True, A.created_at)
