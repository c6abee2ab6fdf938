"""The corpus' real plans in all renderings."""

import pytest

from orchestrator.review.render import html, json, markdown, rows, terminal
from tests.review import wellformed
from tests.review.corpus import cases, make


@pytest.mark.parametrize("name", make.names())
def test_a_real_plan_is_well_formed_and_whole_in_every_rendering(name: str) -> None:
    review = cases.reviewed(name)
    document = wellformed.document(json.render(review))
    page = wellformed.page(html.render(review))
    said = markdown.render(review)
    wellformed.comment(said)
    shown = "\n".join(wellformed.lines(terminal.render(review)))
    assert document["verdict"] == review.verdict
    for finding in review.findings:
        assert all(finding.address in text and finding.rule in text for text in (page.text, said, shown))
    for resource in review.plan.changed:
        assert rows.unspaced(resource.address) in page.ids
