"""Two plans of this project as reviewers see them, drawn and written in every run, so that the command cannot rot:

pytest tests/browser/test_review_screens.py --screens docs/screens

The pictures go into that folder, the same plans in Markdown into `review` beside it. The plans are real ones, of
tests/review/corpus.
"""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from orchestrator.review.model import Context, Review
from orchestrator.review.reading.reading import read
from orchestrator.review.render import html, markdown
from orchestrator.review.review import review
from tests.review.corpus import make

PICTURE_BYTES_MAX = 300_000
# What `plan` reads from git for a service whose image changes.
COMMITS = {
    "words": (
        "6592605 Korean particles in brackets, as writers leave them open",
        "b0efe6f words: a lexicon with forms in English and Korean",
    )
}


@pytest.fixture
def folder(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """Where the pictures go."""
    wanted = pytestconfig.getoption("screens", default=None)
    chosen = Path(wanted) if wanted else tmp_path / "screens"
    for each in (chosen, chosen.parent / "review"):
        each.mkdir(parents=True, exist_ok=True)
    return chosen


def reviewed(name: str) -> Review:
    """The review of a plan of the corpus."""
    context = Context(environment="staging", commits=COMMITS)
    return review(read(json.loads(make.committed(name))), context=context)


def test_a_routine_deploy_and_a_dangerous_change_are_drawn(chromium: Browser, folder: Path, tmp_path: Path) -> None:
    for name, case, sizes in (
        ("deploy", "own-routine-deploy", {"deploy": (1200, 800)}),
        ("dangerous", "own-table-key-changed", {"dangerous": (1200, 800), "phone": (390, 844)}),
    ):
        result = reviewed(case)
        (folder.parent / "review" / f"{name}.md").write_text(markdown.render(result), encoding="utf-8")
        page_file = tmp_path / f"{name}.html"
        page_file.write_text(html.render(result), encoding="utf-8")
        for picture, (width, height) in sizes.items():
            page = chromium.new_page(viewport={"width": width, "height": height})
            page.goto(page_file.as_uri())
            file = folder / f"review-{picture}.png"
            page.screenshot(path=file, full_page=picture != "phone", animations="disabled")
            page.close()
            assert 10_000 < file.stat().st_size < PICTURE_BYTES_MAX, file.name
    assert "**words** `c1c1c1c1c1c1` → `d2d2d2d2d2d2`" in (folder.parent / "review" / "deploy.md").read_text()
    assert "(data-replaced)" in (folder.parent / "review" / "dangerous.md").read_text()
