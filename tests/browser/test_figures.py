"""What a visit costs and when something is seen, measured on a first visit over a slow line:

pytest tests/browser/test_figures.py --log-cli-level=INFO

What depends on the machine is only told; what does not is a limit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.site import DESKTOP, PHONE, Site, Visitor
from tests.browser.wire import WIRE_BYTES_MAX, Wire

REQUESTS_MAX = 30
# "Good" by https://web.dev/articles/cls, of pages that people visit.
SHIFT_MAX = 0.1
STORIES = 12
KINDS = ("document", "stylesheet", "script", "font", "image", "fetch")
# Until nothing is painted any more, and the painting is told: on a busy machine some time after it.
SEEN = """async () => {
    const wait = (ms) => new Promise((done) => requestAnimationFrame(() => setTimeout(done, ms)));
    const of = (type) => {
        const observer = new PerformanceObserver(() => {});
        observer.observe({ type, buffered: true });
        return observer.takeRecords();
    };
    const first = () => performance.getEntriesByName("first-contentful-paint")[0];
    const largest = () => of("largest-contentful-paint").at(-1);
    do await wait(100); while (!first() || !largest());
    const shifts = of("layout-shift").filter(({ hadRecentInput }) => !hadRecentInput);
    return {
        first: first().startTime,
        largest: largest().startTime,
        shift: shifts.reduce((sum, { value }) => sum + value, 0),
    };
}"""


@dataclass(frozen=True)
class Line:
    """A window, and how fast it gets what it asks for: each answer comes so much later, and its bytes so slowly."""

    size: tuple[int, int]
    latency_ms: int
    kilobits: int
    processor: int
    """So many times slower than this machine's."""
    options: dict[str, Any]

    def slow_down(self, wire: Wire) -> None:
        """Has the page that `wire` listens to get what it asks for so slowly."""
        conditions = {
            "offline": False,
            "latency": self.latency_ms,
            "downloadThroughput": self.kilobits * 1000 / 8,
            "uploadThroughput": self.kilobits * 1000 / 8,
        }
        wire.session.send("Network.emulateNetworkConditions", conditions)
        wire.session.send("Emulation.setCPUThrottlingRate", {"rate": self.processor})


LINES = {
    "phone": Line(PHONE, 150, 1_600, 4, {"has_touch": True, "is_mobile": True}),
    "desktop": Line(DESKTOP, 40, 10_000, 1, {}),
}


@pytest.fixture(scope="module")
def shelf(open_site: Callable[[str], Site]) -> Site:
    """A site with a full list."""
    site = open_site("figures")
    for number in range(STORIES):
        site.keep("The {noun} wanted to {verb}.", f"The fox wanted to sing {number}.")
    return site


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("which", ["home", "story"])
def test_a_first_visit_is_light(visitor: Visitor, shelf: Site, which: str, line: str) -> None:
    path = "/" if which == "home" else f"/stories/{shelf.stories()[0]['id']}"
    how = LINES[line]
    page = visitor.open("about:blank", site=shelf, ready=False, size=how.size, **how.options)
    wire = Wire(page)
    how.slow_down(wire)
    page.goto(f"{shelf.url}{path}?lang=en", wait_until="networkidle")
    lists = "#stories[aria-busy=false] li" if which == "home" else "#others-list li"
    expect(page.locator(lists).last).to_be_visible()
    seen = page.evaluate(SEEN)
    kinds = ", ".join(f"{kind} {wire.bytes[kind]:,}" for kind in KINDS)
    logging.getLogger(__name__).info(
        "%s, %s (%d ms, %.1f Mbit/s, processor / %d): %d requests, %s bytes (%s); "
        "first paint %.0f ms, largest %.0f ms, layout shift %.3f",
        which, line, how.latency_ms, how.kilobits / 1000, how.processor, wire.requests.total(),
        f"{wire.bytes.total():,}", kinds, seen["first"], seen["largest"], seen["shift"],
    )  # fmt: skip
    assert seen["shift"] < SHIFT_MAX
    assert set(wire.bytes) == set(KINDS)
    assert wire.requests["document"] == 1
    assert wire.requests.total() <= REQUESTS_MAX
    assert wire.bytes.total() < WIRE_BYTES_MAX
