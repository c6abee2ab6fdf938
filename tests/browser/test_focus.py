"""Whatever has the focus shows it with one and the same ring."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import PHONE, Visitor, fill, in_both, in_both_and_dark, save, sentence

STOPS_MAX = 80
CONTRAST_MIN = 3  # WCAG 2.2, 1.4.11: of a part of the user interface

# Who draws an outline: its width, style and colour, and how far out.
RINGS = """() => [...document.querySelectorAll("*")].map((node) => getComputedStyle(node))
    .filter(({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && outlineWidth !== "0px")
    .map((style) => [style.outlineWidth, style.outlineStyle, style.outlineColor, style.outlineOffset].join(" "))"""
# Firefox goes on to its own buttons, and the page remembers what had the focus last.
NAME = """() => {
    const { activeElement: node } = document;
    if (node === document.body || !document.hasFocus()) return null;
    const place = [...document.querySelectorAll("*")].indexOf(node);
    return `${node.tagName} ${node.id || node.className} (${place})`;
}"""


def stops(page: Page) -> dict[str, list[str]]:
    """Tabs through the whole page: what has the focus, and the rings that are drawn then."""
    page.mouse.click(1, 1)  # where nothing is: the page has the focus, and not the browser around it
    page.locator(".skip").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    found: dict[str, list[str]] = {}
    while (name := page.evaluate(NAME)) is not None and name not in found:
        assert len(found) < STOPS_MAX
        found[name] = page.evaluate(RINGS)
        page.keyboard.press("Tab")
    return found


@in_both_and_dark
@pytest.mark.parametrize("size", [(1280, 860), PHONE], ids=["desktop", "phone"])
def test_everything_that_can_have_the_focus_has_the_same_ring_once(
    visitor: Visitor, dark: bool, size: tuple[int, int]
) -> None:
    page = visitor.open("/?lang=en", dark=dark, size=size)
    fill(page)
    path = save(page)
    found = stops(page)
    for part in ("A skip", "A brand", "BUTTON theme", "TEXTAREA start", "BUTTON more", "BUTTON tile", "BUTTON save"):
        assert any(name.startswith(part) for name in found), part
    # In a window of its own: in Firefox the focus has left the first one for good.
    story = page.context.new_page()
    story.goto(path)
    story.wait_for_selector("#text")
    found |= stops(story)
    assert any(name.startswith("INPUT") for name in found)
    assert {name: rings for name, rings in found.items() if len(rings) != 1} == {}
    assert len({ring for rings in found.values() for ring in rings}) == 1


@in_both
def test_the_forms_in_a_menu_have_the_ring_as_well(page: Page) -> None:
    page.locator("[popovertarget=forms-verb]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    first = page.locator("#forms-verb button").first
    expect(first).to_be_focused()
    [ring] = page.evaluate(RINGS)
    sentence(page).focus()
    assert page.evaluate(RINGS) == [ring]
    # The menu cuts off what leaves it.
    room = page.evaluate("parseFloat(getComputedStyle(document.querySelector('#forms-verb')).paddingLeft)")
    width, _, _, offset = ring.replace(", ", ",").split(" ")
    assert float(width.removesuffix("px")) + float(offset.removesuffix("px")) <= room


@in_both
def test_a_click_draws_a_ring_around_what_one_types_into_alone(page: Page) -> None:
    page.locator("#another").click()
    page.evaluate("document.activeElement.blur()")
    page.locator("#theme").click()
    assert page.evaluate(RINGS) == []
    sentence(page).click()
    assert len(page.evaluate(RINGS)) == 1


def luminance(colour: list[float]) -> float:
    """A colour's relative luminance (WCAG 2.2)."""
    parts = [part / 255 for part in colour[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@in_both_and_dark
def test_the_ring_can_be_seen_on_everything_that_it_is_drawn_on(visitor: Visitor, dark: bool) -> None:
    page = visitor.open("/?lang=en", dark=dark)
    sentence(page).focus()

    def colour(of: str, name: str) -> list[float]:
        text: Any = page.evaluate(f"getComputedStyle(document.querySelector('{of}')).{name}")
        return [float(part) for part in text[text.index("(") + 1 : -1].split(",")]

    assert (luminance(colour("body", "backgroundColor")) < 0.5) is dark
    ring = luminance(colour(".field", "outlineColor"))
    for ground in ("body", ".writing", ".board"):
        low, high = sorted((ring, luminance(colour(ground, "backgroundColor"))))
        assert (high + 0.05) / (low + 0.05) >= CONTRAST_MIN, ground
