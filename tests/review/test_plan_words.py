"""What the renderings say of a plan as a whole: that it is errored or incomplete, and how Terraform counts it."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import Review
from orchestrator.review.reading.reading import read
from orchestrator.review.render import html as html_report
from orchestrator.review.render import markdown, terminal
from orchestrator.review.review import review
from tests.review.changes import replaced
from tests.review.plans import change


def test_an_errored_plan_is_not_called_one_that_leaves_changes_to_a_later_one() -> None:
    for rendered in (render(_reviewed(errored=True, complete=False)) for render in (terminal.render, markdown.render)):
        assert "later plan" not in rendered
        assert "stopped planning at an error" in " ".join(rendered.split())
    assert "later plan" in terminal.render(_reviewed(complete=False))


def test_terraforms_own_counts_stand_beside_ours_where_they_differ() -> None:
    told = "Terraform counts this as 1 to add, 0 to change, 1 to destroy"
    again = replaced("aws_lb.a", {"internal": True}, {"internal": False}, ["internal"])
    for render in (terminal.render, markdown.render, html_report.render):
        assert told in " ".join(render(_reviewed(again)).split())
        assert "Terraform counts" not in render(_reviewed(change("aws_lb.a", None, {"internal": True})))


def _reviewed(*changes: dict[str, Any], **more: Any) -> Review:
    return review(read({"format_version": "1.2", "resource_changes": list(changes)} | more))
