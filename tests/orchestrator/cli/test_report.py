"""What is told at the end and to machines."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.cli import report
from orchestrator.console import Stage
from orchestrator.deploy.deployment import Live
from orchestrator.deploy.planning import Planned
from orchestrator.images.image import Image
from orchestrator.project.manifest import Service
from orchestrator.releases.releases import Release
from orchestrator.review.model import Action, Counts, Deploy, Finding, Plan, Resource, Review, Severity, Verdict

OLD, NEW = (f"host/words@sha256:{digit * 64}" for digit in "ab")
QUEUE = Resource("aws_sqs_queue.jobs", "", "aws_sqs_queue", "jobs", "aws", Action.CREATE, None, {"name": "jobs"})
FINDING = Finding("capacity-zero", Severity.HIGH, "aws_ecs_service.words", "Nothing would run.", "Keep one.")
RELEASE = Release(7, "2026-11-22T10:00:00Z", "kim", "abc", {"words": NEW}, {"words": "tag"}, {})
REVIEW = Review(
    Plan(resources=(QUEUE,)), Verdict.DANGEROUS, "nothing would run", Counts(1, 2, 3, 4, 5, 6, 7),
    (FINDING,), (Deploy("words", "td", OLD, NEW),),
)  # fmt: skip


def test_the_counts_are_told_as_before_and_a_replacement_counts_once() -> None:
    assert report.changes_json(REVIEW) == {
        "add": 1, "change": 2, "replace": 3, "destroy": 4,
        "deploys": [{"service": "words", "before": OLD, "after": NEW}],
    }  # fmt: skip
    nothing = Review(Plan(), Verdict.SAFE, "", Counts())
    assert report.changes_json(nothing) == {"add": 0, "change": 0, "replace": 0, "destroy": 0, "deploys": []}


def test_the_short_review_has_verdict_counts_deploys_and_findings_and_not_every_resource() -> None:
    whole, brief = (report.shown(REVIEW, io.StringIO(), brief=brief) for brief in (False, True))
    for told in (whole, brief):
        assert "DANGEROUS" in told
        assert "3 to replace" in told
        assert "aaaaaaaaaaaa → bbbbbbbbbbbb" in told
        assert "capacity-zero" in told
        assert "\x1b" not in told, "no terminal, no colour"
    assert "aws_sqs_queue.jobs" in whole
    assert "aws_sqs_queue.jobs" not in brief


def test_the_summary_says_what_was_built_and_what_changed() -> None:
    image = Image("words", "tag", NEW, built=True, pushed=True)
    stages = [Stage("terraform plan", began=0.0, seconds=5.0), Stage("blink", began=5.0, seconds=0.1)]
    planned = Planned(Path("plan"), REVIEW)
    live = Live("http://x/", RELEASE, Path("/checkout/last-up.html"))
    told = report.summary("staging", live, [image], planned, stages, 12.34).splitlines()
    assert told[1] == "staging is live as r7 after 12.3 s: http://x/"
    assert told[2] == "  built and pushed: words"
    assert "1 to add, 2 to change, 3 to replace, 4 to destroy" in told[3]
    assert told[4] == "  words  aaaaaaaaaaaa → bbbbbbbbbbbb"
    assert any("terraform plan" in line for line in told)
    assert not any("blink" in line for line in told)
    assert told[-1].startswith("next:  open http://x/")
    assert told[-3] == "  as a picture: /checkout/last-up.html"
    unchanged = report.summary("staging", Live("http://x/", RELEASE), [], Planned(None, REVIEW), [], 1.0)
    assert "picture" not in unchanged
    assert "terraform: no change" in unchanged
    assert "every image was there" in unchanged


def test_names_stand_in_their_column_however_long() -> None:
    stages = [Stage("terraform init environment", began=0.0, seconds=5.0), Stage("rollout", began=5.0, seconds=5.0)]
    lines = report.timeline(stages)
    assert [line.index(" 5.0 s") for line in lines] == [lines[0].index(" 5.0 s")] * 2
    two = replace(REVIEW, deploys=(*REVIEW.deploys, Deploy("website", "td", None, NEW)))
    assert report.deploy_lines(two) == ["words    aaaaaaaaaaaa → bbbbbbbbbbbb", "website  (none) → bbbbbbbbbbbb"]


def test_somebody_new_is_told_what_to_do_next_in_four_lines_that_fit() -> None:
    url = "http://127.0.0.1:22491/"
    usual, first = (
        report.summary("local", Live(url, RELEASE), [], Planned(None, REVIEW), [], 1.0, first_steps=steps).splitlines()
        for steps in (False, True)
    )
    assert first[: len(usual) - 1] == usual[:-1]
    steps = first[len(usual) - 1 :]
    assert len(steps) == 4
    assert steps[0] == f"next:  open {url}"
    assert all(len(line) <= 80 for line in steps)
    assert {"logs", "up", "--watch"} <= set(" ".join(steps).split())


def service(name: str, *paths: str, kind: str = "web") -> Service:
    return Service(name, Path(name), paths, kind=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("services", "page"),
    [
        ([service("words", "/api/words"), service("website", "/")], "http://x/"),
        ([service("words", "/api/words", "/words"), service("save", "/save")], "http://x/api/words"),
        ([service("jobs", kind="job"), service("save", "/save")], "http://x/save"),
        ([service("jobs", kind="job")], "http://x/"),
    ],
)
def test_the_page_to_open_is_one_that_a_service_answers(services: Sequence[Service], page: str) -> None:
    assert report.page("http://x/", services) == page


def many(findings: Sequence[Finding] = ()) -> Review:
    """The review of a first deploy."""
    resources = tuple(replace(QUEUE, address=f"aws_sqs_queue.jobs[{number}]") for number in range(66))
    return Review(
        Plan(resources=resources), Verdict.SAFE, "nothing is lost, opened or weakened", Counts(create=66),
        tuple(findings), REVIEW.deploys,
    )  # fmt: skip


LOW = replace(FINDING, severity=Severity.LOW)


def test_a_first_deploy_is_told_in_a_few_lines() -> None:
    lines = report.first(many([LOW, replace(LOW, address="aws_sqs_queue.jobs[1]")]), io.StringIO()).splitlines()
    assert len(lines) <= 6
    assert "SAFE TO APPLY" in lines[0]
    assert "66 to add" in lines
    assert lines[-1] == "2 findings that are only worth knowing: --verbose shows them"
    assert "finding" not in report.first(many(), io.StringIO())
    assert report.first(many([LOW]), io.StringIO()).endswith("1 finding that is only worth knowing: --verbose shows it")


def test_only_what_is_safe_and_all_new_is_told_so() -> None:
    assert report.is_first_and_safe(many([LOW]))
    assert not report.is_first_and_safe(replace(many([FINDING]), verdict=Verdict.DANGEROUS))
    assert not report.is_first_and_safe(replace(many([LOW]), stops=True))
    assert not report.is_first_and_safe(replace(many(), plan=Plan(resources=(QUEUE,))))


@pytest.mark.parametrize(
    ("counts", "brief"),
    [(Counts(create=66), "66 to add"), (Counts(update=1, replace=1), "1 to change, 1 to replace"),
     (Counts(), "no change"),
     (Counts(delete=2, move=1, imported=3, forget=4), "2 to destroy, 1 to move, 3 to import, 4 to forget")],
)  # fmt: skip
def test_what_is_0_is_left_out_where_there_is_little_room(counts: Counts, brief: str) -> None:
    assert counts.brief == brief


def test_a_file_is_named_as_it_can_be_typed_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live("http://x/", RELEASE, tmp_path / ".storyizer" / "local" / "last-up.html")
    monkeypatch.chdir(tmp_path)
    told = report.summary("local", live, [], Planned(None, REVIEW), [], 1.0)
    assert "\npicture: .storyizer/local/last-up.html\n" in told
    assert "Where the time went" not in told
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert f"picture: {live.picture}\n" in report.summary("local", live, [], Planned(None, REVIEW), [], 1.0)
