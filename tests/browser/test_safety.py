"""Stories are written by strangers: nothing in them is more than text. And the page is light and keeps to itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import PHONE, Site, Visitor, fill, save, sentence, tiles, until
from tests.browser.wire import WIRE_BYTES_MAX, Wire

BLANKS_MAX = 100

HOSTILE = [
    ("<img src=x onerror=boom()> {noun}", "<img src=x onerror=boom()> fox"),
    ("</p><script>boom()</script>{noun}", "</p><script>boom()</script>fox"),
    ("{noun}", "<svg onload=boom()>"),
    ("\"{adjective}' onclick=boom() {noun}", "\"silly' onclick=boom() fox"),
    ("{noun}$&{noun}$1", "cat$&dog$1"),
    ("\u202e{noun} \u2066{verb}", "\u202ecat \u2066sings"),
    ("{noun}" * 20 + "(a+)+$", "a" * 4000),
    ("{noun}a" * 140, "a" * 3999 + "b"),
    ("{constructor} {__proto__} {noun}", "{constructor} {__proto__} fox"),
    ("👩‍👩‍👧‍👦 {noun} e\u0301{noun}", "👩‍👩‍👧‍👦 fox e\u0301teapot"),
    ("javascript:boom() {noun}", "javascript:boom() fox"),
]


def guarded(page: Page) -> None:
    """Has the page remember whether a story's script ever ran."""
    page.add_init_script("window.boom = () => { window.boomed = true; }")


@pytest.fixture(scope="module")
def hostile_site(open_site: Callable[[str], Site]) -> Site:
    site = open_site("hostile")
    for template, text in HOSTILE:
        site.keep(template, text)
    return site


def test_hostile_stories_are_text_on_the_shelf(visitor: Visitor, hostile_site: Site) -> None:
    page = visitor.open("about:blank", site=hostile_site, ready=False, size=PHONE)
    guarded(page)
    page.goto(f"{hostile_site.url}/?lang=en")
    texts = page.locator(".told-story")
    expect(texts).to_have_count(len(HOSTILE))
    assert texts.all_text_contents() == [text for _, text in reversed(HOSTILE)]
    assert page.evaluate("window.boomed") is None
    assert page.locator(".told-story img, .told-story svg, .told-story script").count() == 0
    # However long a word is, the page does not get wider than the phone.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_hostile_stories_are_text_on_their_own_page_and_in_the_editor(visitor: Visitor, hostile_site: Site) -> None:
    page = visitor.open("about:blank", site=hostile_site, ready=False, size=PHONE)
    guarded(page)
    for story in hostile_site.stories():
        page.goto(f"{hostile_site.url}/stories/{story['id']}?lang=en")
        expect(page.locator("#text")).to_have_text(story["text"], use_inner_text=False)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), story["text"][:60]
        page.get_by_role("link", name="Use this sentence").click()
        expect(sentence(page)).to_have_value(story["template"])
        if page.locator("#stage .tile").count() <= BLANKS_MAX:
            fill(page)
            assert len(tiles(page)) > 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), story["template"][:60]
    assert page.evaluate("window.boomed") is None


def test_what_comes_with_the_address_is_text(visitor: Visitor) -> None:
    page = visitor.open("/?lang=en#sentence=%3Cimg%20src%3Dx%20onerror%3Dboom()%3E%20{noun}")
    expect(sentence(page)).to_have_value("<img src=x onerror=boom()> {noun}")
    assert page.locator("#stage img, #ink img").count() == 0
    assert fill(page).startswith("<img src=x onerror=boom()> ")
    save(page)
    expect(page.locator("#stories li").first).to_contain_text("<img src=x onerror=boom()> ")
    too_long = visitor.open("/?lang=en#sentence=" + "y" * 2000)
    expect(sentence(too_long)).to_have_value("y" * 1000)


def test_inline_code_would_not_run(visitor: Visitor, page: Page) -> None:
    """That the policy is there is no proof that it works."""
    page.evaluate(
        """() => {
            window.boom = () => { window.boomed = true; };
            const script = document.createElement("script");
            script.textContent = "boom()";
            const image = document.createElement("p");
            image.setAttribute("onclick", "boom()");
            document.body.append(script, image);
            image.click();
        }"""
    )
    until(page, lambda: len(visitor.complaints) >= 2)
    assert page.evaluate("window.boomed") is None
    assert len(visitor.complaints) == 2
    assert all("Content Security Policy" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_whole_page_takes_few_bytes_over_the_wire(
    visitor: Visitor, open_site: Callable[[str], Site], lang: str
) -> None:
    """Headers and the font are counted, as Chromium received them; the shelf is full."""
    site = open_site(f"wire-{lang}")
    for number in range(12):
        site.keep("The {noun} wanted to {verb}.", f"The fox wanted to sing {number}.")
    page = visitor.open("about:blank", site=site, ready=False)
    wire = Wire(page)
    page.goto(f"{site.url}/?lang={lang}", wait_until="networkidle")
    page.wait_for_selector("#stories[aria-busy=false]")
    fill(page)
    page.wait_for_timeout(200)
    assert wire.requests.total() > 15
    assert 20_000 < wire.bytes.total() < WIRE_BYTES_MAX


def test_a_second_visit_fetches_no_static_file_again(page: Page) -> None:
    page.wait_for_load_state("networkidle")  # what the first visit has not got to its end is not kept
    page.goto("/?lang=en", wait_until="networkidle")
    sizes = page.evaluate(
        """() => performance.getEntriesByType("resource")
            .filter(({ name }) => name.includes("/static/")).map(({ transferSize }) => transferSize)"""
    )
    assert len(sizes) > 10
    assert set(sizes) == {0}
