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
PICTURE_BYTES_MAX = 250_000

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


def draw(page: Page, file: Path, *, whole: bool = False) -> None:
    """Draws what can be seen, or the whole page, without a focus or a pointer in it."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0); document.fonts.ready")
    page.mouse.move(0, 0)
    page.screenshot(path=file, full_page=whole, animations="disabled")
    assert 10_000 < file.stat().st_size < PICTURE_BYTES_MAX, file.name


def test_the_main_states_are_drawn(visitor: Visitor, gallery: Site, folder: Path) -> None:
    def visit(path: str, **options: Any) -> Page:
        defaults: dict[str, Any] = {"site": gallery, "size": WINDOW}
        page = visitor.open(path, **defaults | options)
        page.route("**/api/words/fill", always_the_same)
        return page

    page = visit("/?lang=en")
    draw(page, folder / "write.png")
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

    phone = visit("/?lang=en", size=TALL_PHONE)
    sentence(phone).fill("My {noun} is {adjective:comparative} than yours!")
    fill(phone)
    draw(phone, folder / "phone.png")

    save(page)
    draw(page, folder / "saved.png", whole=True)

    visitor.expect_faults()
    failing = visit("/?lang=en")
    failing.route("**/api/**", lambda route: route.abort())
    failing.reload()
    failing.locator("#fill").click()
    expect(failing.locator("#message.error")).to_be_visible()
    expect(failing.locator(".notice.error")).to_be_visible()
    draw(failing, folder / "error.png", whole=True)
