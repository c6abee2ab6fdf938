"""The page of a plan's review in a real browser: nothing is loaded, nothing overflows, nothing is lost on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from orchestrator.review.model import Review
from orchestrator.review.render import html
from tests.browser.reader import SIZES, Reader, reading
from tests.review import samples


@pytest.fixture
def reader(chromium: Browser, tmp_path: Path) -> Iterator[Reader[Review]]:
    """Opens reviews."""
    with reading(chromium, tmp_path, html.render) as reader:
        yield reader


@pytest.mark.parametrize("name", samples.ORDINARY)
@pytest.mark.parametrize(("size", "dark"), [("desktop", False), ("phone", True)], ids=["desktop", "dark phone"])
def test_axe_finds_nothing(reader: Reader[Review], name: str, size: str, dark: bool) -> None:
    page = reader.open(samples.ORDINARY[name](), size, dark=dark)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in found] == []


@pytest.mark.parametrize("name", samples.ORDINARY)
def test_a_phone_shows_it_without_scrolling_sideways(reader: Reader[Review], name: str) -> None:
    page = reader.open(samples.ORDINARY[name](), "phone")
    page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"][0]


@pytest.mark.parametrize("number", range(len(samples.HOSTILE)))
def test_hostile_text_is_shown_and_does_nothing(reader: Reader[Review], number: int) -> None:
    page = reader.open(samples.hostile(samples.HOSTILE[number]), "phone")
    assert page.title().startswith("DANGEROUS")
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"][0]
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0


def test_everything_can_be_read_without_its_script(reader: Reader[Review]) -> None:
    page = reader.open(samples.everything(), script=False)
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.locator(".finding").first).to_be_visible()
    folded = page.locator(".row details:not([open])").first
    folded.locator("summary").click()
    expect(page.locator(".row.delete .diff").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_paper_shows_what_is_folded(reader: Reader[Review], script: bool) -> None:
    page = reader.open(samples.first(), script=script)
    inside = page.locator(".row .diff").first
    expect(inside).to_be_hidden()
    page.emulate_media(media="print")
    expect(inside).to_be_visible()
    expect(page.locator("nav")).to_be_hidden()
    assert len(page.pdf()) > 10_000


def test_findings_are_filtered_by_severity_and_by_words(reader: Reader[Review]) -> None:
    page = reader.open(samples.dangerous())
    shown = page.locator("#findings .finding:visible")
    expect(shown).to_have_count(8)
    page.get_by_label("critical").uncheck()
    expect(shown).to_have_count(5)
    page.get_by_role("searchbox").fill("service DESIRED")
    expect(shown).to_have_count(1)
    expect(page.locator("#filter output")).to_have_text("1 of 8 shown")
    page.get_by_role("searchbox").fill("")
    page.get_by_label("critical").check()
    expect(shown).to_have_count(8)


def test_a_finding_leads_to_its_resource_and_unfolds_it(reader: Reader[Review]) -> None:
    page = reader.open(samples.first())
    row = page.locator("li.row", has_text="vpc_security_group_ingress_rule.https")
    expect(row.first.locator(".diff")).to_be_hidden()
    page.locator(".finding h3 a").click()
    expect(row.first.locator(".diff")).to_be_visible()


def test_a_link_to_a_resource_opens_the_page_at_it(reader: Reader[Review]) -> None:
    page = reader.open(samples.first())
    address = 'module.service["words"].aws_ecs_service.this'
    page.goto(page.url + "#" + page.evaluate("encodeURIComponent", address))
    row = page.locator("li.row:target")
    expect(row).to_have_count(1)
    expect(row.locator(".diff")).to_be_visible()
    expect(row).to_be_in_viewport()


def test_a_nodes_link_in_the_picture_works_by_keyboard(reader: Reader[Review]) -> None:
    page = reader.open(samples.dangerous())
    node = page.locator("a.node", has_text="dynamodb_table")
    node.focus()
    page.keyboard.press("Enter")
    expect(page.locator("li.row:target")).to_contain_text("aws_dynamodb_table")


def test_all_changes_unfold_and_fold_at_once(reader: Reader[Review]) -> None:
    page = reader.open(samples.first())
    page.get_by_role("button", name="Unfold all").click()
    expect(page.locator("#changes details:not([open])")).to_have_count(0)
    page.get_by_role("button", name="Fold all", exact=True).click()
    expect(page.locator("#changes details[open]")).to_have_count(0)


def test_a_plan_of_five_thousand_resources_opens(reader: Reader[Review]) -> None:
    page = reader.open(samples.large(), "phone")
    expect(page.locator("li.row")).to_have_count(5_000)
    expect(page.locator(".finding h3").first).to_contain_text("450 resources")
    page.locator(".finding summary").first.click()
    expect(page.locator(".finding details").first).to_contain_text("and 250 more")
