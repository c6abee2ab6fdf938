"""Addresses where nothing is."""

import pytest
from playwright.sync_api import expect

from tests.browser.site import PHONE, Visitor, in_both, sentence


@in_both
@pytest.mark.parametrize(
    "path", ["/nothing", "/nothing/here", "/stories/no-such-story", "/stories/%E2%98%83", "/stories/%"]
)
def test_an_address_where_nothing_is_leads_to_the_page_to_write_on(visitor: Visitor, path: str) -> None:
    visitor.expect_faults()
    page = visitor.open(f"{path}?lang=en", ready=False)
    expect(page).to_have_title("Nothing here – Storyizer")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is a blank.")
    expect(page.locator("html[data-started]")).to_have_count(1)
    page.get_by_role("link", name="Write your own").click()
    expect(sentence(page)).to_be_visible()


@in_both
def test_it_speaks_both_languages_and_knows_the_theme(visitor: Visitor) -> None:
    visitor.expect_faults()
    page = visitor.open("/nothing", ready=False, locale="ko-KR", size=PHONE)
    expect(page.get_by_role("heading", level=1)).to_have_text("이 화면은 빈칸이에요.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="어두운 화면").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is a blank.")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("link", name="Write your own").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_it_can_be_read_without_a_script(visitor: Visitor) -> None:
    visitor.expect_faults()
    page = visitor.open("/nothing?lang=en", ready=False, java_script_enabled=False)
    page.get_by_role("link", name="Write your own").click()
    expect(sentence(page)).to_be_visible()
