"""What `releases` and `images` show a person on a terminal of 80 columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from orchestrator import screen
from orchestrator.cli.release_table import audit_table, table
from orchestrator.cli.verbs.inspect import images
from orchestrator.images.delivery import Wanted
from orchestrator.releases.audit import Record
from orchestrator.releases.history import Entry
from orchestrator.releases.releases import Release

COMMIT, PLAN = "40a9446305a3-dirty", "0123456789ab" * 5 + "cdef"
IMAGES = {name: f"host/storyizer/{name}@sha256:{name[0] * 64}" for name in ("save", "website", "words")}
FIRST = Release(1, "2026-11-28T11:26:49Z", "kim", COMMIT, IMAGES, {}, {}, plan=PLAN)
RECORD = Record(
    "x", "local", "up", {"yes": True}, "kim", "vm", "2026-11-28T11:23:45Z", outcome="succeeded", seconds=185.5,
    release="r1",
)  # fmt: skip
FAILED = replace(
    RECORD, id="y", arguments={}, outcome="rolled back", release="",
    error="the new version of words did not go live: ECS rolled back to the version before; r1 serves",
)  # fmt: skip


def at_80(lines: list[str]) -> list[str]:
    return screen.folded("\n".join(lines), 80).split("\n")


def test_a_release_stands_in_three_lines_that_fit() -> None:
    back = replace(FIRST, number=3, rollback_of="r1", created_by="a-user-with-a-long-name", commit="")
    assert at_80(table([Entry(back, None, is_live=True), Entry(FIRST, RECORD)])) == [
        "release  when (UTC)           outcome",
        "r3       2026-11-28 11:26:49  proven, r1 again (live)",
        "         by a-user-with-a-long-name, plan 0123456789ab",
        "         save ssssssssssss, website wwwwwwwwwwww, words wwwwwwwwwwww",
        "r1       2026-11-28 11:26:49  proven",
        "         up by kim, commit 40a9446305a3-dirty, plan 0123456789ab",
        "         save ssssssssssss, website wwwwwwwwwwww, words wwwwwwwwwwww",
    ]


def test_why_a_deploy_failed_goes_on_below_itself() -> None:
    assert at_80(table([Entry(None, FAILED)]))[1:] == [
        "-        2026-11-28 11:23:45  rolled back: the new version of words did not go",
        "                              live: ECS rolled back to the version before; r1",
        "                              serves",
        "         up by kim",
    ]


def test_what_began_and_never_ended_is_said_to_have() -> None:
    killed = replace(RECORD, outcome="begun", seconds=None, release="")
    assert table([Entry(None, killed)])[1] == "-        2026-11-28 11:23:45  it began and never ended"
    assert audit_table([killed])[1:] == [
        "2026-11-28 11:23:45  up             -  began, and never ended or is still at work, by kim on vm  (yes=True)"
    ]


def test_the_record_of_a_command_is_a_line_and_its_error_goes_on_below_itself() -> None:
    assert at_80(audit_table([FAILED, replace(RECORD, arguments={})])) == [
        "began (UTC)          verb     seconds  outcome",
        "2026-11-28 11:23:45  up         185.5  succeeded as r1, by kim on vm",
        "2026-11-28 11:23:45  up         185.5  rolled back, by kim on vm: the new",
        "                                       version of words did not go live: ECS",
        "                                       rolled back to the version before; r1",
        "                                       serves",
    ]


@pytest.mark.parametrize("empty", [table([]), audit_table([])])
def test_where_nothing_was_deployed_there_is_one_line(empty: list[str]) -> None:
    assert len(empty) == 1


def wanted(name: str, digest: str | None, why: str) -> Wanted:
    content: Any = SimpleNamespace(left_out=(), recipe=None)
    told = SimpleNamespace(service=SimpleNamespace(name=name, folder=Path(name)), tag="f" * 16, digest=digest, why=why,
                           content=content)  # fmt: skip
    return cast(Wanted, told)


def test_images_stand_in_columns_that_fit() -> None:
    rows = [wanted("website", f"sha256:{'d' * 64}", ""), wanted("words", None, "service/app/contract.py changed")]
    assert at_80(images.table(rows)) == [
        "service  tag               digest        changed since the deployed one",
        "website  ffffffffffffffff  dddddddddddd  nothing",
        "words    ffffffffffffffff  not built     service/app/contract.py changed",
    ]
