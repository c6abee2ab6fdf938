"""The list of saved stories: deleting from it, coming back to it, and what other tabs do."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import PHONE, Site, Visitor, fill, in_both, save, sentence


@in_both
@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize(
    ("lang", "delete", "question"),
    [("en", "Delete", "Delete for good?"), ("ko", "지우기", "완전히 지울까요?")],
    ids=["en", "ko"],
)
def test_whether_to_delete_is_asked_in_one_line(
    visitor: Visitor, width: int, lang: str, delete: str, question: str
) -> None:
    page = visitor.open(f"/?lang={lang}", size=(width, 800))
    sentence(page).fill("{noun}!")
    fill(page)
    save(page)
    mine = page.locator("#stories li").first
    expect(mine.get_by_role("button", name=delete, exact=True)).to_be_visible()
    before = mine.evaluate("item => item.offsetHeight")
    mine.get_by_role("button", name=delete, exact=True).click()
    expect(mine.locator(".sure")).to_have_text(question)
    parts = [box for part in mine.locator(".deletion > :not(:empty)").all() if (box := part.bounding_box())]
    assert len(parts) == 3
    middles = [box["y"] + box["height"] / 2 for box in parts]
    assert max(middles) - min(middles) < 2
    # None of the three is broken into lines, or runs into the next one.
    line = float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('.sure')).lineHeight)"))
    assert parts[0]["height"] < 1.5 * line
    assert all(left["x"] + left["width"] <= right["x"] + 0.5 for left, right in pairwise(parts))
    assert mine.evaluate("item => item.offsetHeight") == before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    mine.get_by_role("button").last.click()
    expect(mine.get_by_role("link")).to_have_count(2)


@pytest.fixture(scope="module")
def long_shelf(open_site: Callable[[str], Site]) -> Site:
    site = open_site("long-shelf")
    for number in range(70):
        site.keep("{noun} " + str(number), f"Fox {number}. " * (1 + number % 7))
    return site


def top(page: Page, story: int) -> float:
    """How far below the window's upper edge the list's story is."""
    box = page.locator("#stories li").nth(story).bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize("more", [0, 1, 4])
def test_one_comes_back_to_the_place_where_one_left_the_list(visitor: Visitor, long_shelf: Site, more: int) -> None:
    page = visitor.open("/?lang=en", site=long_shelf, size=PHONE)
    # The story is larger with its words than without them: what is above the list changes its height.
    sentence(page).fill("My {noun} and my {noun}. " * 6)
    fill(page)
    for number in range(more):
        page.get_by_role("button", name="More stories").click()
        expect(page.locator("#stories li:not(.skeleton)")).to_have_count(12 * (number + 2))
    last = 12 * (more + 1) - 3
    link = page.locator("#stories li").nth(last).get_by_role("link", name="Open")
    link.scroll_into_view_if_needed()
    text = page.locator("#stories li .told-story").nth(last).text_content() or ""
    before = top(page, last)
    link.click()
    expect(page.locator("#text")).to_have_text(text)
    page.go_back()
    expect(page.locator("#stories li:not(.skeleton)")).to_have_count(12 * (more + 1))
    page.wait_for_function(
        """([story, top]) => {
            const item = document.querySelectorAll("#stories li")[story];
            return Math.abs(item.getBoundingClientRect().top - top) < 2;
        }""",
        arg=[last, before],
    )
    expect(page.get_by_role("button", name="More stories")).to_have_count(1)


@in_both
def test_a_visit_begins_at_the_top_with_the_newest_stories(visitor: Visitor, long_shelf: Site) -> None:
    page = visitor.open("/?lang=en", site=long_shelf)
    page.get_by_role("button", name="More stories").click()
    expect(page.locator("#stories li:not(.skeleton)")).to_have_count(24)
    page.locator("#stories li").nth(20).get_by_role("link", name="Open").click()
    page.locator("#text").wait_for()
    page.get_by_role("link", name="All stories").click()
    expect(page.locator("#stories[aria-busy=false] li")).to_have_count(12)
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("place", ["x", "null", "3", "{}", '{"count": -1, "top": "x"}', '{"count": "x", "top": null}'])
def test_a_place_that_makes_no_sense_is_no_place(visitor: Visitor, long_shelf: Site, place: str) -> None:
    page = visitor.open("/?lang=en", site=long_shelf)
    page.locator("#stories li").first.get_by_role("link", name="Open").click()
    page.locator("#text").wait_for()
    page.evaluate("place => sessionStorage.setItem('storyizer.place', place)", place)
    page.go_back()
    expect(page.locator("#stories[aria-busy=false] li")).to_have_count(12)


@in_both
def test_what_another_tab_saves_and_deletes_comes_and_goes(visitor: Visitor, page: Page) -> None:
    visitor.expect_faults()
    other = page.context.new_page()
    other.goto("/?lang=en")
    story = fill(other)
    path = save(other)
    mine = page.locator("#stories li").first
    expect(mine).to_contain_text(story)
    expect(mine).to_contain_text("yours")
    expect(page.locator("#announcer")).to_have_text("A story that you saved in another tab is on the shelf now.")
    expect(other.locator("#announcer")).to_have_text(story)
    # With its story the button goes that has the focus here.
    mine.get_by_role("button", name="Delete").focus()
    other.goto(path)
    other.get_by_role("button", name="Delete").click()
    other.get_by_role("button", name="Yes, delete").click()
    expect(page.locator("#stories")).not_to_contain_text(story)
    expect(page.locator("#announcer")).to_have_text("The story is deleted.")
    page.bring_to_front()
    expect(page.locator("#shelf-title")).to_be_focused()


@in_both
def test_a_page_that_the_browser_kept_learns_what_happened_meanwhile(visitor: Visitor, page: Page) -> None:
    visitor.expect_faults()
    # Nobody tells a page that is kept what happens. When it is shown again, there is an event.
    page.add_init_script("addEventListener('storage', (event) => event.stopImmediatePropagation(), true)")
    page.reload()
    page.wait_for_selector("#stories[aria-busy=false]")
    shown_again = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
    other = page.context.new_page()
    other.goto("/?lang=en")
    story = fill(other)
    save(other)
    expect(page.locator("#stories")).not_to_contain_text(story)
    page.evaluate(shown_again)
    expect(page.locator("#stories li").first).to_contain_text(story)
    # A story is gone when the shelf says so, not because this browser has forgotten its token.
    page.evaluate("localStorage.clear()")
    with page.expect_response("**/api/stories/*") as answer:
        page.evaluate(shown_again)
    assert answer.value.ok
    expect(page.locator("#stories li").first).to_contain_text(story)


@in_both
def test_a_story_that_is_saved_while_the_list_cannot_be_shown_leaves_the_way_to_try_again(
    visitor: Visitor, page: Page
) -> None:
    visitor.expect_faults()
    page.route("**/api/stories?*", lambda route: route.abort())
    page.reload()
    retry = page.locator("#shelf-foot").get_by_role("button", name="Try again")
    retry.wait_for()
    story = fill(page)
    save(page)
    expect(page.locator("#stories li").first).to_contain_text(story)
    page.unroute("**/api/stories?*")
    retry.click()
    expect(page.locator("#stories[aria-busy=false]")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#stories li .told-story", has_text=story)).to_have_count(1)
