"""The page under a finger: its words, and nothing that stays as if one pointed at it."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.site import PHONE, Site, Visitor, engine, fill, in_both, save

# Firefox was started so.
FINGER: dict[str, dict[str, Any]] = {"chromium": {"has_touch": True, "is_mobile": True}, "firefox": {}}

under_a_finger = pytest.mark.parametrize("browser", ["chromium", "firefox_touch"], indirect=True)


def on_a_phone(visitor: Visitor, path: str) -> Page:
    """The page at this path, where one points with a finger; the test is `under_a_finger`."""
    return visitor.open(path, size=PHONE, **FINGER[visitor.engine])


@pytest.fixture
def phone(visitor: Visitor) -> Page:
    """The page to write on, on a phone."""
    return on_a_phone(visitor, "/?lang=en")


def tap(button: Locator) -> None:
    """Touches it. Playwright sends touches to Chromium alone: in Firefox the pointer comes, clicks, and stays there."""
    if engine(button.page) == "chromium":
        button.tap()
    else:
        button.click()


@under_a_finger
def test_a_finger_taps_and_has_no_keys(visitor: Visitor, phone: Page) -> None:
    assert phone.evaluate("matchMedia('(pointer: coarse) and (hover: none)').matches")
    expect(phone.locator(".keys")).to_be_hidden()
    expect(phone.locator("#write-help")).to_be_visible()
    fill(phone)
    expect(phone.locator("#story-help")).to_have_text("Tap a word to change it.")
    korean = on_a_phone(visitor, "/?lang=ko")
    fill(korean)
    expect(korean.locator("#story-help")).to_have_text("낱말을 톡 누르면 다른 낱말로 바뀌어요.")
    expect(korean.locator(".keys")).to_be_hidden()


@in_both
def test_a_mouse_clicks_and_has_keys_beside_it(page: Page) -> None:
    assert page.evaluate("matchMedia('(pointer: fine) and (hover: hover)').matches")
    expect(page.locator(".keys")).to_have_text("Ctrl + Enter fills them all.")
    expect(page.locator(".keys")).to_be_visible()
    fill(page)
    expect(page.locator("#story-help")).to_have_text("Click a word to change it.")


def refuse_to_copy(page: Page) -> None:
    """Has both ways to copy the link fail, and tries them."""
    page.evaluate(
        """() => {
            document.execCommand = () => false;
            navigator.clipboard.writeText = () => Promise.reject();
        }"""
    )
    page.get_by_role("button", name="Copy link").click()


@under_a_finger
def test_a_finger_is_told_to_hold_a_link_that_cannot_be_copied(visitor: Visitor, site: Site) -> None:
    page = on_a_phone(visitor, f"/stories/{site.keep('{noun}!', 'Fox!')['id']}?lang=en")
    refuse_to_copy(page)
    expect(page.locator(".share [role=status]")).to_have_text("The link is selected: touch and hold it to copy.")


@in_both
def test_a_mouse_is_told_the_keys_for_a_link_that_cannot_be_copied(visitor: Visitor, site: Site) -> None:
    page = visitor.open(f"/stories/{site.keep('{noun}!', 'Fox!')['id']}?lang=en")
    refuse_to_copy(page)
    expect(page.locator(".share [role=status]")).to_have_text("The link is selected: copy it with Ctrl + C.")
    # What is selected where the focus is not, no key copies.
    expect(page.get_by_label("Link to this story")).to_be_focused()


@in_both
def test_no_look_of_being_pointed_at_is_for_fingers(page: Page) -> None:
    """Every rule with `:hover` stands under `(hover: hover)`."""
    found = page.evaluate(
        """() => {
            const found = { inside: 0, outside: [] };
            const read = (rules, inside) => {
                for (const rule of rules) {
                    if (rule.selectorText?.includes(":hover")) {
                        if (inside) found.inside++;
                        else found.outside.push(rule.cssText);
                    }
                    const hover = rule instanceof CSSMediaRule && rule.conditionText === "(hover: hover)";
                    read(rule.cssRules ?? [], inside || hover);
                }
            };
            read(document.styleSheets[0].cssRules, false);
            return found;
        }"""
    )
    assert found["outside"] == []
    assert found["inside"] > 8


@under_a_finger
def test_what_was_tapped_looks_as_before(phone: Page) -> None:
    menu = phone.locator("[popovertarget=forms-noun]")
    shadow = menu.evaluate("button => getComputedStyle(button).boxShadow")
    tap(menu)
    expect(phone.locator("#forms-noun")).to_be_visible()
    assert menu.evaluate("button => getComputedStyle(button).boxShadow") == shadow
    phone.keyboard.press("Escape")
    fill(phone)
    tile = phone.locator("#stage .tile").first
    colour = tile.evaluate("tile => getComputedStyle(tile).backgroundColor")
    with phone.expect_response("**/api/words/fill"):
        tap(tile)
    expect(tile).to_have_css("background-color", colour)
    save(phone)
    expect(phone.locator("#save")).to_have_css("translate", "none")


@in_both
def test_what_is_pointed_at_with_a_mouse_shows_it(page: Page) -> None:
    menu = page.locator("[popovertarget=forms-noun]")
    shadow = menu.evaluate("button => getComputedStyle(button).boxShadow")
    menu.hover()
    assert menu.evaluate("button => getComputedStyle(button).boxShadow") != shadow
    button = page.locator("#fill")
    button.hover()
    expect(button).to_have_css("translate", "-1px -1px")
    page.mouse.down()
    expect(button).to_have_css("translate", "2px 2px")
