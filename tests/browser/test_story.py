"""A story's own page: what is below the story."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.site import DESKTOP, Site, Visitor, in_both


@in_both
@pytest.mark.parametrize(("lang", "title"), [("en", "More from the shelf"), ("ko", "다른 이야기도 읽어 보세요")])
def test_a_few_other_stories_follow_and_lead_on(visitor: Visitor, site: Site, lang: str, title: str) -> None:
    kept = [site.keep("{noun} " + str(number), f"Fox {number}") for number in range(8)]
    page = visitor.open(f"/stories/{kept[6]['id']}?lang={lang}")
    expect(page.locator("#others h2")).to_have_text(title)
    others = page.locator("#others-list .told-story")
    expect(others).to_have_text([f"Fox {number}" for number in (7, 5, 4, 3, 2, 1)])
    # Together they fill the screen.
    assert page.evaluate("document.querySelector('#others').getBoundingClientRect().bottom") > 0.75 * DESKTOP[1]
    page.locator("#others-list a").first.click()
    expect(page.locator("#text")).to_have_text("Fox 7")
    expect(others.first).to_have_text("Fox 6")
    expect(page.locator("html")).to_have_attribute("lang", lang)


def test_the_only_story_has_no_others(visitor: Visitor, open_site: Callable[[str], Site]) -> None:
    site = open_site("only")
    page = visitor.open(f"/stories/{site.keep('{noun}', 'Fox')['id']}?lang=en", site=site)
    expect(page.locator("#text")).to_have_text("Fox")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#others")).to_be_hidden()


def test_a_story_is_shown_though_the_others_do_not_come(visitor: Visitor, site: Site) -> None:
    visitor.expect_faults()
    page = visitor.open("about:blank", ready=False)
    page.route("**/api/stories?*", lambda route: route.abort())
    page.goto(f"{site.url}/stories/{site.keep('{noun}', 'Fox')['id']}?lang=en")
    expect(page.locator("#text")).to_have_text("Fox")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#others")).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)


@in_both
def test_a_story_that_is_gone_is_followed_by_others(visitor: Visitor, site: Site) -> None:
    site.keep("{noun}", "Fox")
    visitor.expect_faults()
    page = visitor.open(f"/stories/{'a' * 20}?lang=en")
    expect(page.locator("#told")).to_contain_text("There is no story here.")
    expect(page.locator("#others-list li").first).to_contain_text("Fox")
