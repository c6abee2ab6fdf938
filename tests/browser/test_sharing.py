"""What leaves the page: its link, the picture that stands for it where the link is shown, and its print."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.site import PLAIN_HOST, Site, Visitor, allow_clipboard, fill, in_both, save, sentence

STATIC = Path(__file__).parents[2] / "services" / "website" / "app" / "static"
# Half of the picture's, drawn twice as large: letters and lines are those of a phone, and can be read when it is small.
WINDOW = (600, 315)
PICTURE_SIZE = (1200, 630)
PICTURE_BYTES_MAX = 100_000
# Typefaces are smoothed a little differently by each version of the libraries that draw them.
APART_MAX = 0.02
HEADLINE_ALONE = (
    "main > :not(.hero), .hero p, .foot, .languages, .theme, .skip { display: none !important }",
    "body { padding-inline: 42px; background: var(--paper) }",
    ".masthead { padding-block: 30px 0 }",
    "main { display: grid; align-content: center; padding-bottom: 14px }",
    ".hero { margin: 0 }",
    ".hero h1 { font-size: 62px; line-height: 1.5 }",
)


@in_both
@pytest.mark.parametrize("host", ["127.0.0.1", PLAIN_HOST])
def test_a_link_is_copied_on_secure_and_on_plain_addresses(visitor: Visitor, site: Site, host: str) -> None:
    """On plain HTTP browsers have neither navigator.clipboard nor crypto.randomUUID."""
    origin = f"http://{host}:{site.port}"
    page = visitor.open("/?lang=en", origin=origin)
    allow_clipboard(page)
    assert page.evaluate("isSecureContext") is (host == "127.0.0.1")
    fill(page)
    page.goto(save(page))
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".share [role=status]")).to_have_text("Copied ✓")
    link = page.get_by_label("Link to this story").input_value()
    assert link == origin + page.evaluate("location.pathname")
    page.goto("/?lang=en")
    sentence(page).fill("")
    sentence(page).focus()
    page.keyboard.press("ControlOrMeta+v")
    expect(sentence(page)).to_have_value(link)


@in_both
def test_the_system_s_own_dialog_shares_where_there_is_one(visitor: Visitor, site: Site) -> None:
    path = f"/stories/{site.keep('{noun}!', 'Fox!')['id']}?lang=en"
    page = visitor.open(path)
    expect(page.get_by_role("button", name="Share", exact=True)).to_have_count(0)
    page.add_init_script("navigator.share = async (shared) => { window.shared = shared; }")
    page.goto(path)
    page.get_by_role("button", name="Share", exact=True).click()
    assert page.evaluate("shared") == {"url": site.url + path.partition("?")[0], "title": "Fox!"}


def test_a_story_is_printed_dark_on_white_without_what_one_clicks(visitor: Visitor, site: Site) -> None:
    page = visitor.open(f"/stories/{site.keep('{noun}!', 'Fox!')['id']}?lang=en", dark=True)
    assert page.locator("body").evaluate("body => getComputedStyle(body).color") == "rgb(247, 240, 255)"
    page.emulate_media(media="print")
    assert page.locator("body").evaluate("body => getComputedStyle(body).color") == "rgb(36, 26, 53)"
    assert [button for button in page.locator("button, .share, nav").all() if button.is_visible()] == []
    expect(page.locator("#text")).to_be_visible()


def drawn(visitor: Visitor, lang: str, *, dark: bool = False) -> tuple[Page, bytes]:
    """The page to write on, of which nothing is left but its headline, and a picture of that."""
    page = visitor.open(f"/?lang={lang}", size=WINDOW, dark=dark, device_scale_factor=2)
    page.evaluate(
        """async (rules) => {
            const sheet = document.styleSheets[0];
            for (const rule of rules) sheet.insertRule(rule, sheet.cssRules.length);
            await document.fonts.ready;
        }""",
        HEADLINE_ALONE,
    )
    return page, page.screenshot(animations="disabled")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_picture_for_sharing_looks_as_the_page_does(
    visitor: Visitor, pytestconfig: pytest.Config, lang: str
) -> None:
    """With `--screens` it is drawn again, for the website to serve."""
    page, picture = drawn(visitor, lang)
    file = STATIC / f"share-{lang}.png"
    if pytestconfig.getoption("screens", default=None):
        file.write_bytes(picture)
    box = page.get_by_role("heading", level=1).bounding_box()
    assert box is not None
    assert 0 < box["x"] < box["x"] + box["width"] < WINDOW[0]
    assert 0 < box["y"] < box["y"] + box["height"] < WINDOW[1]
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert len(picture) < PICTURE_BYTES_MAX
    assert pictures.compare(page, picture, file.read_bytes()).apart < APART_MAX


def test_another_picture_would_be_noticed(visitor: Visitor) -> None:
    """That the check above can fail."""
    for lang, dark, named in (("en", True, "en"), ("ko", False, "en")):
        page, picture = drawn(visitor, lang, dark=dark)
        assert pictures.compare(page, picture, (STATIC / f"share-{named}.png").read_bytes()).apart > 2 * APART_MAX


def test_where_a_link_is_shown_its_picture_can_be_fetched(visitor: Visitor, site: Site) -> None:
    page = visitor.open(f"/stories/{site.keep('{noun}!', 'Fox!')['id']}?lang=en")
    size = page.evaluate(
        """async () => {
            const answer = await fetch(document.querySelector("meta[property='og:image']").content);
            const { width, height } = await createImageBitmap(await answer.blob());
            return [width, height];
        }"""
    )
    assert tuple(size) == PICTURE_SIZE
