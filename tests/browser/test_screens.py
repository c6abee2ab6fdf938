"""Pictures of the page's main states. Drawn in every run, so that the command that draws them cannot rot:

pytest tests/browser/test_screens.py --screens docs/screens
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.site import Site, Visitor, fill, save, sentence

SEED = 37
WINDOW = (1200, 840)
TALL_PHONE = (390, 1070)
PICTURE_BYTES_MAX = 300_000

LINK = "https://storyizer.example/stories/mzxw6ytboi3dcmrtgq2t"
LONG = (
    "The {adjective} {noun} had planned to {verb} all morning, but first it had to find its {noun}, which somebody "
    "had put between two {noun:plural} and a {adjective} ladder. “Who would {verb} a thing like that?” it asked, and "
    "nobody in the whole street knew. The baker {verb:past}. The postman {verb:past} twice, and the teacher, who was "
    "usually {adjective}, began {verb:ing} under her desk. By noon the {adjective:superlative} {noun} in town was on "
    "everybody's mind. There were posters, a small parade and a song with {noun:plural} in every line. Only the mayor"
    " went on {verb:ing} as if nothing had happened, because that is what mayors do. In the evening, when the lamps "
    "came on and the last {noun} had gone home, it was there again: on the window sill, next to the {adjective} "
    "{noun}, as if it had never been away. And that is why, in our street, we {verb} every Tuesday, bring a {noun} "
    "for everybody who could not come, and never ask why."
)
RIGHT_TO_LEFT = "פעם אחת {adjective} {noun} רצה {verb},\nואז נגמר. {noum}"
STORIES = [
    ("ko", "{형용사} {명사}이/가 제 {명사}을/를 먹었어요!", "조용한 고양이가 제 숙제를 먹었어요!"),
    ("en", "Nobody expected the {noun:plural} to start {verb:ing}.", "Nobody expected the teapots to start yodeling."),
    (
        "en",
        "Dear diary: today I found a {noun} in my {noun}. It {verb:past} at once.",
        "Dear diary: today I found an owl in my sandwich. It sneezed at once.",
    ),
    (
        "en",
        "{adjective} weather tomorrow. Please bring a {noun} and be ready to {verb}.",
        "Grumpy weather tomorrow. Please bring a ukulele and be ready to wobble.",
    ),
    ("ko", "우리 할머니의 {명사}은/는 동네에서 제일 {형용사:현재}.", "우리 할머니의 우산은 동네에서 제일 용감해요."),
]


@pytest.fixture
def folder(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """Where the pictures go."""
    wanted = pytestconfig.getoption("screens", default=None)
    chosen = Path(wanted) if wanted else tmp_path
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


@pytest.fixture(scope="module")
def gallery(open_site: Callable[[str], Site]) -> Site:
    """A site with the stories above."""
    site = open_site("screens")
    for lang, template, text in STORIES:
        site.keep(template, text, lang)
    return site


def always_the_same(route: Route) -> None:
    """The real service's words, but in every run the same ones."""
    route.continue_(post_data=json.dumps(json.loads(route.request.post_data or "{}") | {"seed": SEED}))


def draw(page: Page, file: Path, *, whole: bool = False, part: str | None = None, focus: str | None = None) -> None:
    """Draws what can be seen, the whole page or a part of it, with the focus there or nowhere."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0); document.fonts.ready")
    page.mouse.move(0, 0)
    if focus:
        page.locator(focus).focus()
    if part:
        page.locator(part).screenshot(path=file, animations="disabled")
    else:
        page.screenshot(path=file, full_page=whole, animations="disabled")
    assert 10_000 < file.stat().st_size < PICTURE_BYTES_MAX, file.name


def faces(page: Page, of: str) -> set[str]:
    """The typefaces that this part of the page is really drawn with."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": of})["nodeId"]
    return {font["familyName"] for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]}


def test_the_typefaces_are_the_same_on_every_machine(visitor: Visitor) -> None:
    assert faces(visitor.open("/?lang=en"), ".hero p") == {"Liberation Sans"}
    assert "NanumGothic" in faces(visitor.open("/?lang=ko"), ".hero p")


def test_the_main_states_are_drawn(visitor: Visitor, gallery: Site, folder: Path) -> None:
    def visit(path: str, **options: Any) -> Page:
        defaults: dict[str, Any] = {"site": gallery, "size": WINDOW}
        page = visitor.open(path, **defaults | options)
        page.route("**/api/words/fill", always_the_same)
        return page

    page = visit("/?lang=en")
    draw(page, folder / "write.png")
    draw(page, folder / "focus.png", part=".writing", focus="#start")
    page.locator("[popovertarget=forms-verb]").click()
    draw(page, folder / "forms.png")
    page.keyboard.press("Escape")
    fill(page)
    draw(page, folder / "filled.png")

    dark = visit("/?lang=en", dark=True)
    fill(dark)
    draw(dark, folder / "dark.png")

    korean = visit("/?lang=ko")
    fill(korean)
    draw(korean, folder / "korean.png")

    phone = visit("/?lang=en", size=TALL_PHONE, has_touch=True, is_mobile=True)
    sentence(phone).fill("My {noun} is {adjective:comparative} than yours!")
    fill(phone)
    draw(phone, folder / "phone.png")

    written = visit("/?lang=en")
    sentence(written).fill(RIGHT_TO_LEFT)
    draw(written, folder / "right-to-left.png")

    long = visit("/?lang=en")
    sentence(long).fill(LONG)
    fill(long)
    draw(long, folder / "long.png", part=".workshop")

    path = save(page)
    draw(page, folder / "saved.png", whole=True)
    page.goto(path)
    page.locator("#others-list li").last.wait_for()
    # Host and id are others in each run.
    page.get_by_label("Link to this story").evaluate("(field, link) => { field.value = link; }", LINK)
    draw(page, folder / "story.png")

    visitor.expect_faults()
    failing = visit("/?lang=en")
    failing.route("**/api/**", lambda route: route.abort())
    failing.reload()
    failing.locator("#fill").click()
    expect(failing.locator("#fill-message.error")).to_be_visible()
    expect(failing.locator(".notice.error")).to_be_visible()
    draw(failing, folder / "error.png", whole=True)
    missing = visit("/nothing?lang=en", ready=False)
    draw(missing, folder / "missing.png")
