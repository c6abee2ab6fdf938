"""What is told at the end and to machines."""

from __future__ import annotations

import io
from pathlib import Path

from orchestrator.cli import report
from orchestrator.console import Stage
from orchestrator.deploy.planning import Planned
from orchestrator.images.image import Image
from orchestrator.review.model import Action, Counts, Deploy, Finding, Plan, Resource, Review, Severity, Verdict

OLD, NEW = (f"host/words@sha256:{digit * 64}" for digit in "ab")
QUEUE = Resource("aws_sqs_queue.jobs", "", "aws_sqs_queue", "jobs", "aws", Action.CREATE, None, {"name": "jobs"})
FINDING = Finding("capacity-zero", Severity.HIGH, "aws_ecs_service.words", "Nothing would run.", "Keep one.")
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
        assert "aaaaaaaaaaaa -> bbbbbbbbbbbb" in told
        assert "capacity-zero" in told
        assert "\x1b" not in told, "no terminal, no colour"
    assert "aws_sqs_queue.jobs" in whole
    assert "aws_sqs_queue.jobs" not in brief


def test_the_summary_says_what_was_built_and_what_changed() -> None:
    image = Image("words", "tag", NEW, built=True, pushed=True)
    stages = [Stage("terraform plan", began=0.0, seconds=5.0), Stage("blink", began=5.0, seconds=0.1)]
    planned = Planned(Path("plan"), REVIEW)
    told = report.summary("staging", "http://x/", [image], planned, "r7", stages, 12.34).splitlines()
    assert told[1] == "staging is live as r7 after 12.3 s: http://x/"
    assert told[2] == "  built and pushed: words"
    assert "1 to add, 2 to change, 3 to replace, 4 to destroy" in told[3]
    assert told[4] == "  words  aaaaaaaaaaaa -> bbbbbbbbbbbb"
    assert any("terraform plan" in line for line in told)
    assert not any("blink" in line for line in told)
    assert told[-1].startswith("next:  open http://x/")
    unchanged = report.summary("staging", "http://x/", [], Planned(None, REVIEW), "r7", [], 1.0)
    assert "terraform: no change" in unchanged
    assert "every image was there" in unchanged
