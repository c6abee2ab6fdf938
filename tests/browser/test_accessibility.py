"""axe-core finds nothing in any state of the page, in both browsers, languages, themes and sizes."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.site import DESKTOP, PHONE, Visitor, fill, in_both, in_both_and_dark, save, sentence, until

OPTIONS = {"resultTypes": ["violations"]}


def check(page: Page, state: str) -> None:
    """Fails with what axe found, whatever its impact."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    summary = [f"{rule['id']} ({rule['impact']}): {[node['html'] for node in rule['nodes']][:3]}" for rule in found]
    assert summary == [], state


@in_both_and_dark
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(visitor: Visitor, size: tuple[int, int], dark: bool) -> None:
    visitor.expect_faults()
    lang = "en" if dark == (size == PHONE) else "ko"  # each of them in both colours and in both sizes
    page = visitor.open(f"/?lang={lang}", size=size, dark=dark)
    check(page, "write")
    page.locator("[popovertarget=forms-verb]").click()
    expect(page.locator("#forms-verb")).to_be_visible()
    check(page, "menu")
    page.keyboard.press("Escape")
    fill(page)
    check(page, "filled")
    path = save(page)
    check(page, "saved")
    page.locator("#stories li").first.locator("button").click()
    check(page, "delete?")
    page.context.set_offline(True)
    page.locator("#fill").click()
    expect(page.locator("#fill-message.error")).to_be_visible()
    check(page, "offline")
    page.context.set_offline(False)
    page.goto(path)
    page.wait_for_selector("#text")
    check(page, "story")
    page.goto(f"/stories/{'a' * 20}?lang={lang}")
    page.wait_for_selector("#told .notice")
    check(page, "gone")
    page.goto(f"/nothing?lang={lang}")
    check(page, "missing")
    page.route("**/api/stories?*", lambda route: route.abort())
    page.goto(f"/?lang={lang}")
    page.wait_for_selector(".notice.error")
    sentence(page).fill("")
    check(page, "error and empty")


@in_both
def test_axe_would_find_something(page: Page) -> None:
    """That the check above can fail."""
    page.evaluate("document.getElementById('save').replaceWith(document.createElement('button'))")
    with pytest.raises(AssertionError, match="button-name"):
        check(page, "broken")


def test_what_happens_is_said(page: Page) -> None:
    story = fill(page)
    expect(page.locator("#announcer")).to_have_text(story)
    save(page)
    expect(page.locator("#message[role=status]")).to_contain_text("It is on the shelf now.")


def test_things_move_only_for_those_who_do_not_mind(visitor: Visitor) -> None:
    counter = """() => {
        window.moves = 0;
        for (const name of ["animationstart", "transitionrun"]) addEventListener(name, () => window.moves++, true);
    }"""
    for motion in (False, True):
        page = visitor.open("/?lang=en", motion=motion)
        page.evaluate(counter)
        fill(page)
        save(page)
        # Events of an animation come with the frame after the one that begins it.
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert (page.evaluate("moves") > 0) is motion


def test_work_under_way_can_be_seen_without_a_movement(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/**", lambda route: held.append(route))
    for name, answer in (("#fill", "#stage .tile:not(.empty)"), ("#save", "#message a")):
        button = page.locator(name)
        expect(button).to_have_css("opacity", "1")
        button.click()
        expect(button).to_have_css("opacity", "0.6")
        until(page, lambda: held)
        held.pop().continue_()
        page.locator(answer).first.wait_for()
        expect(button).to_have_css("opacity", "1")


def test_the_page_fits_a_narrow_phone(visitor: Visitor) -> None:
    page = visitor.open("/?lang=en", size=(320, 640))
    fill(page)
    save(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for width in (320, 360, 390):
        page.set_viewport_size({"width": width, "height": 640})
        for kind in ("noun", "verb", "adjective"):
            page.locator(f"[popovertarget=forms-{kind}]").click()
            box = page.locator(f"#forms-{kind}").bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width, (kind, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (kind, width)
            page.keyboard.press("Escape")


def test_the_styles_are_used(page: Page) -> None:
    """The checks above would mean little on a page that could not load its style sheet or its font."""
    assert page.evaluate("document.fonts.check('600 20px Fraunces')")
    assert Path(page.evaluate("document.styleSheets[0].href")).name == "style.css"
