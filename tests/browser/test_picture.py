"""The picture of a deploy in a real browser: nothing is loaded, nothing overflows, bars lie where their steps lay."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from orchestrator.picture import page as picture
from orchestrator.picture.facts import Facts, Step
from tests.browser.reader import SIZES, Reader, reading
from tests.orchestrator.picture import deploys
from tests.review import samples

PICTURE_BYTES_MAX = 300_000


@pytest.fixture
def reader(chromium: Browser, tmp_path: Path) -> Iterator[Reader[Facts]]:
    """Opens pictures."""
    with reading(chromium, tmp_path, picture.render) as reader:
        yield reader


@pytest.mark.parametrize(
    ("made", "size", "dark", "name"),
    [
        ("changed", "desktop", False, "deploy"),
        ("rolled back", "desktop", True, "deploy-failed"),
        ("rolled back", "phone", False, "deploy-phone"),
    ],
)
def test_a_deploy_and_a_failed_one_are_drawn(
    reader: Reader[Facts], pytestconfig: pytest.Config, tmp_path: Path, made: str, size: str, dark: bool, name: str
) -> None:
    """As documentation has them: `pytest tests/browser/test_picture.py --screens docs/screens` draws them again."""
    folder = Path(pytestconfig.getoption("screens", default=None) or tmp_path)
    file = folder / f"{name}.png"
    reader.open(deploys.EVERY[made](), size, dark=dark).screenshot(path=file, animations="disabled")
    assert 10_000 < file.stat().st_size < PICTURE_BYTES_MAX


@pytest.mark.parametrize("made", deploys.EVERY)
@pytest.mark.parametrize(("size", "dark"), [("desktop", False), ("phone", True)], ids=["desktop", "dark phone"])
def test_axe_finds_nothing(reader: Reader[Facts], made: str, size: str, dark: bool) -> None:
    page = reader.open(deploys.EVERY[made](), size, dark=dark)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in found] == []


@pytest.mark.parametrize("made", deploys.EVERY)
def test_a_phone_shows_it_without_scrolling_sideways(reader: Reader[Facts], made: str) -> None:
    page = reader.open(deploys.EVERY[made](), "phone", script=False)
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"][0]


@pytest.mark.parametrize("number", range(len(samples.HOSTILE)))
def test_hostile_text_is_shown_and_does_nothing(reader: Reader[Facts], number: int) -> None:
    page = reader.open(deploys.hostile(samples.HOSTILE[number]), "phone")
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"][0]
    assert page.locator("script, img, iframe").count() == 0


@pytest.mark.parametrize("size", SIZES)
def test_bars_lie_where_their_steps_lay(reader: Reader[Facts], size: str) -> None:
    steps = (Step("first", 0.0, 5.0), Step("beside", 2.5, 5.0), Step("last", 7.5, 2.5))
    page = reader.open(replace(deploys.unchanged(), seconds=10.0, steps=steps), size)
    whole = page.locator(".step .bar").first.bounding_box()
    bars = [bar.bounding_box() for bar in page.locator(".step .time").all()]
    assert whole
    shares = [((bar["x"] - whole["x"]) / whole["width"], bar["width"] / whole["width"]) for bar in bars if bar]
    for found, step in zip(shares, steps, strict=True):
        assert found == pytest.approx((step.start / 10, step.seconds / 10), abs=0.01)


def test_the_first_screen_says_what_came_of_it_and_why(reader: Reader[Facts]) -> None:
    page = reader.open(deploys.rolled_back(), "phone")
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(page.locator("#failure .reason")).to_be_in_viewport()


def test_events_unfold_without_a_script(reader: Reader[Facts]) -> None:
    many = Step("terraform apply", 0.0, 9.0, events=tuple((1.0, f"create number {place}") for place in range(60)))
    page = reader.open(replace(deploys.changed(), steps=(many,)), script=False)
    event = page.get_by_text("create number 59")
    expect(event).to_be_hidden()
    page.locator("details.events summary").click()
    expect(event).to_be_visible()
